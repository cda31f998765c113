//! `schema`: the JSON Schemas of what people write and programs read.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use super::exit::Exit;
use super::output::{json_object, out};
use super::session::fail;
use crate::specs::{batch_schema, config_schema, report_schema};

/// Print the JSON Schema of specs, of the config or of report.json
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry schema batch > batch.schema.json")]
pub struct SchemaArgs {
    /// Which schema: of specs, of the config, or of report.json
    #[arg(value_enum, default_value = "batch")]
    of: SchemaOf,
    /// Write all three to this folder instead, as NAME.schema.json
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// Of a spec.
    Batch,
    /// Of batchferry.yaml.
    Config,
    /// Of report.json.
    Report,
}

impl SchemaOf {
    fn schema(self) -> Value {
        match self {
            Self::Batch => batch_schema(),
            Self::Config => config_schema(),
            Self::Report => report_schema(),
        }
    }
}

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Exit {
    let Some(folder) = &args.write else { return json_object(&args.of.schema()) };
    let mut exit = Exit::Yes;
    for (of, name) in [(SchemaOf::Batch, "batch"), (SchemaOf::Config, "config"), (SchemaOf::Report, "report")] {
        let path = folder.join(format!("{name}.schema.json"));
        if let Err(error) = fs::write(&path, format!("{:#}\n", of.schema())) {
            return fail(Exit::CouldNotTell, format_args!("{} cannot be written: {error}", path.display()));
        }
        exit = exit.and(out(format_args!("{}\n", path.display())));
    }
    exit
}
