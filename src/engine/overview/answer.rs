//! Answers to what pages ask.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::summaries::Summaries;
use super::{batch, documents, folder, list, sampled};
use crate::engine::find::unavailable;
use crate::engine::reconcile::Wrong;
use crate::engine::view;
use crate::engine::{records, trail};
use crate::ledger::Reader;
use crate::model::audit::EventFilter;
use crate::model::batch::BatchRecord;
use crate::model::config::Reports;
use crate::model::control::{MAX_ROWS, Refusal, RefusalKind};
use crate::model::ids::ImageNumber;
use crate::model::overview::{
    AuditPage, BatchDetail, BatchLine, BatchPage, BatchQuery, Changes, DocumentDetail, DocumentPage, DocumentQuery,
    Overview, Overviewed, Stamp,
};

/// Where specs and their reports are.
#[derive(Debug, Clone)]
pub struct Places {
    /// The jobs directory.
    pub jobs: PathBuf,
    /// Where reports go.
    pub reports: Reports,
}

/// Answers what pages ask. One for a process: it keeps a line of every batch, once someone has asked for one.
pub struct Overviews {
    reader: Reader,
    wrong: Arc<Wrong>,
    summaries: Mutex<Summaries>,
    process: u64,
}

impl Overviews {
    /// Answers from this ledger; `wrong`: specs that are not accepted.
    pub fn new(reader: Reader, wrong: Arc<Wrong>) -> Self {
        let started = Timestamp::now().as_microsecond();
        Self { reader, wrong, summaries: Mutex::default(), process: started.unsigned_abs() }
    }

