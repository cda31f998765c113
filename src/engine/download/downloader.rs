//! A bag filled page by page.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::{self, StreamExt as _};
use serde::Serialize;

use super::fetch::{Got, Halt, fetch};
use super::wanted::{Choice, Side, Wanted, wanted};
use super::{checks, exceptions, rows};
use crate::engine::limits::{GlobalLimits, Limiter};
use crate::engine::retry::{Retrier, Unanswered};
use crate::engine::setup::Setup;
use crate::engine::stop::Stop;
use crate::model::bag::RecordRow;
use crate::model::ids::ImageNumber;
use crate::reports::bag::{Bag, BagError, Names, Tag};
use crate::stores::StoreError;

/// Files that are not in the bag and are told one by one.
const TOLD: usize = 1_000;

/// Why a download does not go on.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The bag cannot be written.
    #[error(transparent)]
    Bag(#[from] BagError),
    /// The disk is full, or gone.
    #[error("the bag cannot be written: {0}; the same command goes on with a folder")]
    Disk(#[from] io::Error),
    /// The store as such fails.
    #[error("{0}; the same command goes on with a folder when the store answers again")]
    Store(StoreError),
    /// Someone asked to stop.
    #[error("interrupted; the same command goes on with a folder")]
    Stopped,
}

impl From<Halt> for DownloadError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Disk(error) => Self::Disk(error),
            Halt::Unanswered(Unanswered::Stopped) => Self::Stopped,
            Halt::Unanswered(Unanswered::Failed(error) | Unanswered::Stalled(error)) => Self::Store(error),
        }
    }
}

/// A file that is not in the bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The document.
    pub image: ImageNumber,
    /// The whole key in the store.
    pub key: String,
    /// Why.
    pub why: String,
}

/// Figures of a download under way.
#[derive(Debug, Default)]
pub struct Filled {
    files: AtomicU64,
    kept: AtomicU64,
    read: AtomicU64,
}

impl Filled {
    /// Files in the bag, their bytes that were kept from before, and the bytes read.
    pub fn figures(&self) -> (u64, u64, u64) {
        let [files, kept, read] = [&self.files, &self.kept, &self.read].map(|figure| figure.load(Ordering::Relaxed));
        (files, kept, read)
    }

    pub(super) fn read(&self, more: u64) {
        self.read.fetch_add(more, Ordering::Relaxed);
    }
}

/// Fills a bag.
pub struct Downloader {
    setup: Arc<Setup>,
    limiter: Limiter,
    choice: Choice,
    stop: Stop,
    bag: Bag,
    names: Names,
    source: Tag,
    target: Tag,
    exceptions: Tag,
    checks: Tag,
    done: Done,
    filled: Arc<Filled>,
}

/// What a download came to.
#[derive(Debug, Default)]
pub struct Done {
    /// Documents with a file in the bag.
    pub documents: u64,
    /// Files that an earlier download had left there.
    pub kept: u64,
    /// Files that are not in the bag; the first of them.
    pub lacking: Vec<Lacking>,
    /// All of them.
    pub lacking_total: u64,
}

impl Downloader {
    /// Begins to fill a bag within the bounds of the batch's spec and of the operator.
    ///
    /// # Errors
    /// The bag cannot be written.
    pub fn new(
        setup: Arc<Setup>,
        limits: Arc<GlobalLimits>,
        choice: Choice,
        bag: Bag,
        stop: Stop,
    ) -> Result<Self, DownloadError> {
        let limiter = Limiter::new(limits, &setup.file.spec.transfer, None);
        let [source, target, mut exceptions, mut checks] = [
            bag.tag("evidence/source-manifest.jsonl")?,
            bag.tag("evidence/target-manifest.jsonl")?,
            bag.tag("evidence/exceptions.csv")?,
            bag.tag("evidence/checks.csv")?,
        ];
        exceptions::head(&mut exceptions)?;
        checks::head(&mut checks)?;
        let (names, done, filled) = (Names::default(), Done::default(), Arc::default());
        Ok(Self { setup, limiter, choice, stop, bag, names, source, target, exceptions, checks, done, filled })
    }

