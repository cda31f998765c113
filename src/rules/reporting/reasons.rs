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
    let examples = |code: &Code| examples.get(code).map(Vec::as_slice).unwrap_or_default();
    let view = |(code, documents): (&Code, &u64)| failure_view(*code, *documents, examples(code), batch);
    let mut views: Vec<FailureView> = counts.iter().filter(|(_, count)| **count > 0).map(view).collect();
    views.sort_by(|a, b| b.documents.cmp(&a.documents).then(a.code.as_str().cmp(b.code.as_str())));
    views
}

/// Warnings with their counts, most first, then by code.
pub fn warning_views(counts: &BTreeMap<Code, u64>, batch: &BatchName) -> Vec<FailureView> {
    let mut views = failure_views(counts, &BTreeMap::new(), batch);
    views.iter_mut().for_each(|view| view.remedy = remedy_of_warning(view.code, batch));
    views
}

/// What to do about a code where it is a warning. A document with it is at the target, and no resync takes that again.
fn remedy_of_warning(code: Code, batch: &BatchName) -> String {
    let remedy = remedy(code, batch, Language::English);
    if !remedy.contains("`batchferry resync ") {
        return remedy;
    }
    format!(
        "Nothing, if that is good enough: it keeps no document from the target (`batchferry documents {batch} --code {code}`). To have it otherwise there, mend it at the source, then run a new spec of these documents with `onConflict: Overwrite`."
    )
}

/// One reason; `documents` is 0 for one of the batch as such.
pub fn failure_view(code: Code, documents: u64, examples: &[ImageNumber], batch: &BatchName) -> FailureView {
    let entry = entry(code);
    FailureView {
        code,
        group: entry.group,
        transient: entry.transient,
        documents,
        examples: examples.to_vec(),
        message: entry.message(Language::English).to_owned(),
        remedy: remedy(code, batch, Language::English),
    }
}

/// What to do about a code, with the batch's name in the commands.
pub fn remedy(code: Code, batch: &BatchName, language: Language) -> String {
    entry(code).remedy(language).replace(" NAME", &format!(" {batch}"))
}

/// The same before the first run, when there is nothing yet to be resynced: what has been mended is planned again.
pub fn remedy_of_plan(remedy: &str, batch: &BatchName, spec: &str) -> String {
    remedy.replace(&format!("`batchferry resync {batch}`"), &format!("`batchferry plan {spec}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_resync_what_a_resync_does_not_take() {
        let counts = BTreeMap::from([(Code::ResolutionTooLow, 2), (Code::TargetKept, 1)]);
        let views = warning_views(&counts, &"acme".parse().unwrap());
        assert!(views[0].remedy.starts_with("Nothing, if that is good enough"), "{}", views[0].remedy);
        assert!(views[1].remedy.contains("both digests are recorded"), "{}", views[1].remedy);
    }

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
