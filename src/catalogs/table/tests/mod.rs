//! Whole tables, read as they are written by others.

mod bad_text;
mod bytes;
mod columnar;
mod same;
mod support;
