//! The control socket with its client, the probes and metrics, and the webhook, each over real connections.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod daemon;
mod hook;
#[path = "../ledger/support.rs"]
#[expect(dead_code, reason = "the tests of the ledger need more of it")]
mod ledger;
mod load;
mod metrics;
mod pages;
mod probes;
mod raw;
mod receiver;
mod round_trip;
mod slow;
mod socket;
mod views;
