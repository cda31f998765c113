//! What all who wait for a store should know: that it is down.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::StoreError;

/// Why a store was last given up, until it answers again.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<StoreError>>);

impl Outage {
    pub(super) fn begins(&self, error: &StoreError) {
        *self.state() = Some(error.clone());
    }

    pub(super) fn ends(&self) {
        *self.state() = None;
    }

    pub(super) fn reason(&self) -> Option<StoreError> {
        self.state().clone()
    }

    fn state(&self) -> MutexGuard<'_, Option<StoreError>> {
        // Replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
