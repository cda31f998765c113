//! A new spec into the jobs directory, for an operator: sound, under a name and a file that are nobody's.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::authored::Authored;
use super::check::check;
use crate::engine::find::unavailable;
use crate::ledger::Reader;
use crate::model::config::Config;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::draft::WrittenSpec;
use crate::model::event::Operator;
use crate::model::ids::BatchName;
use crate::specs::{self, WriteError};

/// Writes new specs. One for a process.
pub struct SpecWriter {
    reader: Reader,
    authored: Arc<Authored>,
    /// One at a time: of two that want the same name, the second sees the first.
    turn: Mutex<()>,
}

impl SpecWriter {
    /// Names of batches are looked up in this ledger.
    pub fn new(reader: Reader) -> Self {
        Self { reader, authored: Arc::default(), turn: Mutex::default() }
    }

    /// Who had what written, for whoever accepts it.
    pub fn authored(&self) -> Arc<Authored> {
        self.authored.clone()
    }

    /// Answers what is asked of a spec in the making; `None`: it is something else. Blocks on the disk.
    pub fn answer(&self, config: &Config, request: Request, operator: &Operator) -> Option<Result<Reply, Refusal>> {
        Some(match request {
            Request::CheckSpec { file, text } => Ok(Reply::Checked(check(config, &file, &text))),
            Request::WriteSpec { file, text } => self.write(config, &file, &text, operator).map(Reply::SpecWritten),
            _ => return None,
        })
    }

    /// Writes a spec for `operator`. Blocks on the disk.
    ///
    /// # Errors
    /// Why it is not there. Nothing has changed.
    fn write(&self, config: &Config, file: &str, text: &str, operator: &Operator) -> Result<WrittenSpec, Refusal> {
        if !config.allow_spec_writes {
            return Err(refused(
                "the config does not let specs be written here: add `allowSpecWrites: true` to it, or commit the YAML to the \
                 jobs directory yourself",
            ));
        }
        // Before anything goes by the path: a policy for `finance/**` is none for `finance/../q1.yaml`.
        if let Some(fault) = specs::file_fault(file) {
            return Err(Refusal::new(RefusalKind::Invalid, fault));
        }
        let checked = check(config, file, text);
        let (Some(name), Some(digest)) = (checked.name, checked.digest) else {
            let first =
                checked.diagnostics.first().map(|first| format!(": {}:{}: {}", file, first.line, first.message));
            return Err(refused(format!("the spec is not valid{}; mend it first", first.unwrap_or_default())));
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.demand_free(&config.jobs, file, &name)?;
        // Before it is there: it may be taken in at once.
        self.authored.put(file, text.as_bytes(), operator.clone());
        if let Err(error) = specs::write_spec(&config.jobs, file, text) {
            self.authored.forget(file);
            return Err(told(&error));
        }
        tracing::info!(file, batch = %name, operator = operator.name, "wrote a new spec");
        Ok(WrittenSpec { file: file.to_owned(), name, digest })
    }

    /// A name is one batch's for ever, and a report's folder one spec's.
    fn demand_free(&self, jobs: &Path, file: &str, name: &BatchName) -> Result<(), Refusal> {
        if let Some(batch) = self.reader.batch_by_name(name).map_err(unavailable)? {
            let message =
                format!("the name {name} is that of batch {}; every batch needs a name of its own", batch.number);
            return Err(refused(message));
        }
        let unreadable = |error| {
            let message = format!("the jobs directory {} cannot be read: {error}", jobs.display());
            Refusal::new(RefusalKind::Unavailable, message)
        };
        if let Some(other) = specs::spec_named(jobs, name).map_err(unreadable)? {
            return Err(refused(format!("the name {name} is that of {other}; every batch needs a name of its own")));
        }
        let twin = twin(file);
        if jobs.join(&twin).symlink_metadata().is_ok() {
            return Err(refused(format!(
                "{twin} is there, and its reports would be in the same folder; choose another file name"
            )));
        }
        Ok(())
    }
}

/// The file whose reports would be in the same folder.
fn twin(file: &str) -> String {
    match file.strip_suffix(".yml") {
        Some(stem) => format!("{stem}.yaml"),
        None => format!("{}.yml", file.strip_suffix(".yaml").unwrap_or(file)),
    }
}

fn refused(message: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalKind::Refused, message)
}

fn told(error: &WriteError) -> Refusal {
    let kind = match error {
        WriteError::Name(_) => RefusalKind::Invalid,
        WriteError::Exists(_) | WriteError::NoFolder(_) => RefusalKind::Refused,
        WriteError::System { .. } => RefusalKind::Unavailable,
    };
    Refusal::new(kind, error)
}
