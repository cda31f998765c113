//! From a selection to the prefixes that must be listed: a day out of a bucket of a billion objects costs the requests of
//! that day.
//!
//! Invariants: every key in scope starts with one of the prefixes; none of them contains another; what lies in the
//! directory of a document that may be selected is never cut off; memory is bounded however long the selection's lists are.

mod frontier;
mod names;
mod period;
mod selection;
#[cfg(test)]
mod tests;

pub use frontier::{Discovery, Frontier, expand, start};
pub use selection::Selection;
