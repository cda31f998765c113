//! Floor 3: sorted tables on disk, larger than memory.
//!
//! A table is written once, from entries in any order, and read by key or from its beginning. Several entries may have one
//! key; they keep the order in which they were given.
//!
//! Invariants: what is in memory does not grow with the table, but for one key of each block; a table that was not written
//! to its end is never taken for one.

mod block;
mod merge;
mod runs;
mod table;
mod writer;

pub use table::{Entries, Table};
pub use writer::TableWriter;
