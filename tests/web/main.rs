//! The control socket with its client, the probes and metrics, and the webhook, each over real connections.

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
