//! The daemon's loop: keeps the ledger level with the jobs directory, and runs what may run.
//!
//! ```text
//! looks at the jobs directory ──┐                      ┌── runs, each a task of its own
//! commands of people ───────────┼──> one loop ─────────┼── reports
//! time: windows, repetitions ───┘   (owns all state)   └── notices: to webhooks, metrics, logs
//! ```
//!
//! Everything is decided from the ledger's records and the specs as they are now; nothing is remembered that a restart
//! would lose. A look or a command changes records; then every batch that changed is decided anew.

mod circles;
mod command;
mod entry;
mod intake;
mod looking;
mod notice;
mod publish;
mod reconciler;
mod runner;
mod schedule;
mod wrong;

pub use command::Command;
pub use notice::{Notice, Standings};
pub use reconciler::{Outside, Reconciler, Reload, Shown};
pub use wrong::Wrong;
