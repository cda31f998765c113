//! Which objects a batch selects, and by which filter the others are out.

use std::collections::BTreeSet;

use globset::GlobSet;
use jiff::civil::Date;

use crate::model::document::Fields;
use crate::model::ids::ImageNumber;
use crate::model::spec::{CollectedRange, Filters};

use super::globs::{Against, GlobError, common_head, literals, set};

/// Whether a glob can be read.
///
/// # Errors
/// Which, and why not.
pub fn check_glob(glob: &str) -> Result<(), GlobError> {
    set(&[glob.to_owned()], Against::Key).map(drop)
}

/// A filter that cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filters.{filter}: {error}")]
pub struct SelectionError {
    /// Path of the filter below `filters`.
    pub filter: &'static str,
    /// Which glob of it, and why.
    pub error: GlobError,
}

/// Whether an object is in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// It is.
    In,
    /// It is not, by the filter of this name in the spec.
    Out(&'static str),
}

/// The selection of one batch.
#[derive(Debug, Clone)]
pub struct Selector {
    from: Date,
    to: Date,
    organizations: TextFilter,
    document_types: TextFilter,
    image_numbers: BTreeSet<String>,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

/// What filters say literally: enough to know some prefixes before anything is listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literals {
    /// The organizations, where all are literal.
    pub organizations: Option<Vec<String>>,
    /// What every organization in scope starts with; empty: nothing known.
    pub organization_head: String,
    /// The document types, where all are literal.
    pub document_types: Option<Vec<String>>,
    /// What every document type in scope starts with; empty: nothing known.
    pub document_type_head: String,
    /// The image numbers, where they are limited.
    pub image_numbers: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
struct TextFilter {
    globs: Vec<String>,
    set: GlobSet,
}

impl TextFilter {
    fn new(filter: &'static str, globs: &[String]) -> Result<Self, SelectionError> {
        Ok(Self { globs: globs.to_vec(), set: named(filter, set(globs, Against::Text))? })
    }

    /// An absent value matches only where nothing is asked for.
    fn takes(&self, value: Option<&str>) -> bool {
        self.globs.is_empty() || value.is_some_and(|value| self.set.is_match(value))
    }

    fn literals(&self) -> Option<Vec<String>> {
        if self.globs.is_empty() { None } else { literals(&self.globs) }
    }
}

fn named<T>(filter: &'static str, result: Result<T, GlobError>) -> Result<T, SelectionError> {
    result.map_err(|error| SelectionError { filter, error })
}

impl Selector {
    /// Compiles the filters.
    ///
    /// # Errors
    /// The first glob that cannot be read.
    pub fn new(filters: &Filters, range: &CollectedRange) -> Result<Self, SelectionError> {
        let include = named("files.include", set(&filters.files.include, Against::Key))?;
        Ok(Self {
            from: range.from,
            to: range.to,
            organizations: TextFilter::new("organizations", &filters.organizations)?,
            document_types: TextFilter::new("documentTypes", &filters.document_types)?,
            image_numbers: filters.image_numbers.iter().cloned().collect(),
            include: (!filters.files.include.is_empty()).then_some(include),
            exclude: named("files.exclude", set(&filters.files.exclude, Against::Key))?,
        })
    }

    /// Whether an object is in scope, and else the first filter that leaves it out. A document without a readable date is in
    /// scope as far as the range goes, so that it is reported and not lost.
    pub fn scope(&self, key_below_prefix: &str, image: &ImageNumber, fields: &Fields) -> Scope {
        match self.document(image, fields) {
            Scope::In => self.excluded(key_below_prefix).map_or(Scope::In, Scope::Out),
            out => out,
        }
    }

    /// The same of a document, whatever its files are called.
    pub fn document(&self, image: &ImageNumber, fields: &Fields) -> Scope {
        let day = fields.collected.map(|collected| collected.day);
        if day.is_some_and(|day| day < self.from || day > self.to) {
            Scope::Out("collected")
        } else if !self.organizations.takes(fields.organization.as_deref()) {
            Scope::Out("organizations")
        } else if !self.document_types.takes(fields.document_type.as_deref()) {
            Scope::Out("documentTypes")
        } else if !self.takes_image_number(image.as_str()) {
            Scope::Out("imageNumbers")
        } else {
            Scope::In
        }
    }

    /// The filter on files that leaves a key out, whatever document it belongs to.
    pub fn excluded(&self, key_below_prefix: &str) -> Option<&'static str> {
        if self.include.as_ref().is_some_and(|include| !include.is_match(key_below_prefix)) {
            Some("files.include")
        } else {
            self.exclude.is_match(key_below_prefix).then_some("files.exclude")
        }
    }

