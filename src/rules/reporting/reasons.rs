//! Reasons with their counts, examples and remedies.

use std::collections::BTreeMap;

use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::failure::Code;
use crate::model::ids::{BatchName, ImageNumber};
use crate::model::view::FailureView;

/// Reasons with their counts, most first, then by code.
pub fn failure_views(
    counts: &BTreeMap<Code, u64>,
    examples: &BTreeMap<Code, Vec<ImageNumber>>,
    batch: &BatchName,
) -> Vec<FailureView> {
    let view = |(code, documents): (&Code, &u64)| {
        let entry = entry(*code);
        FailureView {
            code: *code,
            group: entry.group,
            transient: entry.transient,
            documents: *documents,
            examples: examples.get(code).cloned().unwrap_or_default(),
            message: entry.message(Language::English).to_owned(),
            remedy: remedy(*code, batch, Language::English),
        }
    };
    let mut views: Vec<FailureView> = counts.iter().filter(|(_, count)| **count > 0).map(view).collect();
    views.sort_by(|a, b| b.documents.cmp(&a.documents).then(a.code.as_str().cmp(b.code.as_str())));
    views
}

/// What to do about a code, with the batch's name in the commands.
pub fn remedy(code: Code, batch: &BatchName, language: Language) -> String {
    entry(code).remedy(language).replace(" NAME", &format!(" {batch}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_reason_comes_first_and_names_the_batch_in_its_remedy() {
        let counts =
            BTreeMap::from([(Code::Truncated, 2), (Code::MissingRole, 7), (Code::EmptyFile, 2), (Code::Conflict, 0)]);
        let views = failure_views(&counts, &BTreeMap::new(), &"acme".parse().unwrap());
        let codes: Vec<Code> = views.iter().map(|view| view.code).collect();
        assert_eq!(codes, [Code::MissingRole, Code::EmptyFile, Code::Truncated]);
        assert!(views[0].remedy.contains("`batchferry resync acme`"), "{}", views[0].remedy);
    }
}
