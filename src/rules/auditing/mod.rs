//! What audit events are called outside, and whether a chain of them is whole.

mod premis;

pub use premis::premis;
