//! `new`: writes a spec from flags (新增), checked like any other.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::exit::Exit;
use super::output::{out, tell};
use super::session::fail;
use super::validate::render;
use crate::model::config::Config;
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
    let text = text(args);
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

/// Only where keys tell roles: no document could pass it elsewhere.
const ROLES: &str = "  checks:                        # before a byte moves
    requiredRoles: {cover: 1}
";

fn text(args: &NewArgs) -> String {
    let (source, source_prefix) = place(&args.source);
    let (target, target_prefix) = place(&args.target);
    let filters = match (args.organization.as_slice(), args.document_type.as_slice()) {
        ([], []) => String::new(),
        (organizations, types) => {
            format!("  filters:\n    organizations: {}\n    documentTypes: {}\n", list(organizations), list(types))
        }
    };
    format!(
        "# yaml-language-server: $schema=../schemas/batch.schema.json
apiVersion: batchferry/v1
kind: MigrationBatch
metadata:
  name: {name}
spec:
  collected:                     # both days inclusive, in this zone
    from: {from}
    to: {to}
    timeZone: {zone}
  source:
    store: {source}
{source_prefix}    catalog:
      keys: {keys}
  target:
    store: {target}
{target_prefix}    onConflict: Fail             # never replace what is there and differs
{filters}{checks}",
        name = word(&args.name),
        from = word(&args.from),
        to = word(&args.to),
        zone = word(&args.time_zone),
        source = word(source),
        target = word(target),
        keys = quoted(&args.keys),
        source_prefix = prefix(source_prefix),
        target_prefix = prefix(target_prefix),
        checks = if args.keys.contains("{role}") { ROLES } else { "" },
    )
}

fn place(text: &str) -> (&str, &str) {
    text.split_once('/').unwrap_or((text, ""))
}

fn prefix(prefix: &str) -> String {
    if prefix.is_empty() { String::new() } else { format!("    prefix: {}\n", quoted(prefix)) }
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
}

/// Plain where YAML cannot take it for anything but a text.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    let is_day = text.len() == 10 && text.parse::<Date>().is_ok();
    if (is_word || is_day) && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// JSON's strings are YAML's double-quoted ones.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
