//! `audit`: the log of every change, exported and checked.

mod anchors;
mod chains;
mod command;
mod export;
mod instant;
mod verify;

pub(super) use command::{AuditArgs, run};
