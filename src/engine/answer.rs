//! Answers to questions about batches, from the ledger alone: the same in a daemon and in a command of its own.

use std::path::PathBuf;
use std::str::FromStr;

use super::audit;
use super::find::{find, unavailable};
use super::records;
use super::report::{self, MakeError};
use super::trail;
use super::view::{self, batch_view};
use crate::ledger::{DocumentFilter, Reader};
use crate::model::audit::{Anchor, AuditRow, ChainView, EventFilter};
use crate::model::bag::{RecordRow, SpecText};
use crate::model::batch::{BatchRecord, ConditionKind};
use crate::model::config::{Language, Reports};
use crate::model::control::{MAX_ROWS, Page, Refusal, RefusalKind, Reply, ReportFile, Request};
use crate::model::document::{DocumentRecord, FileRecord};
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::status::RunStatus;
use crate::model::view::{BatchView, CheckView, DocumentView, FileView};
use crate::reports;

/// What answers are made from.
#[derive(Clone)]
pub struct Answers {
    /// The ledger.
    pub reader: Reader,
    /// The jobs directory.
    pub jobs: PathBuf,
    /// Where reports go.
    pub reports: Reports,
}

impl Answers {
    /// Answers a question; `None`: it is a command, or answered elsewhere. Blocks on the disk.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn answer(&self, request: &Request) -> Option<Result<Reply, Refusal>> {
        Some(match request {
            Request::Batches { after, limit } => self.batches(after.as_deref(), *limit).map(Reply::Batches),
            Request::Batch { batch } => self.batch(batch).map(|view| Reply::Batch(Box::new(view))),
            Request::Documents { batch, status, code, after, limit } => {
                let filter = DocumentFilter { status: *status, code: *code };
                self.documents(batch, filter, after.as_ref(), *limit).map(Reply::Documents)
            }
            Request::Files { batch, image } => self.files(batch, image).map(Reply::Files),
            Request::Chains { after, limit } => self.chains(after.as_deref(), *limit).map(Reply::Chains),
            Request::Events { batch, filter, after, limit } => {
                self.events(batch, filter, after.as_deref(), *limit).map(Reply::Events)
            }
            Request::CheckAudit { batch, against } => self.check_audit(batch, against.as_ref()),
            Request::Spec { batch } => self.spec(batch).map(Reply::Spec),
            Request::Records { batch, after, image, limit } => {
                self.records(batch, after.as_ref(), image.as_ref(), *limit).map(Reply::Records)
            }
            Request::Report { batch } => self.report(batch).map(Reply::Report),
            Request::WriteReport { batch } => self.write_report(batch).map(Reply::Written),
            Request::Plan { .. }
            | Request::CheckSpec { .. }
            | Request::WriteSpec { .. }
            | Request::Verify { .. }
            | Request::Bag { .. }
            | Request::Resync { .. }
            | Request::Suspend { .. }
            | Request::Resume { .. }
            | Request::Cancel { .. }
            | Request::Delete { .. }
            | Request::Rescan
            | Request::Overview(_) => return None,
        })
    }

    fn batches(&self, after: Option<&str>, limit: u32) -> Result<Page<BatchView>, Refusal> {
        let after: u32 = place(after)?;
        let limit = limit.clamp(1, MAX_ROWS) as usize;
        let mut page = self.reader.batches_after(after, limit + 1).map_err(unavailable)?;
        let more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| more).map(|last| last.id.to_string());
        page.retain(|batch| batch.condition(ConditionKind::Retired).is_none());
        let mut unshown = Vec::new();
        let views = page.iter().map(|batch| self.view(batch));
        let rows = views.filter_map(|view| view.map_err(|error| unshown.push(error.to_string())).ok()).collect();
        Ok(Page { rows, next, unshown })
    }

    fn batch(&self, wanted: &str) -> Result<BatchView, Refusal> {
        self.view(&find(&self.reader, &self.jobs, wanted)?)
    }

    /// A batch as people see it.
    ///
    /// # Errors
    /// An unreadable ledger.
    pub fn view(&self, batch: &BatchRecord) -> Result<BatchView, Refusal> {
        batch_view(&self.reader, batch).map_err(|error| Refusal::new(RefusalKind::Unavailable, error))
    }

    fn documents(
        &self,
        batch: &str,
        filter: DocumentFilter,
        after: Option<&ImageNumber>,
        limit: u32,
    ) -> Result<Page<DocumentView>, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        let limit = limit.clamp(1, MAX_ROWS) as usize;
        let mut found = self.reader.documents(batch.id, filter, after, limit + 1).map_err(unavailable)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|last| last.image_number.to_string());
        let rows = found.iter().map(|document| document_row(document, filter.code)).collect();
        Ok(Page::new(rows, next))
    }

    fn files(&self, batch: &str, image: &ImageNumber) -> Result<Vec<FileView>, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        let Some(document) = self.reader.document(batch.id, image).map_err(unavailable)? else {
            let hint = format!("`batchferry documents {}` lists them", batch.name);
            let message = format!("batch {} has no document {:?}; {hint}", batch.name, image.as_str());
            return Err(Refusal::new(RefusalKind::NotFound, message));
        };
        let files = self.reader.files(batch.id, image).map_err(unavailable)?;
        let row = |file: &FileRecord| {
            let row = view::file_view(file, Language::English);
            let reason = row.reason.or_else(|| view::gone(&document, Language::English));
            FileView { reason, checks: CheckView::all(&file.checks), ..row }
        };
        Ok(files.iter().map(row).collect())
    }

    fn chains(&self, after: Option<&str>, limit: u32) -> Result<Page<ChainView>, Refusal> {
        trail::chains(&self.reader, place(after)?, limit.clamp(1, MAX_ROWS) as usize).map_err(unavailable)
    }

    fn events(
        &self,
        batch: &str,
        filter: &EventFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<AuditRow>, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        let limit = limit.clamp(1, MAX_ROWS) as usize;
        trail::events(&self.reader, &batch, filter, place(after)?, limit).map_err(unavailable)
    }

    fn check_audit(&self, batch: &str, against: Option<&Anchor>) -> Result<Reply, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        let verdict = audit::check(&self.reader, &batch, against).map_err(unavailable)?;
        Ok(Reply::AuditChecked(Box::new(verdict)))
    }

    fn spec(&self, batch: &str) -> Result<SpecText, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        Ok(SpecText { batch_number: batch.number.to_string(), json: batch.spec.json })
    }

    fn records(
        &self,
        batch: &str,
        after: Option<&ImageNumber>,
        image: Option<&ImageNumber>,
        limit: u32,
    ) -> Result<Page<RecordRow>, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        match image {
            Some(image) => records::one(&self.reader, &batch, image),
            None => records::page(&self.reader, &batch, after, limit.clamp(1, MAX_ROWS) as usize),
        }
    }

    fn report(&self, batch: &str) -> Result<Vec<ReportFile>, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        let running = batch.run_status == RunStatus::Running;
        let made = report::make(&self.reader, &batch).and_then(|report| {
            reports::render(&report, &self.reports.languages, running)
                .map_err(|error| MakeError::Write(reports::ReportError::from(error)))
        });
        let files = made.map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(files.iter().map(|file| ReportFile { name: file.name.clone(), text: text(&file.bytes) }).collect())
    }

    fn write_report(&self, batch: &str) -> Result<String, Refusal> {
        let batch = find(&self.reader, &self.jobs, batch)?;
        report::write(&self.reader, &batch, &self.jobs, &self.reports)
            .map(|folder| folder.display().to_string())
            .map_err(|error| Refusal::new(RefusalKind::Unavailable, error))
    }
}

/// Where a page begins: what the page before gave, or the first row.
fn place<T: FromStr + Default>(after: Option<&str>) -> Result<T, Refusal> {
    let bad =
        |_| Refusal::new(RefusalKind::Invalid, "`after` is not the `next` of an earlier page; begin again without it");
    Ok(after.map(str::parse).transpose().map_err(bad)?.unwrap_or_default())
}

/// Of a document that was migrated in part, the files that were kept are told where they are asked for.
fn document_row(document: &DocumentRecord, asked: Option<Code>) -> DocumentView {
    let row = view::document_view(document, Language::English);
    DocumentView { code: row.code.or(asked.filter(|code| *code == Code::TargetKept)), ..row }
}