    /// Answers a question. Blocks on the disk.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn answer(&self, places: &Places, question: &Overview) -> Result<Overviewed, Refusal> {
        match question {
            Overview::Batches(query) => self.batches(query).map(Overviewed::Batches),
            Overview::Batch { batch } => self.batch(places, batch).map(|detail| Overviewed::Batch(Box::new(detail))),
            Overview::Documents { batch, query } => {
                self.documents(batch, query).map(|page| Overviewed::Documents(Box::new(page)))
            }
            Overview::Document { batch, image } => {
                self.document(batch, image).map(|detail| Overviewed::Document(Box::new(detail)))
            }
            Overview::File { .. } => Err(Refusal::new(RefusalKind::Invalid, "a file is read by who has its store")),
            Overview::Choices => Err(Refusal::new(RefusalKind::Invalid, "what there is to choose, the config says")),
            Overview::Audit { batch, after, limit } => {
                self.audit(batch, *after, *limit).map(|page| Overviewed::Audit(Box::new(page)))
            }
            Overview::Invalid => Ok(Overviewed::Invalid(self.wrong.specs())),
            Overview::ReportFile { batch, name } => {
                let (record, _) = self.find(batch)?;
                let bytes = folder::file(&places.jobs, &record.spec.path, &places.reports, name)?;
                Ok(Overviewed::ReportFile(bytes))
            }
            Overview::Changes { since } => self.changes(*since).map(Overviewed::Changes),
        }
    }

    fn batches(&self, query: &BatchQuery) -> Result<BatchPage, Refusal> {
        let query = BatchQuery { limit: query.limit.clamp(1, MAX_ROWS), ..query.clone() };
        let summaries = self.summaries()?;
        let lines = summaries.lines();
        let (stamp, unshown) = (self.stamp(&summaries), summaries.unshown.values().cloned().collect());
        // What takes long is done while others may ask.
        drop(summaries);
        let selected = list::select(&lines, &query)?;
        let standing = list::standing(&lines);
        let (summaries, now) = (self.locked(), Timestamp::now());
        let rows = selected.lines.iter().filter_map(|line| summaries.row(line.id, now)).collect();
        let invalid = self.wrong.count();
        Ok(BatchPage { rows, next: selected.next, fitting: selected.fitting, standing, stamp, unshown, invalid })
    }

    fn batch(&self, places: &Places, wanted: &str) -> Result<BatchDetail, Refusal> {
        let (record, line) = self.find(wanted)?;
        let unshown = |error| Refusal::new(RefusalKind::Unavailable, error);
        let (row, stamp) = {
            let summaries = self.locked();
            (summaries.row(line.id, Timestamp::now()), self.stamp(&summaries))
        };
        Ok(BatchDetail {
            row: row.ok_or_else(|| unknown(wanted))?,
            report: batch::report(&self.reader, &record).map_err(unshown)?,
            timeline: sampled::timeline(&self.reader, &record).map_err(unavailable)?,
            spec: batch::spec(&record),
            runs_again: batch::runs_again(&record, Timestamp::now()),
            files: folder::files(&places.jobs, &record.spec.path, &places.reports),
            stamp,
        })
    }

    fn documents(&self, wanted: &str, query: &DocumentQuery) -> Result<DocumentPage, Refusal> {
        let (record, line) = self.find(wanted)?;
        let query = DocumentQuery { limit: query.limit.clamp(1, MAX_ROWS), ..query.clone() };
        let found = documents::page(&self.reader, record.id, &query).map_err(unavailable)?;
        let codes = documents::codes(&self.reader, record.id).map_err(unavailable)?;
        let is_cut = found.reached.is_some() && found.documents.len() < query.limit as usize;
        Ok(DocumentPage { line, rows: found.documents, next: found.reached, is_cut, codes })
    }

    fn document(&self, wanted: &str, image: &ImageNumber) -> Result<DocumentDetail, Refusal> {
        let (batch, line) = self.find(wanted)?;
        let found = records::one(&self.reader, &batch, image)?.rows.into_iter().next();
        let record = found.ok_or_else(|| unknown(image.as_str()))?;
        let spec = view::spec(&batch).map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?.spec;
        let stores = (spec.source.store, spec.target.store);
        Ok(DocumentDetail { line, record, stores })
    }

    /// A document's line, record and stores, with only one of its files. Blocks on the disk.
    ///
    /// # Errors
    /// There is no such file, or the ledger cannot be read.
    pub fn file(&self, batch: &str, image: &ImageNumber, file: usize) -> Result<DocumentDetail, Refusal> {
        let mut detail = self.document(batch, image)?;
        let files = &mut detail.record.files;
        if file >= files.len() {
            let message = format!("document {:?} has {} files; its page shows them", image.as_str(), files.len());
            return Err(Refusal::new(RefusalKind::NotFound, message));
        }
        detail.record.files = vec![files.swap_remove(file)];
        Ok(detail)
    }

    fn audit(&self, wanted: &str, after: u64, limit: u32) -> Result<AuditPage, Refusal> {
        let (record, line) = self.find(wanted)?;
        let limit = limit.clamp(1, MAX_ROWS) as usize;
        let found = trail::events(&self.reader, &record, &EventFilter::default(), after, limit);
        let found = found.map_err(unavailable)?;
        let (events, head) = self.reader.head(record.id).map_err(unavailable)?;
        let next = found.next.and_then(|next| next.parse().ok()).filter(|next| *next < events);
        Ok(AuditPage { line, rows: found.rows, next, events, head })
    }

    fn changes(&self, since: Option<Stamp>) -> Result<Changes, Refusal> {
        let summaries = self.summaries()?;
        let (stamp, now) = (self.stamp(&summaries), Timestamp::now());
        let ids = match since {
            None => Vec::new(),
            Some(since) if since.process != self.process => summaries.changed_since(0),
            Some(since) => summaries.changed_since(since.change),
        };
        let rows = ids.into_iter().filter_map(|id| summaries.row(id, now)).collect();
        let standing = list::standing(&summaries.lines());
        Ok(Changes { rows, standing, stamp, is_anew: since.is_some_and(|since| since.process != self.process) })
    }

    /// A batch by its number or its name.
    fn find(&self, wanted: &str) -> Result<(BatchRecord, Arc<BatchLine>), Refusal> {
        let summaries = self.summaries()?;
        let id = summaries.find(wanted).ok_or_else(|| unknown(wanted))?;
        let unshown = || summaries.unshown.get(&id).map(|why| Refusal::new(RefusalKind::Unavailable, why));
        let line = summaries.line(id).ok_or_else(|| unshown().unwrap_or_else(|| unknown(wanted)))?;
        drop(summaries);
        let record = self.reader.batch(id).map_err(unavailable)?.ok_or_else(|| unknown(wanted))?;
        Ok((record, line))
    }

    /// The lines, level with the ledger.
    fn summaries(&self) -> Result<MutexGuard<'_, Summaries>, Refusal> {
        let mut summaries = self.locked();
        summaries.refresh(&self.reader).map_err(unavailable)?;
        Ok(summaries)
    }

    fn locked(&self) -> MutexGuard<'_, Summaries> {
        // A line is renewed whole, and one that was not is renewed with the next question.
        self.summaries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self, summaries: &Summaries) -> Stamp {
        Stamp { process: self.process, change: summaries.change }
    }
}

fn unknown(wanted: &str) -> Refusal {
    Refusal::new(RefusalKind::NotFound, format!("no batch {wanted:?}; the list of batches shows those that there are"))
}
