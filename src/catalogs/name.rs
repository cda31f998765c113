//! The names of fields: those with a meaning of their own, and those of the spec's own.

/// The name of the collection date; the only field that takes a format.
pub(super) const COLLECTED: &str = "collected";

/// A field other than the date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FieldName {
    Organization,
    DocumentType,
    ImageNumber,
    DocumentNumber,
    Role,
    Sequence,
    FileName,
    Extension,
    Own(String),
}

/// The names with a meaning of their own; in the order of the contract.
const WELL_KNOWN: [&str; 9] = [
    "organization",
    "documentType",
    "imageNumber",
    "documentNumber",
    COLLECTED,
    "role",
    "sequence",
    "fileName",
    "extension",
];

impl FieldName {
    pub(super) fn new(name: &str) -> Self {
        match name {
            "organization" => Self::Organization,
            "documentType" => Self::DocumentType,
            "imageNumber" => Self::ImageNumber,
            "documentNumber" => Self::DocumentNumber,
            "role" => Self::Role,
            "sequence" => Self::Sequence,
            "fileName" => Self::FileName,
            "extension" => Self::Extension,
            own => Self::Own(own.to_owned()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Organization => "organization",
            Self::DocumentType => "documentType",
            Self::ImageNumber => "imageNumber",
            Self::DocumentNumber => "documentNumber",
            Self::Role => "role",
            Self::Sequence => "sequence",
            Self::FileName => "fileName",
            Self::Extension => "extension",
            Self::Own(own) => own,
        }
    }

    /// Whether it tells one file of a document from another, and so is nothing that a whole document has.
    pub(super) fn is_of_file(&self) -> bool {
        matches!(self, Self::Role | Self::Sequence | Self::FileName | Self::Extension)
    }

    /// The regular expression of its values.
    pub(super) fn pattern(&self) -> &'static str {
        match self {
            Self::Sequence => "[0-9]+",
            Self::Extension => "[^./]+",
            _ => "[^/]+",
        }
    }
}

/// Whether a field of this name tells one file of a document from another, and so is nothing that a whole document has.
pub fn is_field_of_file(name: &str) -> bool {
    FieldName::new(name).is_of_file()
}

/// The well-known name that `own` was probably meant to be: another spelling of it (`image_number`), or a typing error in a
/// long one (`organisation`). Short names are left alone, since `rule` is a fair name of one's own.
pub(super) fn probably_meant(own: &str) -> Option<&'static str> {
    if WELL_KNOWN.contains(&own) {
        return None;
    }
    let plain = |name: &str| name.replace(['-', '_'], "").to_lowercase();
    let typing_error = |known: &str| own.len() >= 8 && strsim::osa_distance(&plain(own), &plain(known)) <= 2;
    WELL_KNOWN.into_iter().find(|known| plain(own) == plain(known) || typing_error(known))
}

/// The name among `known` that is most like `name`, if any is like it at all.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_well_known_name_reads_back_as_itself() {
        for known in WELL_KNOWN.into_iter().filter(|name| *name != COLLECTED) {
            assert!(!matches!(FieldName::new(known), FieldName::Own(_)), "{known}");
            assert_eq!(FieldName::new(known).as_str(), known);
        }
    }

    #[test]
    fn misspellings_are_told_from_names_of_ones_own() {
        for (typed, meant) in [
            ("image_number", "imageNumber"),
            ("ImageNumber", "imageNumber"),
            ("organisation", "organization"),
            ("documenttype", "documentType"),
            ("extention", "extension"),
        ] {
            assert_eq!(probably_meant(typed), Some(meant), "{typed}");
        }
        for own in ["batch", "rule", "department", "box", "imageNumber"] {
            assert_eq!(probably_meant(own), None, "{own}");
        }
    }
}
