//! What of the source was listed to the end: nobody can tell of the rest which files a document has.

use std::collections::BTreeMap;

use super::catalog::TABLE_MARK;
use super::context::RunContext;
use super::setup::Setup;
use crate::ledger::LedgerError;
use crate::model::document::FileRecord;
use crate::model::listing::Mark;

/// The prefixes of a listing, and whether each could be listed.
pub struct Coverage(BTreeMap<String, bool>);

impl Coverage {
    /// What the current listing of a batch covered.
    ///
    /// # Errors
    /// The ledger's.
    pub fn of(context: &RunContext) -> Result<Self, LedgerError> {
        let marks = context.reader.marks(context.batch)?;
        // Tables have marks of their own, which say nothing of prefixes.
        let marks = marks.into_iter().filter(|(shard, _)| !shard.prefix.starts_with(TABLE_MARK));
        Ok(Self::new(marks.map(|(shard, mark)| (shard.prefix, !matches!(mark, Mark::Unlistable(_))))))
    }

    fn new(prefixes: impl Iterator<Item = (String, bool)>) -> Self {
        let mut covered = BTreeMap::new();
        for (prefix, listed) in prefixes {
            // One range of a prefix that could not be listed leaves all of it in doubt.
            *covered.entry(prefix).or_insert(true) &= listed;
        }
        // Nothing to look up where everything was listed, which is nearly always.
        Self(if covered.values().all(|listed| *listed) { BTreeMap::new() } else { covered })
    }

    /// A prefix that could not be listed and lies over one of a document's known `files`, or below which more of them
    /// may lie.
    pub fn gap<'a>(
        &'a self,
        mut files: impl Iterator<Item = &'a FileRecord> + Clone,
        setup: &Setup,
    ) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let known = files.clone().find_map(|file| self.gap_over(&file.object.key));
        known.or_else(|| self.gap_below(files.find(|file| file.record.recognised && !file.record.absent)?, setup))
    }

    fn gap_below(&self, file: &FileRecord, setup: &Setup) -> Option<&str> {
        // Where rows name every file, those that were not listed are known too.
        let template = setup.catalog.template()?;
        let source = setup.file.spec.source.prefix.as_str();
        let below = file.object.key.strip_prefix(source)?;
        let common = format!("{source}{}", template.common_directory(below));
        self.gap_over(&common).or_else(|| {
            let unlisted = self.0.range(common.clone()..).take_while(|(prefix, _)| prefix.starts_with(&common));
            let mut unlisted = unlisted.filter(|(_, listed)| !**listed).map(|(prefix, _)| prefix.as_str());
            unlisted
                .find(|prefix| prefix.strip_prefix(source).is_none_or(|below| template.may_hold(below, &file.record)))
        })
    }

    fn gap_over(&self, key: &str) -> Option<&str> {
        let over = self.0.iter().filter(|(prefix, _)| key.starts_with(prefix.as_str()));
        over.max_by_key(|(prefix, _)| prefix.len()).filter(|(_, listed)| !**listed).map(|(prefix, _)| prefix.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_over_a_key_decides() {
        let listed = [("a/", false), ("a/b/", true), ("a/b/c/", false)];
        let coverage = Coverage::new(listed.into_iter().map(|(prefix, listed)| (prefix.to_owned(), listed)));
        assert_eq!(coverage.gap_over("a/x"), Some("a/"));
        assert_eq!(coverage.gap_over("a/b/x"), None);
        assert_eq!(coverage.gap_over("a/b/c/x"), Some("a/b/c/"));
    }

    #[test]
    fn one_range_that_was_not_listed_leaves_its_prefix_in_doubt() {
        for listed in [[true, false], [false, true]] {
            let coverage = Coverage::new(listed.into_iter().map(|listed| ("a/".to_owned(), listed)));
            assert_eq!(coverage.gap_over("a/x"), Some("a/"));
        }
    }
}
