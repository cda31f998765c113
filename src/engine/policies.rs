//! Whether the operator's policies let a batch move: asked whenever it begins or goes on, since the config may have changed.

use super::run::{Engine, RunError, spec};
use crate::model::batch::BatchRecord;
use crate::model::spec::BatchFile;
use crate::rules::policies::Policies;

impl Engine {
    /// Why a batch may not move, and what to do; `None`: it may.
    ///
    /// # Errors
    /// Its spec cannot be read.
    pub(super) fn denied(&self, batch: &BatchRecord) -> Result<Option<String>, RunError> {
        Ok(self.denied_to(batch, &spec(batch)?))
    }

    /// The same of a spec that was read from the batch.
    pub(super) fn denied_to(&self, batch: &BatchRecord, file: &BatchFile) -> Option<String> {
        let policies = Policies::new(self.stores.config().policies.as_deref()?);
        // A config that was read has sound globs; one that has none all the same allows nothing.
        let Ok(policies) = policies else { return Some("the globs of `policies` cannot be read".to_owned()) };
        let denials = policies.denials(&batch.spec.path, Some(&file.spec.source), Some(&file.spec.target));
        denials.into_iter().next().map(|denial| format!("{}; {}", denial.message, denial.advice))
    }
}
