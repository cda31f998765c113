//! One file: kept from an earlier download, or read and compared.

use std::fs::File;
use std::io::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::downloader::Filled;
use super::wanted::{Object, Wanted};
use crate::engine::pieces::{self, Found, Left, Piece};
use crate::engine::retry::{Retrier, Unanswered};
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::reports::bag::{Place, Spool};
use crate::stores::{Store, StoreError};

/// What came of one file.
pub(super) enum Got {
    /// It is in the bag already, with these bytes.
    Kept(Digest),
    /// It was read.
    Read(Spool, Digest),
    /// It does not go into the bag.
    Lacking(String),
}

/// Why the download cannot go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// The store as such fails, or someone asked to stop.
    Unanswered(Unanswered),
    /// The disk.
    Disk(io::Error),
}

/// Fetches a file unless it is in the bag already.
pub(super) async fn fetch(
    retrier: &Retrier<'_>,
    store: &Store,
    place: &Place,
    wanted: &Wanted,
    filled: &Filled,
) -> Result<Got, Halt> {
    if let Some(why) = &wanted.unaddressable {
        return Ok(Got::Lacking(format!("no request can ask for it: {why}")));
    }
    if let Some(digest) = kept(place, wanted).await? {
        return Ok(Got::Kept(digest));
    }
    let mut spool = place.spool().map_err(Halt::Disk)?;
    match read(retrier, store, wanted, &mut spool, filled).await {
        Ok(Ok(found)) => Ok(match wanted.sha256 {
            Some(sha256) if sha256 != found => Got::Lacking(format!("expected SHA-256 {sha256}, found {found}")),
            _ => Got::Read(spool, found),
        }),
        Ok(Err(why)) => Ok(Got::Lacking(why)),
        Err(Halt::Unanswered(Unanswered::Failed(error))) => Ok(Got::Lacking(told(&error))),
        Err(halt) => Err(halt),
    }
}

fn told(error: &StoreError) -> String {
    match error.code {
        Code::SourceMissing => "it is not there".to_owned(),
        Code::ChangedDuringRun => format!("it is not what was listed: {}", error.detail),
        _ => error.detail.clone(),
    }
}

/// The digest of a file that is in the bag, if it is the one that is wanted. What it must be has to be known.
async fn kept(place: &Place, wanted: &Wanted) -> Result<Option<Digest>, Halt> {
    let Some((sha256, file)) = wanted.sha256.zip(place.kept(&wanted.path, wanted.size)) else { return Ok(None) };
    let digesting = tokio::task::spawn_blocking(move || digest_of(file)).await;
    let digest = digesting.map_err(io::Error::other).flatten().map_err(Halt::Disk)?;
    Ok((digest == sha256).then_some(digest))
}

fn digest_of(mut file: File) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            return Ok(Digest(hasher.finalize().into()));
        }
        hasher.update(&buffer[..read]);
    }
}

/// Reads an object into the spool; or why it is not the one that is wanted.
async fn read(
    retrier: &Retrier<'_>,
    store: &Store,
    wanted: &Wanted,
    spool: &mut Spool,
    filled: &Filled,
) -> Result<Result<Digest, String>, Halt> {
    let mut written = Ok(());
    let take = |piece: Piece<'_>| {
        written = match piece {
            Piece::Beginning => spool.clear(),
            Piece::Bytes(bytes) => {
                filled.read(bytes.len() as u64);
                std::mem::replace(&mut written, Ok(())).and_then(|()| spool.write_all(bytes))
            }
        };
    };
    let found = match &wanted.object {
        Object::Listed(pin) => listed(retrier, store, (&wanted.key, pin), take).await,
        Object::Left(etag) => {
            let left = Left { key: &wanted.key, size: wanted.size, etag: etag.as_deref() };
            pieces::left(retrier, store, left, take).await
        }
    };
    written.map_err(Halt::Disk)?;
    Ok(match found.map_err(Halt::Unanswered)? {
        Found::Is(digest) => Ok(digest),
        Found::Gone => Err("it is not there".to_owned()),
        Found::OfSize(size) => Err(format!("expected {} bytes, found {size}", wanted.size)),
        Found::Changing => {
            let expected = wanted.sha256.map(|sha256| format!("expected SHA-256 {sha256}; ")).unwrap_or_default();
            Err(format!("{expected}it changed whenever it was read"))
        }
    })
}

/// What was listed at the source does not come back by reading again.
async fn listed(
    retrier: &Retrier<'_>,
    store: &Store,
    (key, pin): (&str, &Pin),
    mut take: impl FnMut(Piece<'_>),
) -> Result<Found, Unanswered> {
    pieces::pieces(retrier, store, key, pin, |bytes| take(Piece::Bytes(bytes))).await.map(Found::Is)
}
