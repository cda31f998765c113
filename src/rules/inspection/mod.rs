//! Whether a document may move: what the spec asks of its listing, its fields and the content of its files.
//!
//! Invariant: a check that warns leaves a finding, and one that fails leaves a failure; nothing is dropped between them.

mod content;
mod duplicates;
mod listing;
mod readable;
mod resolution;
mod sequence;
#[cfg(test)]
mod tests;
mod verdict;

pub use content::{ContentVerdict, content};
pub use listing::{ListingVerdict, draft_fields, listing};
