//! Content decoded to the end, on request: what a look at the head cannot see.
//!
//! Invariants, whatever the bytes: no panic of ours; one call holds at most [`HELD_BYTES`] for what it unpacks, and as
//! much again for what decoders keep beside it; it unpacks at most [`UNPACKED_BYTES`] in all. What goes beyond is a bomb if
//! the file is small for it, else unknown.

mod bounds;
mod decode;
mod gif;
mod jpeg;
mod png;
mod tiff;
mod webp;

pub use bounds::{HELD_BYTES, UNPACKED_BYTES};
pub use decode::decode;

pub(super) use bounds::{Account, Fault};
pub(super) use decode::look_whole;
pub(super) use jpeg::decode as decode_jpeg;
