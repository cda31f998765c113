//! The control socket with its client, the API over TCP, the probes and metrics, and the webhook, each over real connections.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod api;
mod bags;
mod daemon;
mod hook;
#[path = "../ledger/support.rs"]
#[expect(dead_code, reason = "the tests of the ledger need more of it")]
mod ledger;
mod load;
mod metrics;
mod openapi;
mod pages;
mod probes;
mod raw;
mod reading;
mod receiver;
mod round_trip;
mod schema;
mod sessions;
mod slow;
mod socket;
mod tcp;
mod views;
