//! Reports of batches that do not run: written one after another off the loop, each batch at most once in line.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::entry::Entry;
use super::notice::Notice;
use super::reconciler::Reconciler;
use super::schedule::daemon;
use crate::engine::conditions;
use crate::engine::refresh::Places;
use crate::engine::report;
use crate::ledger::{Durability, LedgerError, Reader};
use crate::model::batch::{BatchId, BatchRecord, ConditionKind};
use crate::model::diagnostic::InvalidSpec;
use crate::model::failure::Code;
use crate::reports;
use crate::specs::Scanner;

/// What is to be written.
enum Page {
    Batch(BatchId),
    /// Only if the one that is there tells of something else.
    Check(BatchId),
    Invalid(Box<InvalidSpec>),
    /// From now on elsewhere.
    Move(Arc<Places>),
}

/// What came of it.
pub(super) struct Published {
    subject: Subject,
    written: Result<(), String>,
}

/// What a report is about.
enum Subject {
    Batch(BatchId),
    /// A spec without a batch: its file.
    Invalid(String),
}

/// The line of what is to be written.
pub(super) struct Press {
    pages: mpsc::UnboundedSender<Page>,
    published: mpsc::UnboundedReceiver<Published>,
    writing: JoinHandle<()>,
    /// Batches in line; whatever happens once their turn has come puts them in line again.
    waiting: Arc<Mutex<BTreeSet<BatchId>>>,
}

impl Press {
    /// Starts the writing, which ends with the press.
    pub(super) fn start(reader: Reader, mut places: Arc<Places>) -> Self {
        let (pages, mut line) = mpsc::unbounded_channel();
        let (told, published) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(BTreeSet::new()));
        let in_line = Arc::clone(&waiting);
        let writing = tokio::task::spawn_blocking(move || {
            while let Some(page) = line.blocking_recv() {
                let done = match page {
                    Page::Move(to) => {
                        places = to;
                        continue;
                    }
                    Page::Check(id) if is_level(&reader, id, &places) => continue,
                    Page::Batch(id) | Page::Check(id) => {
                        locked(&in_line).remove(&id);
                        Published { subject: Subject::Batch(id), written: write(&reader, id, &places) }
                    }
                    Page::Invalid(invalid) => {
                        let written = write_invalid(&invalid, &places);
                        Published { subject: Subject::Invalid(invalid.file), written }
                    }
                };
                // Nobody listens any more while the daemon stops; reports are written all the same.
                let _ = told.send(done);
            }
        });
        Self { pages, published, writing, waiting }
    }

    /// Resolves when something was written, or could not be.
    pub(super) async fn published(&mut self) -> Option<Published> {
        self.published.recv().await
    }

    /// Writes the report of a batch if the one that is there tells of something else.
    pub(super) fn check(&self, id: BatchId) {
        self.put(Page::Check(id));
    }

    /// Puts the report of a batch in line, if it is not.
    fn batch(&self, id: BatchId) {
        if locked(&self.waiting).insert(id) {
            self.put(Page::Batch(id));
        }
    }

    /// Reports go elsewhere from now on.
    pub(super) fn move_to(&self, places: Arc<Places>) {
        self.put(Page::Move(places));
    }

    /// Writes what is in line, until `end` at most.
    pub(super) async fn close(self, end: Instant) {
        drop(self.pages);
        if tokio::time::timeout_at(end, self.writing).await.is_err() {
            tracing::warn!("the last reports were not written in time; the next start writes them");
        }
    }

    fn put(&self, page: Page) {
        // The writing ends only with the press.
        let _ = self.pages.send(page);
    }
}

fn locked(waiting: &Mutex<BTreeSet<BatchId>>) -> MutexGuard<'_, BTreeSet<BatchId>> {
    // Batches come and go whole, so a panic elsewhere leaves nothing half done.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the report that is there tells of the batch's last event.
fn is_level(reader: &Reader, id: BatchId, places: &Places) -> bool {
    let Ok(Some(batch)) = reader.batch(id) else { return true };
    let folder = reports::folder_of(&places.jobs, &batch.spec.path, &places.reports);
    let text = std::fs::read(folder.join("report.json")).unwrap_or_default();
    let report: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    reader.head(id).is_ok_and(|(_, head)| report["audit"]["head"] == head.to_string())
}

fn write(reader: &Reader, id: BatchId, places: &Places) -> Result<(), String> {
    let Some(batch) = reader.batch(id).map_err(|error| error.to_string())? else { return Ok(()) };
    report::write(reader, &batch, &places.jobs, &places.reports).map(drop).map_err(|error| error.to_string())
}

fn write_invalid(invalid: &InvalidSpec, places: &Places) -> Result<(), String> {
    let files = reports::render_invalid(invalid, &places.reports.languages);
    let written = reports::publish(&places.jobs, &invalid.file, &places.reports, &files);
    written.map(drop).map_err(|error| error.to_string())
}

impl Reconciler {
    /// Has the report of a batch written, unless it runs: then its run does so.
    pub(super) fn publish(&mut self, id: BatchId) {
        let entry = self.entries.get(&id);
        let file = entry.map(|entry| &entry.file);
        // The folder belongs to the batch whose spec the file is.
        let is_anothers = file.and_then(|file| self.by_file.get(file)).is_some_and(|holder| *holder != id);
        let runs = self.runs.contains_key(&id) && entry.is_some_and(Entry::is_running);
        if !runs && !is_anothers {
            self.press.batch(id);
        }
    }

    /// Has the diagnostics of a spec without a batch written.
    pub(super) fn publish_invalid(&mut self, invalid: InvalidSpec) {
        self.press.put(Page::Invalid(Box::new(invalid)));
    }

    /// Tries again what could not be written. What stands in a file may be another by now, so the next look tells.
    pub(super) fn publish_again(&mut self, scanner: &mut Scanner) {
        for file in std::mem::take(&mut self.undiagnosed) {
            self.refused.remove(&file);
            scanner.give_again(&file);
        }
        let unwritten = self.entries.values().filter(|entry| entry.is_unreported());
        for id in unwritten.map(|entry| entry.id).collect::<Vec<_>>() {
            self.publish(id);
        }
    }

    /// A folder that cannot be written is a warning on its batch, until it can; a spec without a batch has only the log.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) async fn published(&mut self, published: Published) -> Result<(), LedgerError> {
        if let Err(error) = &published.written {
            tracing::warn!(error, "a report was not written");
            self.tell(Notice::ReportFailed);
        }
        let id = match published.subject {
            Subject::Batch(id) => id,
            Subject::Invalid(file) => {
                if published.written.is_err() {
                    self.undiagnosed.insert(file);
                }
                return Ok(());
            }
        };
        let was_unreported = self.entries.get(&id).is_some_and(Entry::is_unreported);
        if was_unreported == published.written.is_err() {
            return Ok(());
        }
        let now = Timestamp::now();
        let edit = move |record: &mut BatchRecord| match published.written {
            Ok(()) => conditions::clear(record, ConditionKind::Warning, Code::ReportUnwritable, (&daemon(), now)),
            Err(error) => {
                conditions::set(record, ConditionKind::Warning, Code::ReportUnwritable, error, (&daemon(), now))
            }
        };
        let record = self.engine.ledger.writer().update(id, Durability::Later, edit).await?;
        self.changed(&record)?;
        if was_unreported {
            // Once more, without the warning.
            self.publish(id);
        }
        Ok(())
    }
}
