//! Floor 2: decide. Pure: clocks and randomness are arguments. Sole home of globset.
//!
//! Which objects a batch selects, what a file is to its document, whether a document may move, where a store really is, and
//! how long to wait before trying again.
//!
//! Invariant: `plan` and a run decide by the same functions on the same facts.

pub mod days;
pub mod globs;
pub mod inspection;
pub mod keys;
pub mod namesakes;
pub mod places;
pub mod reporting;
pub mod retrying;
pub mod roles;
pub mod selection;
