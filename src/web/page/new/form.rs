//! What the form holds.

use serde::Deserialize;

use crate::model::draft::{Draft, DraftPlace};
use crate::model::spec::OnConflict;

/// A template to begin with: most archives have these folders.
const KEYS: &str = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{fileName}";

/// What to do with what the form holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Step {
    /// Say what is wrong with it.
    #[default]
    Check,
    /// That, and what a run of it would do.
    Plan,
    /// Give the YAML as a file.
    Download,
    /// Write the spec into the jobs directory.
    Write,
}

/// What the form sends, as it was typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct Form {
    /// Absent: it is none of ours.
    pub(super) csrf: String,
    #[serde(rename = "do")]
    pub(super) step: Step,
    pub(super) name: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) zone: String,
    pub(super) source: String,
    pub(super) source_prefix: String,
    pub(super) keys: String,
    pub(super) target: String,
    pub(super) target_prefix: String,
    pub(super) conflict: OnConflict,
    /// One glob a line.
    pub(super) organizations: String,
    /// One glob a line.
    pub(super) types: String,
    /// Where the spec is to lie; empty: named like the batch.
    pub(super) file: String,
}

impl Default for Form {
    fn default() -> Self {
        let empty = String::new;
        Self {
            csrf: empty(),
            step: Step::default(),
            name: empty(),
            from: empty(),
            to: empty(),
            zone: empty(),
            source: empty(),
            source_prefix: empty(),
            keys: KEYS.to_owned(),
            target: empty(),
            target_prefix: empty(),
            conflict: OnConflict::default(),
            organizations: empty(),
            types: empty(),
            file: empty(),
        }
    }
}

impl Form {
    /// As a spec in the making. White space around a value is nobody's intention, except in prefixes and templates of keys.
    pub(super) fn draft(&self) -> Draft {
        let place =
            |store: &str, prefix: &str| DraftPlace { store: store.trim().to_owned(), prefix: prefix.to_owned() };
        Draft {
            name: self.name.trim().to_owned(),
            from: self.from.trim().to_owned(),
            to: self.to.trim().to_owned(),
            time_zone: self.zone.trim().to_owned(),
            source: place(&self.source, &self.source_prefix),
            keys: self.keys.clone(),
            target: place(&self.target, &self.target_prefix),
            on_conflict: self.conflict,
            organizations: lines(&self.organizations),
            document_types: lines(&self.types),
        }
    }

    /// The path of the spec's file below the jobs directory.
    pub(super) fn file(&self) -> String {
        match (self.file.trim(), self.name.trim()) {
            ("", "") => "new.yaml".to_owned(),
            ("", name) => format!("{name}.yaml"),
            (file, _) => file.to_owned(),
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Form {
        serde_urlencoded::from_str(form).unwrap()
    }

    #[test]
    fn a_form_is_what_was_typed() {
        let form = read(
            "csrf=x&do=plan&name=+acme+&from=2025-01-01&to=&zone=UTC&source=src&sourcePrefix=+a%2F&keys=&target=dst&targetPrefix=\
             &conflict=KeepTarget&organizations=ACME-*%0D%0A%0D%0A+B%2CC+&types=&file=",
        );
        let draft = form.draft();
        assert_eq!((form.step, draft.name.as_str(), draft.keys.as_str()), (Step::Plan, "acme", ""));
        assert_eq!((draft.source.prefix.as_str(), draft.on_conflict), (" a/", OnConflict::KeepTarget));
        assert_eq!((draft.organizations, draft.document_types), (vec!["ACME-*".to_owned(), "B,C".to_owned()], vec![]));
        assert_eq!(form.file(), "acme.yaml");
        assert_eq!(read("file=+finance/q1.yaml").file(), "finance/q1.yaml");
        assert_eq!(read("").file(), "new.yaml");
        for strange in ["do=explode", "conflict=Maybe", "other=1", "name=a&name=b"] {
            assert!(serde_urlencoded::from_str::<Form>(strange).is_err(), "{strange}");
        }
    }
}
