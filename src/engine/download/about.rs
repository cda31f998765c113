//! What a download asks about its batch, of whoever has the ledger.

use crate::model::audit::{AuditRow, EventFilter};
use crate::model::bag::{RecordRow, SpecText};
use crate::model::control::{MAX_ROWS, Page, Refusal, RefusalKind, Reply, ReportFile, Request};
use crate::model::ids::ImageNumber;
use crate::model::view::BatchView;

/// Documents asked for at once.
const DOCUMENTS: u32 = 100;

/// Answers questions: the ledger, or a daemon that has it.
pub type Ask<'a> = dyn Fn(Request) -> Result<Reply, Refusal> + 'a;

/// Questions about one batch.
#[derive(Clone, Copy)]
pub struct About<'a> {
    ask: &'a Ask<'a>,
    batch: &'a str,
}

impl<'a> About<'a> {
    /// Questions about `batch`, as it was named, to be asked of `ask`.
    pub fn new(ask: &'a Ask<'a>, batch: &'a str) -> Self {
        Self { ask, batch }
    }

    /// How the batch stands.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn view(&self) -> Result<BatchView, Refusal> {
        match (self.ask)(Request::Batch { batch: self.batch() })? {
            Reply::Batch(view) => Ok(*view),
            _ => Err(strange()),
        }
    }

    /// Its spec.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn spec(&self) -> Result<SpecText, Refusal> {
        match (self.ask)(Request::Spec { batch: self.batch() })? {
            Reply::Spec(spec) => Ok(spec),
            _ => Err(strange()),
        }
    }

    /// Its report.
    pub(super) fn report(&self) -> Result<Vec<ReportFile>, Refusal> {
        match (self.ask)(Request::Report { batch: self.batch() })? {
            Reply::Report(files) => Ok(files),
            _ => Err(strange()),
        }
    }

    /// A page of its audit log.
    pub(super) fn events(&self, after: Option<String>) -> Result<Page<AuditRow>, Refusal> {
        let filter = EventFilter::default();
        match (self.ask)(Request::Events { batch: self.batch(), filter, after, limit: MAX_ROWS })? {
            Reply::Events(page) => Ok(page),
            _ => Err(strange()),
        }
    }

    /// A page of its documents, or the one of them that is named.
    pub(super) fn records(
        &self,
        after: Option<ImageNumber>,
        image: Option<ImageNumber>,
    ) -> Result<Page<RecordRow>, Refusal> {
        match (self.ask)(Request::Records { batch: self.batch(), after, image, limit: DOCUMENTS })? {
            Reply::Records(page) => Ok(page),
            _ => Err(strange()),
        }
    }

    fn batch(&self) -> String {
        self.batch.to_owned()
    }
}

/// An answer to another question than the one asked.
fn strange() -> Refusal {
    let message = "the daemon's answer is not understood; is it of another version than this command?";
    Refusal::new(RefusalKind::Unavailable, message)
}
