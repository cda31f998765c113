//! Care of a ledger that nobody else has open: is everything in it as it was written, and writing it anew without what
//! it wastes.

mod batches;
mod check;
mod claims;
mod compact;
mod documents;
mod indexes;
mod kinds;
mod pages;
mod problems;
mod survey;

pub use check::check;
pub use compact::compact;
