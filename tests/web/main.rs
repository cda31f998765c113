//! The control socket with its client, the probes and metrics, and the webhook, each over real connections.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod daemon;
mod hook;
mod load;
mod metrics;
mod probes;
mod raw;
mod receiver;
mod round_trip;
mod slow;
mod socket;
mod views;
