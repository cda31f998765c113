//! `report`: writes the report folder of a batch, the same bytes anywhere.

use std::path::{Path, PathBuf};

use super::access::{Access, named, unexpected};
use super::exit::Exit;
use super::output::out;
use super::session::{self, fail};
use crate::model::control::{Reply, Request};
use crate::reports::{self, Rendered};
use crate::specs;

/// Write the report of a batch again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry report acme-expenses-2025-q1 --to /tmp/report")]
pub struct ReportArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Folder to write to; default: where the config puts reports
    #[arg(long)]
    to: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &ReportArgs, config: Option<&Path>) -> Exit {
    write(args, config).unwrap_or_else(|exit| exit)
}

fn write(args: &ReportArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let access = Access::open(&session::config(config)?)?;
    let batch = named(&args.name);
    let folder = match (&args.to, access.ask(request(args.to.is_some(), batch))?) {
        (None, Reply::Written(folder)) => folder,
        (Some(folder), Reply::Report(files)) => {
            let files: Vec<Rendered> = files.into_iter().map(|file| Rendered::new(&file.name, file.text)).collect();
            // A link that the user names is meant; one that stands in the jobs directory is not followed.
            reports::write(&specs::real_path(folder), &files).map_err(|error| fail(Exit::CouldNotTell, error))?;
            folder.display().to_string()
        }
        _ => return Err(unexpected()),
    };
    Ok(out(format_args!("{folder}\n")))
}

fn request(elsewhere: bool, batch: String) -> Request {
    if elsewhere { Request::Report { batch } } else { Request::WriteReport { batch } }
}
