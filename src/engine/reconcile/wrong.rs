//! Specs that are not accepted, as the loop last saw them, for whoever wants to look at them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::diagnostic::InvalidSpec;

/// Specs of which the problems are kept; of any others it is only known that they are wrong.
const MOST: usize = 500;

/// Specs that are not accepted, by their files.
#[derive(Debug, Default)]
pub struct Wrong(Mutex<BTreeMap<String, Option<InvalidSpec>>>);

impl Wrong {
    /// A spec is not accepted.
    pub(super) fn put(&self, invalid: &InvalidSpec) {
        let mut specs = self.locked();
        let kept = specs.values().flatten().count();
        let was_kept = matches!(specs.get(&invalid.file), Some(Some(_)));
        let keep = was_kept || kept < MOST;
        specs.insert(invalid.file.clone(), keep.then(|| invalid.clone()));
    }

    /// A file is another now, or is gone.
    pub(super) fn remove(&self, file: &str) {
        self.locked().remove(file);
    }

    /// Their problems, in the order of their files.
    pub fn specs(&self) -> Vec<InvalidSpec> {
        self.locked().values().flatten().cloned().collect()
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.locked().len() as u64
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, Option<InvalidSpec>>> {
        // Every change is a single call, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(file: usize) -> InvalidSpec {
        InvalidSpec { file: format!("{file:04}.yaml"), diagnostics: Vec::new() }
    }

    #[test]
    fn of_very_many_wrong_specs_some_are_kept_and_all_are_counted() {
        let wrong = Wrong::default();
        (0..MOST + 5).for_each(|file| wrong.put(&invalid(file)));
        assert_eq!((wrong.count(), wrong.specs().len()), (MOST as u64 + 5, MOST));
        wrong.remove("0000.yaml");
        wrong.put(&invalid(MOST + 4));
        wrong.put(&invalid(1));
        assert_eq!((wrong.count(), wrong.specs().len()), (MOST as u64 + 4, MOST));
        assert_eq!(wrong.specs().last(), Some(&invalid(MOST + 4)));
    }
}
