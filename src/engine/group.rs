//! Grouping: listed files become documents, in the ledger's order of image numbers, one document in memory at a time.
//!
//! Begun anew after an interruption; every write of it is idempotent. What keeps a document from moving is not decided
//! here but where it is moved, by the same rules, so that a plan and a run agree.

use std::task::Poll;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};

use super::context::{Meters, RunContext};
use super::coverage::Coverage;
use super::document::Unfinished;
use super::merge::{self, Before, merge};
use super::retry::Unanswered;
use super::setup::Setup;
use crate::ledger::{Change, Claim, Durability, GroupedDocument, LedgerError, ListedFile};
use crate::model::document::FileRecord;
use crate::model::ids::Digest;
use crate::model::status::ItemStatus;

/// Documents written to the ledger at once.
const DOCUMENTS_PER_WRITE: usize = 32;
/// Files written to the ledger at once; a document with more is written by itself.
const FILES_PER_WRITE: usize = 128;
/// More files than this in one document are not judged as a whole: more likely the template names no image number.
pub const MAX_FILES: usize = 10_000;

/// What grouping found.
#[derive(Debug, Clone, Copy)]
pub struct Population {
    /// Digest over key, size and entity tag of every file, in order of image number and key.
    pub digest: Digest,
    /// Documents.
    pub documents: u64,
    /// Files that the listing saw, those of no document among them.
    pub files: u64,
    /// One of them asked for a target key that another document has.
    pub is_contested: bool,
}

/// Makes documents of all files of the current listing.
///
/// # Errors
/// Why the stage is not done.
pub async fn group(context: &RunContext, listing: u32) -> Result<Population, Unfinished> {
    let (reader, batch) = (context.reader.clone(), context.batch);
    pass(context, listing, move || reader.listed_files(batch, None)).await
}

/// The same of those that are pending or failed, where all others are known to be as they were. What is given back is of those
/// alone.
///
/// # Errors
/// Why the stage is not done.
pub async fn group_undecided(context: &RunContext, listing: u32) -> Result<Population, Unfinished> {
    let (reader, batch) = (context.reader.clone(), context.batch);
    // Pending ones first: those that become so are not met again, and of those that fail grouping makes the same once more.
    let files = [ItemStatus::Pending, ItemStatus::Failed].into_iter();
    let files = files.flat_map(move |status| reader.listed_files_at(batch, status));
    pass(context, listing, move || Ok(files)).await
}

/// Makes documents of files, those of one image number after each other.
async fn pass<F: Iterator<Item = Result<ListedFile, LedgerError>>>(
    context: &RunContext,
    listing: u32,
    files: impl FnOnce() -> Result<F, LedgerError> + Send + 'static,
) -> Result<Population, Unfinished> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
    let reading = tokio::task::spawn_blocking(move || {
        let mut files = files()?;
        let mut group = Group::default();
        loop {
            let file = files.next().transpose()?;
            let end = file.is_none();
            if group.push(file).is_some_and(|piece| sender.blocking_send(piece).is_err()) || end {
                return Ok::<_, LedgerError>(());
            }
        }
    });
    let mut pass = Pass {
        context,
        coverage: Coverage::of(context).map_err(Unfinished::Ledger)?,
        listing,
        hasher: Sha256::new(),
        documents: 0,
        files: 0,
        is_contested: false,
        pending: Vec::new(),
        strays: Vec::new(),
        pending_files: 0,
        writing: None,
    };
    while let Some(piece) = receiver.recv().await {
        if context.stop.requested() {
            return Err(Unanswered::Stopped.into());
        }
        pass.add(piece).await?;
    }
    // The closure does not panic; a read error of it ends the run.
    reading.await.expect("reading the ledger does not panic").map_err(Unfinished::Ledger)?;
    pass.end().await
}

/// The files of one image number, collected from a stream that has them together.
#[derive(Default)]
struct Group(Vec<ListedFile>);

/// What comes out of the stream of files.
enum Piece {
    /// All files of a document, but for those beyond the most that one may have.
    Document(Vec<ListedFile>),
    /// One more file of a document that has too many anyway.
    Excess(Box<ListedFile>),
}

impl Group {
    /// Takes the next file (`None`: the end).
    fn push(&mut self, file: Option<ListedFile>) -> Option<Piece> {
        let same = match (self.0.first(), &file) {
            (Some(first), Some(file)) => first.file.record.image_number == file.file.record.image_number,
            (None, _) => true,
            (Some(_), None) => false,
        };
        // One more than allowed is enough to know that there are too many.
        if same && self.0.len() > MAX_FILES {
            return file.map(Box::new).map(Piece::Excess);
        }
        let done = if same { Vec::new() } else { std::mem::take(&mut self.0) };
        self.0.extend(file);
        (!done.is_empty()).then_some(Piece::Document(done))
    }
}

struct Pass<'a> {
    context: &'a RunContext,
    coverage: Coverage,
    listing: u32,
    hasher: Sha256,
    documents: u64,
    files: u64,
    is_contested: bool,
    pending: Vec<GroupedDocument>,
    strays: Vec<FileRecord>,
    pending_files: usize,
    /// The write that is under way: the next documents are put together meanwhile.
    writing: Option<BoxFuture<'a, Result<bool, Unfinished>>>,
}