    /// Whether a value of a field may be in scope; fields that no filter names may always.
    pub fn accepts(&self, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organizations.takes(Some(value)),
            "documentType" => self.document_types.takes(Some(value)),
            "imageNumber" => self.takes_image_number(value),
            _ => true,
        }
    }

    /// What the filters say literally.
    pub fn literals(&self) -> Literals {
        Literals {
            organizations: self.organizations.literals(),
            organization_head: common_head(&self.organizations.globs),
            document_types: self.document_types.literals(),
            document_type_head: common_head(&self.document_types.globs),
            image_numbers: (!self.image_numbers.is_empty()).then(|| self.image_numbers.iter().cloned().collect()),
        }
    }

    fn takes_image_number(&self, image: &str) -> bool {
        self.image_numbers.is_empty() || self.image_numbers.contains(image)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::document::Collected;
    use crate::model::spec::FileGlobs;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn selector(filters: &Filters) -> Selector {
        let range =
            CollectedRange { from: date(2025, 1, 1), to: date(2025, 3, 31), time_zone: "Asia/Shanghai".to_owned() };
        Selector::new(filters, &range).unwrap()
    }

    fn filters() -> Filters {
        Filters {
            organizations: texts(&["ACME-*"]),
            document_types: texts(&["expense-report"]),
            image_numbers: texts(&["I1", "I2"]),
            files: FileGlobs { include: texts(&["**"]), exclude: texts(&["**/thumbs/**"]) },
        }
    }

    fn fields(organization: Option<&str>, document_type: &str, day: Option<Date>) -> Fields {
        Fields {
            organization: organization.map(str::to_owned),
            document_type: Some(document_type.to_owned()),
            collected: day.map(|day| Collected { day, instant: None }),
            ..Fields::default()
        }
    }

    #[test]
    fn the_first_filter_that_leaves_an_object_out_is_named() {
        let selector = selector(&filters());
        let scope = |organization, document_type, day, image: &str, key: &str| {
            selector.scope(key, &ImageNumber::new(image), &fields(organization, document_type, day))
        };
        let (acme, expense, inside) = (Some("ACME-1"), "expense-report", Some(date(2025, 3, 31)));
        assert_eq!(scope(acme, expense, inside, "I1", "a/f.pdf"), Scope::In);
        assert_eq!(scope(acme, expense, Some(date(2025, 4, 1)), "I1", "a/f.pdf"), Scope::Out("collected"));
        assert_eq!(scope(Some("OTHER"), expense, inside, "I1", "a/f.pdf"), Scope::Out("organizations"));
        assert_eq!(scope(None, expense, inside, "I1", "a/f.pdf"), Scope::Out("organizations"));
        assert_eq!(scope(acme, "other", inside, "I1", "a/f.pdf"), Scope::Out("documentTypes"));
        assert_eq!(scope(acme, expense, inside, "I3", "a/f.pdf"), Scope::Out("imageNumbers"));
        assert_eq!(scope(acme, expense, inside, "I1", "a/thumbs/f.pdf"), Scope::Out("files.exclude"));
    }

    #[test]
    fn a_document_without_a_date_is_in_scope() {
        let scope =
            selector(&filters()).scope("k", &ImageNumber::new("I1"), &fields(Some("ACME-1"), "expense-report", None));
        assert_eq!(scope, Scope::In);
    }

    #[test]
    fn without_filters_everything_in_the_range_is_in_scope() {
        let scope = selector(&Filters::default()).scope("k", &ImageNumber::new("I"), &Fields::default());
        assert_eq!(scope, Scope::In);
        let only_pdf =
            Filters { files: FileGlobs { include: texts(&["**/*.pdf"]), exclude: vec![] }, ..Filters::default() };
        let scope = |key: &str| selector(&only_pdf).scope(key, &ImageNumber::new("I"), &Fields::default());
        assert_eq!((scope("a/b.pdf"), scope("a/b.jpg")), (Scope::In, Scope::Out("files.include")));
    }

    #[test]
    fn what_filters_say_literally_is_told() {
        let literals = selector(&filters()).literals();
        assert_eq!((literals.organizations, literals.organization_head.as_str()), (None, "ACME-"));
        assert_eq!(literals.document_types, Some(texts(&["expense-report"])));
        assert_eq!(literals.image_numbers, Some(texts(&["I1", "I2"])));
        assert_eq!(selector(&Filters::default()).literals(), Literals::default());
    }

    #[test]
    fn a_wrong_glob_is_named_with_its_filter() {
        let wrong = Filters { files: FileGlobs { include: vec![], exclude: texts(&["a{b"]) }, ..Filters::default() };
        let range = CollectedRange { from: date(2025, 1, 1), to: date(2025, 1, 1), time_zone: "UTC".to_owned() };
        let error = Selector::new(&wrong, &range).unwrap_err();
        assert_eq!(error.filter, "files.exclude");
        assert!(error.to_string().starts_with("filters.files.exclude: the glob \"a{b\""), "{error}");
    }

    #[test]
    fn values_are_accepted_field_by_field() {
        let selector = selector(&filters());
        assert!(selector.accepts("organization", "ACME-2") && !selector.accepts("organization", "B"));
        assert!(!selector.accepts("documentType", "x") && !selector.accepts("imageNumber", "I9"));
        assert!(selector.accepts("department", "anything"));
    }
}
