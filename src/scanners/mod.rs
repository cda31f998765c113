//! Floor 3: virus scanners, outside programs that are shown bytes and say what they think of them.
//!
//! Invariants: what a scanner is, the operator's config says, never a spec; only a scanner that has taken every byte and
//! says so makes a file clean, and anything else that happens makes it unscannable; no answer of a scanner is longer than
//! 4 KiB here.

mod clamd;
mod command;
mod scanner;
mod verdict;

pub use scanner::{Scanner, ScannerError};
pub use verdict::Verdict;
