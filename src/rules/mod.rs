//! Floor 2: decide. Pure: clocks and randomness are arguments. Sole home of globset.
//!
//! Which objects a batch selects, what a file is to its document, whether a document may move, where a store really is, how
//! long to wait before trying again, which batch may move now, and how many files at once.
//!
//! Invariant: `plan` and a run decide by the same functions on the same facts.

pub mod auditing;
pub mod clamd;
pub mod climbing;
mod clouds;
pub mod days;
pub mod globs;
pub mod inspection;
pub mod keys;
pub mod layout;
pub mod names;
pub mod namesakes;
pub mod places;
pub mod policies;
pub mod reporting;
pub mod retrying;
pub mod roles;
pub mod scheduling;
pub mod selection;
pub mod windows;
