//! The real program against real folders and real S3 over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod bad_samples;
mod conflicts;
mod duplicates;
mod every_write;
mod large;
mod leftovers;
mod limits;
mod listing;
mod listing_server;
mod moving;
mod new;
mod patience;
mod project;
mod proof;
mod queries;
mod resync;
mod s3;
mod selection;
mod specs;
#[path = "../support/mod.rs"]
mod support;
mod virus;
