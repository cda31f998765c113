//! Whether the target's server makes copies by itself, in place of the bytes being sent to it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::setup::Setup;
use crate::model::work::FileWork;
use crate::stores::Store;

/// How large what one request copies may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopySizes {
    /// The largest object that is copied whole.
    pub whole: u64,
    /// Bytes of the parts that a larger one is copied in.
    pub part: u64,
}

impl Default for CopySizes {
    /// S3 copies at most 5 GiB whole. A part is as large that ten thousand of them hold the largest object, and that one which
    /// is lost costs seconds.
    fn default() -> Self {
        Self { whole: 5 << 30, part: 512 << 20 }
    }
}

/// Whether copies are asked for: until the server says that it makes none.
#[derive(Debug)]
pub struct Copier {
    is_on: AtomicBool,
    sizes: CopySizes,
}

impl Copier {
    /// For a run from source to target; `is_plan`: nothing is written.
    pub fn new(setup: &Setup, is_plan: bool) -> Self {
        let able = setup.target.store.copies_from(&setup.source.store);
        Self { is_on: AtomicBool::new(able && !is_plan), sizes: setup.copy_sizes }
    }

    /// Whether to ask for a copy of this file, whole or in parts.
    pub fn takes(&self, source: &Store, file: &FileWork) -> bool {
        self.is_on() && source.can_pin(&super::fetch::pin(file))
    }

    /// Whether to ask for a copy of this file in one request.
    pub fn takes_whole(&self, source: &Store, file: &FileWork) -> bool {
        file.object.size <= self.sizes.whole && self.takes(source, file)
    }

    /// Bytes of one part of a copy.
    pub fn part(&self) -> u64 {
        self.sizes.part
    }

    /// Whether copies are asked for at all.
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// The server makes no copies: bytes are sent from now on. Told once a run.
    pub fn give_up(&self, target: &Store, said: &str) {
        if self.is_on.swap(false, Ordering::Relaxed) {
            tracing::warn!(store = %target.name(), said, "the store does not copy by itself; files are read and sent");
        }
    }
}
