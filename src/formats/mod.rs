//! Floor 2: bytes to facts. Pure: the reader is an argument, and nothing is judged here.
//!
//! Invariants of a look ([`probe()`]), whatever the bytes: no panic; at most 2 MiB are read and kept; work is bounded; an
//! error of the reader comes back as it is and is never taken for a fault of the file. Where the bound ends, a fact is
//! unknown. A look at a file in memory ([`probe_whole`]) and decoding ([`decode()`]) have bounds of their own.

mod bmp;
mod density;
mod full;
mod gif;
mod ifd;
mod jpeg;
mod magic;
mod ofd;
mod ofd_parts;
mod pdf;
mod png;
mod probe;
mod tiff;
mod webp;
mod window;
mod xml;
mod zip;

pub use full::{HELD_BYTES, UNPACKED_BYTES, decode};
pub use magic::kind_by_magic;
pub use probe::{probe, probe_whole};
