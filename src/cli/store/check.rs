//! `store check`: what a store can do, and the lines of the config that say so.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::output::{Column, Format, ListFormat, json_object, list, out};
use crate::cli::run::stop_on_signals;
use crate::cli::session::{self, fail};
use crate::engine::stop::Stop;
use crate::engine::store_check;
use crate::engine::store_set::StoreSetError;
use crate::model::ids::StoreName;
use crate::model::store_check::{AbilityView, StoreCheckView};
use crate::model::text::one_line;

/// Try what a store can do, and print the lines to declare
///
/// Works on a few small objects of its own, whose keys begin with `.batchferry-check-` below the store's prefix, and removes
/// them at the end; it touches nothing else. Needs no ledger, so it also works beside a daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  batchferry store check vault
  batchferry store check scans --read-only

Exit codes: 0 all that batches rest on works, 1 something does not, 3 could not tell.")]
pub struct CheckArgs {
    /// The store's name in the config
    name: String,
    /// Write nothing: list, and read the first object
    #[arg(long)]
    read_only: bool,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

const COLUMNS: &[Column<AbilityView>] = &[
    Column { name: "ability", cell: |tried| tried.ability.words().to_owned() },
    Column { name: "found", cell: |tried| tried.outcome.words().to_owned() },
    Column { name: "needed", cell: |tried| if tried.relied_on { "yes" } else { "no" }.to_owned() },
    Column { name: "what it means", cell: |tried| tried.meaning.clone() },
];

/// Runs the command.
pub fn run(args: &CheckArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &CheckArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let name = StoreName::new(args.name.as_str());
    let stop = Stop::default();
    let checking = async {
        stop_on_signals(stop.clone());
        store_check::check(&config.config, &name, args.read_only, &stop).await
    };
    let checked = session::block_on(checking)?;
    let view = checked.map_err(|error| match error {
        StoreSetError::Unknown { .. } => fail(Exit::Usage, error),
        error => fail(Exit::CouldNotTell, error),
    })?;
    let printed = match args.output {
        Format::Json => json_object(&view),
        Format::Text => {
            let mut rows = Some(view.abilities.clone());
            let table = list(ListFormat::Table, COLUMNS, || Ok(rows.take().unwrap_or_default()));
            table.and(out(text(&view)))
        }
    };
    let sound = match view.is_sound() {
        _ if stop.requested() => Exit::Interrupted,
        Some(true) => Exit::Yes,
        Some(false) => Exit::No,
        None => Exit::CouldNotTell,
    };
    Ok(printed.and(sound))
}

fn text(view: &StoreCheckView) -> String {
    let name = one_line(&view.store);
    let mut text = match view.is_sound() {
        Some(true) if view.read_only => format!("{name}: all that batches which read it rest on works\n"),
        Some(true) => format!("{name}: all that batches rest on works\n"),
        Some(false) => format!("{name}: something that batches rest on does NOT work\n"),
        None => format!("{name}: could not tell whether all that batches rest on works\n"),
    };
    if !view.declare.is_empty() {
        text.push_str(&format!("  what was found, as lines of `stores.{name}` in the config:\n"));
        view.declare.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    for difference in &view.differences {
        text.push_str(&format!("  differs: {difference}\n"));
    }
    for key in &view.left {
        text.push_str(&format!("  not removed: {}; remove it by hand\n", one_line(key)));
    }
    text
}
