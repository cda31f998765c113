//! Floor 5: wires the parts of `serve`, starts them and stops them in order.
//!
//! ```text
//! signals ──────> reloads, stop ──┐
//! socket, TCP ──> router ─────────┼──> reconciler (engine) ──> notices ──> observer ──> metrics, health, webhook, systemd
//!              └─ questions: answered from the ledger beside the loop
//! ```

mod bags;
mod looks;
mod observer;
mod opening;
mod parts;
mod plans;
mod reload;
mod router;
mod serve;
mod served;
mod signals;
mod systemd;
mod verifications;

pub use serve::{DaemonError, Start, serve};