    /// What people watch.
    pub fn filled(&self) -> Arc<Filled> {
        Arc::clone(&self.filled)
    }

    /// Adds documents; they come in order of image number, each once.
    ///
    /// # Errors
    /// Why the download does not go on.
    pub async fn add(&mut self, records: &[RecordRow]) -> Result<(), DownloadError> {
        let mut files = Vec::new();
        for (at, record) in records.iter().enumerate() {
            let of_document = wanted(&self.setup, self.choice, &mut self.names, record);
            self.done.documents += u64::from(!of_document.is_empty());
            files.extend(of_document.into_iter().map(|file| (at, file)));
        }
        let (chosen, paths) = (self.choice.side, self.fetch(files).await?);
        for (at, record) in records.iter().enumerate() {
            let path = |at: usize, side: Side, file: usize| paths.get(&(at, file)).filter(|_| side == chosen).cloned();
            let mut source = rows::source(record, |file| path(at, Side::Source, file));
            source.try_for_each(|row| line(&mut self.source, &row))?;
            let mut target = rows::target(record, |file| path(at, Side::Target, file));
            target.try_for_each(|row| line(&mut self.target, &row))?;
            exceptions::rows(&mut self.exceptions, record)?;
            checks::rows(&mut self.checks, record)?;
        }
        Ok(())
    }

    /// Fetches files, so many at once as the batch may, and puts them into the bag in their order. Gives the paths of those
    /// that are in it, by document and place among its files.
    async fn fetch(&mut self, files: Vec<(usize, Wanted)>) -> Result<HashMap<(usize, usize), String>, DownloadError> {
        let Self { setup, limiter, choice, stop, bag, done, filled, .. } = self;
        let store = match choice.side {
            Side::Target => &setup.target.store,
            Side::Source => &setup.source.store,
        };
        let (place, retrier) = (bag.place(), Retrier::of(&setup.file.spec.transfer, limiter, stop));
        let fetching = stream::iter(files).map(async |(at, file)| {
            let got = fetch(&retrier, store, &place, &file, filled).await;
            (at, file, got)
        });
        let mut fetched = std::pin::pin!(fetching.buffered(limiter.concurrency().max(1)));
        let mut paths = HashMap::new();
        while let Some((at, file, got)) = fetched.next().await {
            let (digest, spool) = match got? {
                Got::Kept(digest) => {
                    done.kept += 1;
                    filled.kept.fetch_add(file.size, Ordering::Relaxed);
                    (digest, None)
                }
                Got::Read(spool, digest) => (digest, Some(spool)),
                Got::Lacking(why) => {
                    lacks(done, file, why);
                    continue;
                }
            };
            bag.payload(&file.path, file.size, digest, spool)?;
            filled.files.fetch_add(1, Ordering::Relaxed);
            if let Some(place) = file.file {
                paths.insert((at, place), file.path);
            }
            if stop.requested() {
                return Err(DownloadError::Stopped);
            }
        }
        Ok(paths)
    }

    /// The bag with its manifests of both sides, to be finished or given up.
    ///
    /// # Errors
    /// The bag cannot be written.
    pub fn end(self) -> Result<(Bag, Done), DownloadError> {
        let Self { mut bag, source, target, exceptions, checks, done, .. } = self;
        for tag in [source, target, exceptions, checks] {
            bag.put(tag)?;
        }
        Ok((bag, done))
    }
}

fn lacks(done: &mut Done, file: Wanted, why: String) {
    done.lacking_total += 1;
    if done.lacking.len() < TOLD {
        done.lacking.push(Lacking { image: file.image, key: file.key, why });
    }
}

fn line(tag: &mut Tag, row: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string(row).map_err(io::Error::from)?;
    writeln!(tag, "{}", crate::model::text::safe_json(&json))
}
