//! Who had a spec written, until its batch is accepted: git does not know them, and the file's owner is the daemon.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::event::Operator;
use crate::model::ids::Digest;

/// Most files that are remembered: far more than wait to be taken in at once.
const MOST: usize = 1_000;

/// Files that operators had written, each with the digest of its bytes. In memory alone: should the daemon end before the batch
/// is accepted, its log says who it was.
#[derive(Debug, Default)]
pub struct Authored(Mutex<BTreeMap<String, (Digest, Operator)>>);

impl Authored {
    /// Someone has a file written with these bytes.
    pub(super) fn put(&self, file: &str, bytes: &[u8], operator: Operator) {
        let mut files = self.locked();
        if files.len() < MOST {
            files.insert(file.to_owned(), (Digest::of(bytes), operator));
        }
    }

    /// The file was not written after all.
    pub(super) fn forget(&self, file: &str) {
        self.locked().remove(file);
    }

    /// Who had this file written with these very bytes. They are named once: what is read later may be another's.
    pub fn take(&self, file: &str, bytes: &[u8]) -> Option<Operator> {
        let (digest, operator) = self.locked().remove(file)?;
        (digest == Digest::of(bytes)).then_some(operator)
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, (Digest, Operator)>> {
        // Every change is a single one, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn someone_is_named_once_and_for_the_very_bytes() {
        let authored = Authored::default();
        let operator = Operator { name: "olga (by token)".to_owned(), commit: None };
        authored.put("q1.yaml", b"one", operator.clone());
        assert_eq!(authored.take("q2.yaml", b"one"), None);
        assert_eq!(authored.take("q1.yaml", b"one"), Some(operator.clone()));
        assert_eq!(authored.take("q1.yaml", b"one"), None);
        authored.put("q1.yaml", b"one", operator.clone());
        assert_eq!(authored.take("q1.yaml", b"two"), None, "someone changed it");
        assert_eq!(authored.take("q1.yaml", b"one"), None);
        authored.put("q1.yaml", b"one", operator);
        authored.forget("q1.yaml");
        assert_eq!(authored.take("q1.yaml", b"one"), None);
    }
}
