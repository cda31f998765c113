//! How fast files go from one store to another at rising concurrency, on objects of its own: `bench`. A run never
//! measures anything.

mod advice;
mod copying;
mod measure;
mod probes;
mod step;

pub use measure::{Asked, BenchError, measure};
