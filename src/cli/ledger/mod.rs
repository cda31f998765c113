//! `ledger`: care of the ledger while nobody else has it.

mod check;
mod command;
mod compact;

pub(super) use command::{LedgerArgs, run};