impl Pass<'_> {
    async fn add(&mut self, piece: Piece) -> Result<(), Unfinished> {
        let document = match piece {
            Piece::Document(files) => self.document(files)?,
            Piece::Excess(listed) => {
                self.saw(&listed);
                Err(vec![listed.file])
            }
        };
        match document {
            Ok(document) => {
                self.pending_files += document.claims.len();
                self.pending.push(document);
            }
            Err(strays) => {
                self.pending_files += strays.len();
                self.strays.extend(strays);
            }
        }
        if self.pending.len() >= DOCUMENTS_PER_WRITE || self.pending_files >= FILES_PER_WRITE {
            self.write().await?;
        }
        Ok(())
    }

    /// Gives the files back where none in the directory is recognised, so that no document is known to be there.
    fn document(&mut self, files: Vec<ListedFile>) -> Result<Result<GroupedDocument, Vec<FileRecord>>, Unfinished> {
        let image = &files[0].file.record.image_number;
        let before = self.context.reader.document(self.context.batch, image).map_err(Unfinished::Ledger)?;
        let before = before.map(|record| Before::of(&self.context.reader, self.context.batch, record));
        let before = before.transpose().map_err(Unfinished::Ledger)?;
        files.iter().for_each(|listed| self.saw(listed));
        let (current, gone): (Vec<_>, Vec<_>) = files.into_iter().partition(|listed| listed.seen == self.listing);
        let [current, gone] =
            [current, gone].map(|listed| listed.into_iter().map(|listed| listed.file).collect::<Vec<_>>());
        if !current.iter().any(|file| file.record.recognised) && before.is_none() {
            return Ok(Err(current));
        }
        for file in &current {
            self.digest(file);
        }
        if let Some(prefix) = self.coverage.gap(current.iter().chain(&gone), &self.context.setup).map(str::to_owned) {
            return Ok(Ok(merge::half_listed(before, current, &prefix)));
        }
        let claims = claims(&self.context.setup, &current);
        let on_conflict = self.context.setup.file.spec.target.on_conflict;
        Ok(Ok(GroupedDocument { claims, ..merge(before, current, &gone, on_conflict) }))
    }

    fn saw(&mut self, listed: &ListedFile) {
        self.files += u64::from(listed.seen == self.listing && !listed.file.record.absent);
    }

    fn digest(&mut self, file: &FileRecord) {
        let object = &file.object;
        for part in
            [object.key.as_bytes(), &object.size.to_be_bytes(), object.etag.as_deref().unwrap_or_default().as_bytes()]
        {
            self.hasher.update((part.len() as u64).to_be_bytes());
            self.hasher.update(part);
        }
    }

    async fn write(&mut self) -> Result<(), Unfinished> {
        let documents = std::mem::take(&mut self.pending);
        let strays = std::mem::take(&mut self.strays);
        self.pending_files = 0;
        let count = documents.len() as u64;
        self.documents += count;
        Meters::add(&self.context.meters.grouped, count);
        self.written().await?;
        let mut writing = write(self.context, self.listing, documents, strays).boxed();
        // Asked once, it has handed its change over.
        match futures::poll!(&mut writing) {
            Poll::Ready(written) => {
                self.is_contested |= written?;
                Ok(())
            }
            Poll::Pending => {
                self.writing = Some(writing);
                Ok(())
            }
        }
    }

    /// Waits for the write that is under way.
    async fn written(&mut self) -> Result<(), Unfinished> {
        if let Some(writing) = self.writing.take() {
            self.is_contested |= writing.await?;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<Population, Unfinished> {
        if !self.pending.is_empty() || !self.strays.is_empty() {
            self.write().await?;
        }
        self.written().await?;
        let digest = Digest(self.hasher.finalize().into());
        let Self { documents, files, is_contested, .. } = self;
        Ok(Population { digest, documents, files, is_contested })
    }
}

/// Writes grouped documents; strays become unrecognised objects. Whether one of them asks for a target key that another document has.
///
/// # Errors
/// The ledger's.
pub async fn write(
    context: &RunContext,
    listing: u32,
    documents: Vec<GroupedDocument>,
    strays: Vec<FileRecord>,
) -> Result<bool, Unfinished> {
    let change = Change::Group {
        batch: context.batch,
        run: context.run,
        listing,
        at: context.now(),
        operator: context.operator.clone(),
        documents,
        strays,
    };
    let committed = context.writer.commit(change, Durability::Later).await.map_err(Unfinished::Ledger)?;
    Ok(!committed.refused.is_empty())
}

/// The target keys that a document's files want, and its manifest's; at a folder also by their folded texts.
pub fn claims(setup: &Setup, files: &[FileRecord]) -> Vec<Claim> {
    let Some(first) = files.first() else { return Vec::new() };
    let claim = |address: String, file_key: Option<&String>| Claim {
        address,
        source: setup.source_identity(),
        image_number: first.record.image_number.clone(),
        file_key: file_key.cloned(),
    };
    let claims = |key: String, file_key: Option<&String>| {
        let folded = setup.folded_address(&key).map(|folded| claim(folded, file_key));
        [claim(setup.address(&key), file_key)].into_iter().chain(folded).collect::<Vec<_>>()
    };
    let keys = files.iter().filter_map(|file| {
        let key = setup.target_key(&file.object.key, &file.record).ok()?;
        Some(claims(key, Some(&file.object.key)))
    });
    let manifest = setup.manifest_key(files).and_then(Result::ok).map(|key| claims(key, None));
    keys.chain(manifest).flatten().collect()
}
