//! `audit`: the log of every change, exported and checked.

mod command;
mod export;
mod instant;

pub(super) use command::{AuditArgs, run};
