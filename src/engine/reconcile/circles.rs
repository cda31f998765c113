//! Batches that come after each other in a circle: none of them could ever start, so none is accepted.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::ids::BatchName;
use crate::specs::{Cycle, FileChange, cycles};

/// What files say of the order of their batches.
#[derive(Debug, Default)]
pub(super) struct Circles {
    /// Files with an `after`: their batches and the batches that these come after.
    after: BTreeMap<String, (BatchName, Vec<BatchName>)>,
    /// Files in a circle.
    files: BTreeSet<String>,
    found: BTreeMap<BatchName, Cycle>,
}

impl Circles {
    /// Takes in what has changed, and gives the files for which it makes a difference though they have not changed
    /// themselves. `known` tells the `after` of a batch that the ledger has.
    pub(super) fn learn(
        &mut self,
        changes: &[FileChange],
        known: impl Fn(&BatchName) -> Vec<BatchName>,
    ) -> Vec<String> {
        for change in changes {
            let says = match change {
                FileChange::Spec(spec) => Some((spec.file.metadata.name.clone(), spec.file.spec.after.clone())),
                FileChange::Known { name, .. } => Some((name.clone(), known(name))),
                FileChange::Invalid(..) | FileChange::Ignored(_) | FileChange::Gone(_) => None,
            };
            match says.filter(|(_, after)| !after.is_empty()) {
                Some(says) => drop(self.after.insert(change.file().to_owned(), says)),
                None => drop(self.after.remove(change.file())),
            }
        }
        self.found = cycles(self.after.values().map(|(name, after)| (name, after.as_slice())));
        let in_circle = self.after.iter().filter(|(_, (name, _))| self.found.contains_key(name));
        let files: BTreeSet<String> = in_circle.map(|(file, _)| file.clone()).collect();
        let before = std::mem::replace(&mut self.files, files);
        let changed: BTreeSet<&str> = changes.iter().map(FileChange::file).collect();
        let differ = before.symmetric_difference(&self.files).filter(|file| !changed.contains(file.as_str()));
        differ.cloned().collect()
    }

    /// The circle that a batch is in.
    pub(super) fn of(&self, name: &BatchName) -> Option<&Cycle> {
        self.found.get(name)
    }
}
