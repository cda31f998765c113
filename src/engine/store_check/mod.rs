//! What a store can do, tried on objects of its own: `store check`. A run never tries anything.

mod check;
mod copying;
mod found;
mod ordering;
mod reading;
mod writing;

pub use check::check;
