//! What every code means and what to do about it, in two languages. Written once; shown by `explain`, in reports and
//! wherever a failure is told.

mod batches;
mod contents;
mod documents;
mod entry;
mod findings;
mod transfers;

pub use entry::{Entry, entry, sentence, sentence_with};
