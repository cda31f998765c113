//! A bag as one file for someone who is not at this machine: made whole before the first byte of it is sent, because a stream
//! cannot take back a bag whose last file differs from its receipt.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::about::About;
use super::downloader::{Done, DownloadError, Downloader, Lacking};
use super::evidence::{Evidence, EvidenceError};
use super::ready::ready;
use super::room::{Promise, Room};
use super::walk::Walk;
use super::wanted::{Choice, Side};
use crate::engine::answer::Answers;
use crate::engine::limits::GlobalLimits;
use crate::engine::stop::Stop;
use crate::model::bag::{RecordRow, SpecText};
use crate::model::control::{Refusal, RefusalKind, Request};
use crate::model::document::FileState;
use crate::model::ids::ImageNumber;
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::model::view::BatchView;
use crate::reports::bag::{Bag, BagError, safe_name};
use crate::rules::reporting::count;
use crate::specs::LoadedConfig;

/// What is at the target, in all roles.
const CHOICE: Choice = Choice { side: Side::Target, role: None };
/// Bytes of evidence for each event and each file: a row of the log, or of the manifests.
const ROW: u64 = 2 << 10;
/// Files that are not in a bag and are told one by one.
const TOLD: usize = 20;

/// Makes a bag.
pub struct Maker {
    /// Answers questions.
    pub answers: Answers,
    /// The config.
    pub config: LoadedConfig,
    /// The operator's bounds, which runs share.
    pub limits: Arc<GlobalLimits>,
    /// Where it is made.
    pub room: Arc<Room>,
    /// Asks for an end before it is made.
    pub stop: Stop,
}

/// A whole bag. Its file goes with this.
#[derive(Debug)]
pub struct Parcel {
    /// What it may be called where it is taken to.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Where it is.
    pub path: PathBuf,
    _folder: TempDir,
    _promise: Promise,
}

/// What is asked for: a batch, or one document of it.
struct Order<'a> {
    about: About<'a>,
    view: BatchView,
    spec: SpecText,
    documents: Vec<String>,
}

impl Maker {
    /// Makes a bag of a batch, or of one document of it, as `download` does. Blocks as long as that takes.
    ///
    /// # Errors
    /// Why there is none: nothing by that name, too large, no room, a store that does not answer, or a file that differs from
    /// its receipt.
    pub fn make(&self, batch: &str, image: Option<&ImageNumber>) -> Result<Parcel, Refusal> {
        let ask = |request: Request| {
            let strange = || Err(unavailable("this is not answered from the ledger"));
            self.answers.answer(&request).unwrap_or_else(strange)
        };
        let about = About::new(&ask, batch);
        let documents: Vec<String> = image.into_iter().map(ToString::to_string).collect();
        let order = Order { about, view: about.view()?, spec: about.spec()?, documents };
        let bytes = order.bytes(image)?;
        self.bounded(&order, bytes)?;
        let promise = self.room.promise(order.space(bytes))?;
        let folder = self.room.folder().map_err(|error| unavailable(format!("no bag can be begun: {error}")))?;
        let name = format!("{}.zip", safe_name(&order.title()));
        let path = folder.path().join(&name);
        self.fill(&order, &path)?;
        let found = std::fs::metadata(&path).map_err(|error| unavailable(format!("the bag is gone: {error}")))?;
        Ok(Parcel { name, size: found.len(), path, _folder: folder, _promise: promise })
    }

    /// Refuses more bytes than the config allows.
    fn bounded(&self, order: &Order<'_>, bytes: u64) -> Result<(), Refusal> {
        let most = self.config.config.limits.bag;
        if bytes <= most.0 {
            return Ok(());
        }
        let message = format!(
            "the files of this bag have {}, more than {most} (`limits.bag`), the most that is made for one answer; \
             `{}` makes it, however large",
            Size(bytes),
            order.command()
        );
        Err(Refusal::new(RefusalKind::TooLarge, message))
    }

    fn fill(&self, order: &Order<'_>, path: &std::path::Path) -> Result<(), Refusal> {
        let setup = ready(&self.config.config, &order.spec)?;
        let selection = CHOICE.selection(order.view.batch_number.as_str(), &order.documents);
        let walk = Walk::new(order.about, order.documents.clone())?;
        let bag = Bag::open(path, &selection).map_err(unwritable)?;
        let limits = Arc::clone(&self.limits);
        let downloader = Downloader::new(setup, limits, CHOICE, bag, self.stop.clone()).map_err(broken)?;
        let (mut bag, done) = self.filled(order, downloader, walk)?;
        if done.lacking_total > 0 {
            return Err(lacking(order, &done));
        }
        if done.documents == 0 {
            return Err(order.nothing());
        }
        let (about, config, spec) = (order.about, &self.config, &order.spec);
        let evidence = Evidence { about, config, spec, selection: &selection, made: Timestamp::now() };
        let info = evidence.write(&mut bag, &done).map_err(unproven)?;
        bag.finish(info).map_err(unwritable)
    }

