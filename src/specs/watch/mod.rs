//! The jobs directory as the daemon sees it: hints that something changed, and looks that decide what did.
//!
//! Events are hints and nothing else: they name the wrong files (a ConfigMap's swap), name none (a full queue) or do not
//! come at all (a network file system). What a file says is decided by reading it.

mod entry;
mod give;
mod hints;
mod look;
mod scanner;
mod stamp;
mod tree;
mod watcher;
mod way;

#[cfg(test)]
mod tests;

pub use look::{FileChange, KnownFile, Look};
pub use scanner::Scanner;
pub use watcher::JobsWatcher;
