//! A verification from its first document to its event.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;

use super::compare::{Unseen, compare};
use super::extra;
use super::listing::Walk;
use super::objects::{Expected, objects};
use crate::engine::begin::draft;
use crate::engine::limits::{GlobalLimits, Limiter};
use crate::engine::retry::{Retrier, Unanswered};
use crate::engine::setup::{Setup, SetupError};
use crate::engine::stop::Stop;
use crate::engine::store_set::StoreSet;
use crate::engine::view::{self, ViewError};
use crate::ledger::{Durability, LedgerError, Reader, Writer};
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::event::{Change, Operator, Sample, VerifyCounts};
use crate::model::verify::{Difference, FINDINGS_SHOWN, VerifyFinding, VerifyView};
use crate::model::view::FORMAT_VERSION;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The spec in the ledger cannot be read.
    #[error(transparent)]
    Spec(#[from] ViewError),
    /// A store or a template cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// What a verification works with.
pub struct Verifier {
    /// Reads the ledger.
    pub reader: Reader,
    /// Records the result.
    pub writer: Writer,
    /// The stores of the config.
    pub stores: Arc<StoreSet>,
    /// The operator's bounds; those of the batch's spec hold within them.
    pub limits: Arc<GlobalLimits>,
}

/// What is asked for, and by whom.
pub struct Asked<'a> {
    /// Only a sample.
    pub sample: Option<Sample>,
    /// Who.
    pub operator: &'a Operator,
    /// Ends it early.
    pub stop: &'a Stop,
    /// What people watch.
    pub looked: &'a Looked,
}

/// Figures of a verification under way.
#[derive(Debug, Default)]
pub struct Looked {
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Looked {
    /// Objects looked at, and bytes read.
    pub fn figures(&self) -> (u64, u64) {
        (self.objects.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    pub(super) fn bytes(&self, more: u64) {
        self.bytes.fetch_add(more, Ordering::Relaxed);
    }
}

/// What the parts of one verification share.
pub(super) struct Looking<'a> {
    pub(super) batch: BatchId,
    pub(super) setup: Arc<Setup>,
    pub(super) reader: Reader,
    pub(super) limiter: Limiter,
    pub(super) looked: &'a Looked,
    stop: &'a Stop,
}

impl Looking<'_> {
    pub(super) fn retrier(&self) -> Retrier<'_> {
        Retrier::of(&self.setup.file.spec.transfer, &self.limiter, self.stop)
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    counts: VerifyCounts,
    findings: Vec<VerifyFinding>,
}

impl Found {
    fn add(&mut self, finding: VerifyFinding) {
        let counts = &mut self.counts;
        *match finding.difference {
            Difference::Missing => &mut counts.missing,
            Difference::Changed => &mut counts.changed,
            Difference::Extra => &mut counts.extra,
            Difference::Unread => &mut counts.unread,
        } += 1;
        if self.findings.len() < FINDINGS_SHOWN {
            self.findings.push(finding);
        }
    }
}

impl Verifier {
    /// Reads the target of a batch again, within the bounds of its spec, and records the result as an audit event if
    /// everything asked for was looked at. Memory does not grow with the batch, but for what a sample holds.
    ///
    /// # Errors
    /// Why there is no result at all. A store that fails midway is told in the result.
    pub async fn verify(&self, batch: &BatchRecord, asked: Asked<'_>) -> Result<VerifyView, VerifyError> {
        let setup = Setup::new(view::spec(batch)?, &self.stores)?;
        let looking = Looking {
            batch: batch.id,
            limiter: Limiter::new(Arc::clone(&self.limits), &setup.file.spec.transfer, None),
            setup,
            reader: self.reader.clone(),
            looked: asked.looked,
            stop: asked.stop,
        };
        let mut found = Found::default();
        let ended = everything(&looking, asked.sample.as_ref(), &mut found).await;
        found.counts.bytes = asked.looked.figures().1;
        let (unfinished, interrupted) = match ended {
            Ok(()) => (None, false),
            Err(Unseen::Ledger(error)) => return Err(error.into()),
            Err(Unseen::Unanswered(Unanswered::Stopped)) => (Some("it was interrupted".to_owned()), true),
            Err(Unseen::Unanswered(Unanswered::Failed(error) | Unanswered::Stalled(error))) => {
                (Some(error.to_string()), false)
            }
        };
        if unfinished.is_none() {
            self.record(batch, &asked, found.counts).await?;
        }
        Ok(VerifyView {
            format_version: FORMAT_VERSION,
            batch_number: batch.number.clone(),
            name: batch.name.clone(),
            sample: asked.sample,
            sound: unfinished.is_none() && found.counts.is_sound(),
            result: found.counts,
            findings: found.findings,
            unfinished,
            interrupted,
        })
    }

    async fn record(&self, batch: &BatchRecord, asked: &Asked<'_>, result: VerifyCounts) -> Result<(), LedgerError> {
        let change = Change::Verified { result, sample: asked.sample.clone() };
        let (operator, now) = (asked.operator.clone(), Timestamp::now());
        let event = move |record: &mut BatchRecord| vec![draft(record, &operator, now, change)];
        self.writer.update(batch.id, Durability::Flushed, event).await.map(drop)
    }
}

async fn everything(looking: &Looking<'_>, sample: Option<&Sample>, found: &mut Found) -> Result<(), Unseen> {
    extra::arrive(looking).await?;
    documents(looking, sample, found).await?;
    if sample.is_some() {
        return Ok(());
    }
    extras(looking, found).await
}

/// Looks at every object of the documents, so many at once as the batch may; findings come in the order of documents.
async fn documents(looking: &Looking<'_>, sample: Option<&Sample>, found: &mut Found) -> Result<(), Unseen> {
    let mut walk = Walk::new(looking, sample).map_err(Unseen::Ledger)?;
    loop {
        let page = walk.next(looking).map_err(Unseen::Ledger)?;
        if page.is_empty() {
            return Ok(());
        }
        let mut expected: Vec<Expected> = Vec::new();
        for document in page {
            let files = looking.reader.files(looking.batch, &document.image_number).map_err(Unseen::Ledger)?;
            let of_document = objects(&looking.setup, &document, &files);
            found.counts.documents += u64::from(!of_document.is_empty());
            expected.extend(of_document);
        }
        let at_once = looking.limiter.concurrency().max(1);
        let mut compared = stream::iter(expected).map(|object| compare(looking, object)).buffered(at_once);
        while let Some(finding) = compared.next().await {
            if let Some(finding) = finding? {
                found.add(finding);
            }
            found.counts.files += 1;
            looking.looked.objects.fetch_add(1, Ordering::Relaxed);
            if looking.stop.requested() {
                return Err(Unseen::Unanswered(Unanswered::Stopped));
            }
        }
    }
}

async fn extras(looking: &Looking<'_>, found: &mut Found) -> Result<(), Unseen> {
    let mut token: Option<String> = None;
    loop {
        let (extra, next) = extra::page(looking, token.as_deref()).await?;
        extra.into_iter().for_each(|finding| found.add(finding));
        if next.is_none() {
            return Ok(());
        }
        if looking.stop.requested() {
            return Err(Unseen::Unanswered(Unanswered::Stopped));
        }
        token = next;
    }
}
