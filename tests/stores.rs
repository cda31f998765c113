//! Stores as their callers see them: one suite that every kind passes, and what each kind does by itself.
#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

mod support;

#[path = "stores/batches.rs"]
mod batches;
#[path = "stores/clouds.rs"]
mod clouds;
#[path = "stores/conformance.rs"]
mod conformance;
#[path = "stores/emulators.rs"]
mod emulators;
#[path = "stores/faults.rs"]
mod faults;
#[path = "stores/folders.rs"]
mod folders;
#[path = "stores/places.rs"]
mod places;
#[path = "stores/s3.rs"]
mod s3;
#[path = "stores/web.rs"]
mod web;
