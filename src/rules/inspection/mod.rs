//! Whether a document may move: what the spec asks of its listing, its fields and the content of its files.
//!
//! Invariants:
//! - A check that warns leaves a finding, and one that fails leaves a failure; nothing is dropped between them.
//! - A check that found nothing has an outcome all the same: passed, not applicable or not run.

mod content;
#[cfg(test)]
mod content_tests;
mod duplicates;
mod invoices;
mod listing;
mod outcomes;
mod readable;
mod resolution;
mod sequence;
#[cfg(test)]
mod tests;
mod verdict;

pub use content::{ContentVerdict, content, promised};
pub use invoices::invoices;
pub use listing::{ListingVerdict, ROWS, draft_fields, listing};
pub use outcomes::told;
