//! The real program against real folders and real S3 over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod audit;
mod bad_samples;
mod bag;
mod bench;
mod codes;
mod conflicts;
mod copies;
mod copies_large;
mod download;
mod download_midway;
mod duplicates;
mod every_write;
mod heads;
mod indexes;
mod inventories;
mod invoices;
mod large;
mod layout;
mod leftovers;
mod limits;
mod listing;
mod listing_server;
mod moving;
mod new;
mod outcomes;
mod patience;
mod plans;
mod policies;
mod project;
mod proof;
mod queries;
mod real_samples;
mod resync;
mod s3;
mod selection;
mod sidecars;
mod specs;
mod stamped;
mod store_check;
#[path = "../support/mod.rs"]
mod support;
mod tags;
mod verify;
mod versions;
mod virus;
