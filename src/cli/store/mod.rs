//! `store`: what the stores of the config can do.

mod check;
mod command;

pub(super) use command::{StoreArgs, run};
