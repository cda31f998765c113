//! What all stores that are asked over HTTP have in common: clients, watching every request, naming what went wrong.

mod answer;
mod ask;
mod classify;
mod client;
mod codes;
mod connector;
mod counts;
mod endpoint;
mod keys;
mod observe;
mod said;

pub use counts::RequestCounts;

pub(super) use ask::{Nonsense, ask, ask_if_there, generic};
pub(super) use classify::explain;
pub(super) use client::{Client, Tuning, refused_credentials, unusable};
pub(super) use endpoint::{Endpoint, is_plain_name};
pub(super) use keys::{Keys, Renewable};
pub(super) use observe::{Checksum, Copying, Seen, watch};
