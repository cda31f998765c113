//! A fault for tests: after so many writes the disk takes no more, as if the process had died there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of the write at which the fuse blows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blown {
    /// It is not made: the process died before it.
    Before,
    /// It is made, and nobody hears of it: the process died after it, and does the step again.
    After,
}

/// Blows after some writes.
#[derive(Debug, Clone)]
pub struct Fuse {
    left: Arc<AtomicU64>,
    blown: Blown,
}

impl Fuse {
    /// Lets `writes` pass.
    pub fn new(writes: u64, blown: Blown) -> Self {
        Self { left: Arc::new(AtomicU64::new(writes)), blown }
    }

    /// Whether the next write passes. `Err`: it does not, and whether it is made all the same.
    pub(super) fn pass(&self) -> Result<(), Blown> {
        let taken = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        taken.map(drop).map_err(|_| self.blown)
    }
}
