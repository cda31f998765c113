//! `rescan`: has the daemon look through the jobs directory now.

use std::path::Path;

use super::access::{Access, unexpected};
use super::exit::Exit;
use super::session::{self, fail};
use crate::model::control::{Reply, Request};

/// Have the daemon look through the jobs directory now
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry rescan")]
pub struct RescanArgs {}

/// Runs the command.
pub fn run(config: Option<&Path>) -> Exit {
    rescan(config).unwrap_or_else(|exit| exit)
}

fn rescan(config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let Some(access) = Access::daemon(&config)? else {
        return Err(fail(
            Exit::CouldNotTell,
            "no daemon is running; `batchferry run` reads the jobs directory by itself, `batchferry serve` starts a daemon",
        ));
    };
    match access.ask(Request::Rescan)? {
        Reply::Rescanned(found) => {
            println!("{} valid, {} not accepted, {} ignored", found.valid, found.invalid, found.ignored);
            Ok(if found.invalid == 0 { Exit::Yes } else { Exit::No })
        }
        _ => Err(unexpected()),
    }
}