    fn filled(
        &self,
        order: &Order<'_>,
        mut downloader: Downloader,
        mut walk: Walk<'_>,
    ) -> Result<(Bag, Done), Refusal> {
        let runtime = runtime()?;
        let filled = downloader.filled();
        loop {
            let page = walk.page()?;
            if page.is_empty() {
                return downloader.end().map_err(broken);
            }
            runtime.block_on(downloader.add(&page)).map_err(broken)?;
            // A batch that runs meanwhile may bring more than was counted.
            self.bounded(order, filled.figures().2)?;
        }
    }
}

impl Order<'_> {
    /// Bytes of the files, as the ledger counts them.
    fn bytes(&self, image: Option<&ImageNumber>) -> Result<u64, Refusal> {
        let Some(image) = image else { return Ok(self.view.bytes.migrated + self.view.bytes.already_at_target) };
        Ok(self.about.records(None, Some(image.clone()))?.rows.iter().map(at_target).sum())
    }

    /// Bytes on the disk while the bag is made: each file may wait beside the zip until it is known to be right, and so may the
    /// evidence.
    fn space(&self, bytes: u64) -> u64 {
        let rows = self.view.audit.events.saturating_add(self.view.files.in_scope);
        bytes.saturating_add(rows.saturating_mul(ROW)).saturating_mul(2)
    }

    /// A zip without files would have no folder for them, and be no bag.
    fn nothing(&self) -> Refusal {
        let name = &self.view.name;
        let message = match self.documents.first() {
            None => format!("nothing of batch {name} is at the target; `batchferry show {name}` says why"),
            Some(image) => {
                format!("nothing of document {image:?} is at the target; `batchferry files {name} {image:?}` says why")
            }
        };
        Refusal::new(RefusalKind::Refused, message)
    }

    fn title(&self) -> String {
        let number = &self.view.batch_number;
        self.documents.first().map_or_else(|| number.to_string(), |image| format!("{number} {image}"))
    }

    /// What makes the same bag without a bound.
    fn command(&self) -> String {
        let name = &self.view.name;
        match self.documents.first() {
            None => format!("batchferry download {name} --to DIR"),
            Some(image) => format!("batchferry download {name} --document {:?} --to DIR", one_line(image)),
        }
    }
}

fn at_target(record: &RecordRow) -> u64 {
    let size = |state: &FileState| match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => receipt.size,
        FileState::TargetKept(kept) => kept.target_size,
        FileState::Pending | FileState::Failed(_) => 0,
    };
    record.files.iter().map(|file| size(&file.state)).sum()
}

/// A runtime of the bag's own: its thread waits for the disk, which others' requests must not.
fn runtime() -> Result<Runtime, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| unavailable(format!("no bag can be begun: {error}")))
}

fn lacking(order: &Order<'_>, done: &Done) -> Refusal {
    let files = count(done.lacking_total, "file is not", "files are not");
    let told = |lacking: &Lacking| {
        let (key, image) = (one_line(&lacking.key), one_line(lacking.image.as_str()));
        format!("{key} ({image}): {}", one_line(&lacking.why))
    };
    let told: Vec<String> = done.lacking.iter().take(TOLD).map(told).collect();
    let name = &order.view.name;
    let message = format!(
        "there is no bag: {files} what the receipt says: {}; `batchferry verify {name}` looks at the whole target",
        told.join("; ")
    );
    Refusal::new(RefusalKind::Refused, message)
}

fn broken(error: DownloadError) -> Refusal {
    match error {
        DownloadError::Bag(error) => unwritable(error),
        DownloadError::Disk(error) => unavailable(format!("the bag cannot be written: {error}")),
        DownloadError::Store(error) => unavailable(format!("{error}; ask again when the store answers")),
        DownloadError::Stopped => unavailable("nobody waits for this bag any more"),
    }
}

fn unproven(error: EvidenceError) -> Refusal {
    match error {
        EvidenceError::Unanswered(refusal) => refusal,
        error => unavailable(format!("the bag cannot be written: {error}")),
    }
}

fn unwritable(error: BagError) -> Refusal {
    unavailable(error)
}

fn unavailable(message: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, message)
}
