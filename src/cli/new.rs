//! `new`: writes a spec from flags (新增), checked like any other.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::output::{out, tell};
use super::session::fail;
use super::validate::render;
use crate::model::config::Config;
use crate::model::draft::{Draft, DraftPlace};
use crate::model::spec::OnConflict;
use crate::specs::{self, ConfigError};

/// Write a new spec
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct NewArgs {
    /// Name of the batch
    name: String,
    /// First day of collection, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: String,
    /// Last day of collection, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: String,
    /// IANA zone of these days
    #[arg(long)]
    time_zone: String,
    /// Where documents are
    #[arg(long, value_name = "STORE[/PREFIX]")]
    source: String,
    /// Where they go
    #[arg(long, value_name = "STORE[/PREFIX]")]
    target: String,
    /// How keys tell business fields
    #[arg(long, value_name = "TEMPLATE")]
    keys: String,
    /// Only these organizations (globs; may be repeated)
    #[arg(long)]
    organization: Vec<String>,
    /// Only these document types (globs; may be repeated)
    #[arg(long = "type")]
    document_type: Vec<String>,
    /// Write to this file, which must not exist yet; default: stdout
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Lines of no more than 80 columns: a wrapped one could not be copied.
const EXAMPLE: &str = "Example:
batchferry new acme-q1 --from 2025-01-01 --to 2025-03-31 \\
  --time-zone Asia/Shanghai --organization ACME-CN \\
  --source scans --target vault/archive/ --write jobs/acme-q1.yaml \\
  --keys '{organization}/{collected:%Y/%m/%d}/{imageNumber}/{fileName}'";

/// Runs the command.
pub fn run(args: &NewArgs, config: Option<&Path>) -> Exit {
    let text = specs::draft_text(&draft(args));
    // Without a config, stores cannot be looked up; the spec is written all the same.
    let mut config = match specs::load_config(config) {
        Ok(config) => Some(config.config),
        Err(ConfigError::NotFound) if config.is_none() => None,
        Err(error) => return fail(Exit::CouldNotTell, error),
    };
    let name = name_in_messages(args, config.as_mut());
    if let Err(diagnostics) = specs::check_text(&name, &text, config.as_ref()) {
        tell(render(&diagnostics));
        return Exit::No;
    }
    let Some(path) = &args.write else {
        return out(text);
    };
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => out(format_args!("{}\n", path.display())),
        Err(error) => fail(Exit::No, format_args!("{} cannot be written: {error}", path.display())),
    }
}

/// Policies go by where a spec lies: of one that is printed nobody knows yet.
fn name_in_messages(args: &NewArgs, config: Option<&mut Config>) -> String {
    match (config, &args.write) {
        (Some(config), Some(path)) if config.policies.is_some() => {
            specs::below_jobs(&path.display().to_string(), path, &config.jobs)
        }
        (Some(config), _) => {
            config.policies = None;
            "new spec".to_owned()
        }
        (None, _) => "new spec".to_owned(),
    }
}

/// What the flags say.
fn draft(args: &NewArgs) -> Draft {
    Draft {
        name: args.name.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        time_zone: args.time_zone.clone(),
        source: place(&args.source),
        keys: args.keys.clone(),
        target: place(&args.target),
        on_conflict: OnConflict::Fail,
        organizations: args.organization.clone(),
        document_types: args.document_type.clone(),
    }
}

fn place(text: &str) -> DraftPlace {
    let (store, prefix) = text.split_once('/').unwrap_or((text, ""));
    DraftPlace { store: store.to_owned(), prefix: prefix.to_owned() }
}
