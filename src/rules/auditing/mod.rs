//! What audit events are called outside, and whether a chain of them is whole.

mod chain;
mod premis;
mod sampling;

pub use chain::{Anchored, ChainWalk, against};
pub use premis::premis;
pub use sampling::Draw;
