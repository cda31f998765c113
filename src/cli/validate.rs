//! `validate`: says what is wrong with specs, offline.

use std::fs::File;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::exit::Exit;
use super::output::{Format, has_colours, json_object, out, tell};
use super::session::fail;
use crate::model::checks::Severity;
use crate::model::config::Config;
use crate::model::diagnostic::{Diagnostic, InvalidSpec};
use crate::model::ids::Digest;
use crate::model::text::one_line;
use crate::model::view::FORMAT_VERSION;
use crate::rules::reporting::count;
use crate::specs::{self, ConfigError, JobsScan, LoadedSpec};

/// Say what is wrong with specs, without asking any store
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry validate jobs -o json")]
pub struct ValidateArgs {
    /// Specs, or folders of specs
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Validated {
    format_version: u32,
    valid: Vec<ValidSpec>,
    invalid: Vec<InvalidSpec>,
    ignored: Vec<String>,
    config_checked: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidSpec {
    file: String,
    name: String,
    digest: Digest,
}

/// Runs the command. Exit code 0: every spec is valid.
pub fn run(args: &ValidateArgs, config: Option<&Path>) -> Exit {
    let config = match specs::load_config(config) {
        Ok(config) => Some(config.config),
        Err(ConfigError::NotFound) if config.is_none() => None,
        Err(error) => return fail(Exit::CouldNotTell, error),
    };
    let validated = match validate(args, config.as_ref()) {
        Ok(validated) => validated,
        Err(exit) => return exit,
    };
    let exit = if validated.invalid.is_empty() { Exit::Yes } else { Exit::No };
    match args.output {
        Format::Json => exit.and(json_object(&validated)),
        Format::Text => exit.and(print(&validated)),
    }
}

fn validate(args: &ValidateArgs, config: Option<&Config>) -> Result<Validated, Exit> {
    let mut all = JobsScan::default();
    for path in &args.paths {
        let name = path.display().to_string();
        if let Err(error) = File::open(path) {
            let message = format!("{name} cannot be read: {error}; name specs, or folders of specs");
            return Err(fail(Exit::CouldNotTell, message));
        }
        if path.is_dir() {
            let scan = specs::scan_jobs(path, config).map_err(|error| fail(Exit::CouldNotTell, error))?;
            let below = |file: &str| path.join(file).display().to_string();
            all.specs
                .extend(scan.specs.into_iter().map(|spec| LoadedSpec { file_name: below(&spec.file_name), ..spec }));
            all.invalid.extend(scan.invalid.iter().map(|invalid| placed(invalid, below)));
            all.ignored.extend(scan.ignored.iter().map(|file| below(file)));
        } else {
            match specs::read_spec(&name, path, config) {
                Ok(spec) => all.specs.push(spec),
                Err(invalid) => all.invalid.push(invalid),
            }
        }
    }
    let valid = |spec: LoadedSpec| ValidSpec {
        file: spec.file_name,
        name: spec.file.metadata.name.to_string(),
        digest: spec.digest,
    };
    Ok(Validated {
        format_version: FORMAT_VERSION,
        valid: all.specs.into_iter().map(valid).collect(),
        invalid: all.invalid,
        ignored: all.ignored,
        config_checked: config.is_some(),
    })
}

/// The problems of a file with its path as the reader can open it.
pub fn placed(invalid: &InvalidSpec, path: impl Fn(&str) -> String) -> InvalidSpec {
    let diagnostics = invalid.diagnostics.iter();
    InvalidSpec {
        file: path(&invalid.file),
        diagnostics: diagnostics.map(|problem| Diagnostic { file: path(&problem.file), ..problem.clone() }).collect(),
    }
}

fn print(validated: &Validated) -> Exit {
    for spec in &validated.invalid {
        tell(render(&spec.diagnostics));
    }
    if !validated.config_checked {
        tell("note: no config was found, so stores and policies were not checked\n");
    }
    out(format_args!(
        "{} valid, {} invalid, {} ignored\n",
        count(validated.valid.len() as u64, "spec", "specs"),
        validated.invalid.len(),
        validated.ignored.len()
    ))
}

/// Diagnostics as a compiler shows them: coloured on a terminal only.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let renderer = if has_colours() { Renderer::styled() } else { Renderer::plain() };
    diagnostics.iter().map(|diagnostic| format!("{}\n\n", one(&renderer, diagnostic))).collect()
}

fn one(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Fail => Level::ERROR,
        Severity::Warn => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.rule.as_str());
    let file = one_line(&diagnostic.file);
    if !diagnostic.has_line() {
        let meant = diagnostic.suggestion.iter().map(|meant| Level::HELP.message(meant.as_str()));
        return renderer.render(&[title.element(Origin::path(file.as_str())).elements(meant)]);
    }
    let span = bytes_of(&diagnostic.source_line, diagnostic.column as usize - 1, diagnostic.length as usize);
    let mut annotation = AnnotationKind::Primary.span(span);
    if let Some(meant) = &diagnostic.suggestion {
        annotation = annotation.label(meant.as_str());
    }
    let snippet = Snippet::source(diagnostic.source_line.as_str())
        .path(file.as_str())
        .line_start(diagnostic.line as usize)
        .annotation(annotation);
    renderer.render(&[title.element(snippet)])
}

/// The bytes of a line that so many characters from a column on take.
fn bytes_of(line: &str, column: usize, length: usize) -> std::ops::Range<usize> {
    let at = |chars: usize| line.char_indices().nth(chars).map_or(line.len(), |(at, _)| at);
    at(column)..at(column + length)
}
