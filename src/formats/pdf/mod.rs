//! PDF (ISO 32000): its end by a look through the window; its pages and their images where the whole file is at hand.
//!
//! Read by hand, because what is unpacked is bounded as a whole that way: readers of PDF bound each stream by itself, if at
//! all, and a file may have a million of them. Objects are found by going through the file, as repairing readers do, and not
//! by its cross-references: one way for sound files and for damaged ones.

mod content;
mod file;
mod images;
mod objects;
mod pages;
mod place;
mod streams;
mod syntax;
mod tail;

pub(super) use pages::look_at_pages;
pub(super) use streams::unpack_all;
pub(super) use tail::look;
