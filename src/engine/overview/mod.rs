//! What pages show: answered from the ledger, fast enough for people who click through ten thousand batches and millions of
//! documents.
//!
//! A line of every batch is kept in memory and renewed when its batch is written; everything else is read as it is asked for,
//! and no question reads more than a page's worth.

mod answer;
mod batch;
mod documents;
mod folder;
mod line;
mod list;
mod look;
mod pace;
mod sampled;
mod summaries;

pub use answer::{Overviews, Places};
pub use look::look;
