//! Specs in the making: what there is to choose, what is wrong with a text, and how it comes into the jobs directory, where the
//! config allows that.

mod authored;
mod check;
mod writing;

pub use authored::Authored;
pub use check::choices;
pub use writing::SpecWriter;
