//! A check of a batch's audit log: the chain from its first event to its head, and every record that it vouches for.

mod check;
mod glance;
mod records;
mod walk;

pub use check::{check, check_by};
