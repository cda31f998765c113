//! What of the source was listed to the end: nobody can tell of the rest which files a document has.

use std::collections::BTreeMap;

use super::context::RunContext;
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
        Ok(Self::new(marks.into_iter().map(|(shard, mark)| (shard.prefix, !matches!(mark, Mark::Unlistable(_))))))
    }

    fn new(prefixes: impl Iterator<Item = (String, bool)>) -> Self {
        let prefixes: BTreeMap<_, _> = prefixes.collect();
        // Nothing to look up where everything was listed, which is nearly always.
        Self(if prefixes.values().all(|listed| *listed) { BTreeMap::new() } else { prefixes })
    }

    /// The longest prefix over one of the files that could not be listed.
    pub fn gap<'a>(&'a self, mut files: impl Iterator<Item = &'a FileRecord>) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        files.find_map(|file| self.gap_over(&file.object.key))
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
}
