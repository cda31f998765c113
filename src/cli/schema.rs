//! `schema`: the JSON Schemas of what people write and programs read, and the description of the API.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use super::exit::Exit;
use super::output::{json_object, out};
use super::session::fail;
use crate::specs::{batch_schema, config_schema, report_schema};
use crate::web::openapi;

/// Print the JSON Schema of specs, the config or report.json, or the API as OpenAPI
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry schema batch > batch.schema.json")]
pub struct SchemaArgs {
    /// Which: of specs, of the config, of report.json, or of the API (OpenAPI 3.1)
    #[arg(value_enum, default_value = "batch")]
    of: SchemaOf,
    /// Write all of them to this folder instead: NAME.schema.json, and openapi.json
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
    /// Of the API, as OpenAPI 3.1.
    Openapi,
}

impl SchemaOf {
    fn schema(self) -> Value {
        match self {
            Self::Batch => batch_schema(),
            Self::Config => config_schema(),
            Self::Report => report_schema(),
            Self::Openapi => openapi(),
        }
    }

    /// The file that it is kept in.
    fn file(self) -> &'static str {
        match self {
            Self::Batch => "batch.schema.json",
            Self::Config => "config.schema.json",
            Self::Report => "report.schema.json",
            Self::Openapi => "openapi.json",
        }
    }
}

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Exit {
    let Some(folder) = &args.write else { return json_object(&args.of.schema()) };
    let mut exit = Exit::Yes;
    for of in SchemaOf::value_variants() {
        let path = folder.join(of.file());
        if let Err(error) = fs::write(&path, format!("{:#}\n", of.schema())) {
            return fail(Exit::CouldNotTell, format_args!("{} cannot be written: {error}", path.display()));
        }
        exit = exit.and(out(format_args!("{}\n", path.display())));
    }
    exit
}
