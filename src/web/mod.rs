//! Floor 4: HTTP into values and back: the API on the control socket, with its client, and over TCP beside pages, probes and
//! metrics, and the webhook. Sole home of axum, hyper, reqwest and prometheus_client.
//!
//! It knows no batch logic and no ledger: what is asked over the socket goes to whoever holds the ledger as an [`Asked`].

mod access;
mod api;
mod asked;
mod body;
mod client;
mod connections;
mod delivery;
mod disposition;
mod health;
mod hook;
mod labelled;
mod metrics;
mod notice;
mod page;
mod parameters;
mod patience;
mod probes;
mod problem;
mod queue;
mod reach;
mod routes;
mod signature;
mod socket;
mod target;
mod users;
mod wire;

pub use access::Access;
pub use api::openapi;
pub use asked::Asked;
pub use client::{Client, ConnectError};
pub use delivery::Pace;
pub use health::Health;
pub use hook::{Deliveries, Hook, HookError};
pub use metrics::{Delivery, Exposition, Metrics};
pub use notice::{Notice, NoticeEvent};
pub use probes::{ListenError, ProbeServer};
pub use socket::{ControlSocket, SocketError};
