//! Floor 2: bytes to facts. Pure: the reader is an argument, and nothing is judged here.
//!
//! Invariants, whatever the bytes: no panic; at most 2 MiB are read and kept; work is bounded; an error of the
//! reader comes back as it is and is never taken for a fault of the file. Where the bound ends, a fact is unknown.

mod bmp;
mod density;
mod gif;
mod ifd;
mod jpeg;
mod magic;
mod ofd;
mod pdf;
mod png;
mod probe;
mod tiff;
mod webp;
mod window;

pub use magic::kind_by_magic;
pub use probe::probe;
