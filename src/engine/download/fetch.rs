//! One file: kept from an earlier download, or read and compared.

use std::fs::File;
use std::io::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::wanted::Wanted;
use crate::engine::pieces::pieces;
use crate::engine::readback::pin_of;
use crate::engine::retry::{Retrier, Unanswered};
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::reports::bag::{Place, Spool};
use crate::stores::{Store, StoreError};

/// How often an object that changes while it is read is read from its beginning.
const READS: u32 = 3;

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
pub(super) async fn fetch(retrier: &Retrier<'_>, store: &Store, place: &Place, wanted: &Wanted) -> Result<Got, Halt> {
    if let Some(why) = &wanted.unaddressable {
        return Ok(Got::Lacking(format!("no request can ask for it: {why}")));
    }
    if let Some(digest) = kept(place, wanted).await? {
        return Ok(Got::Kept(digest));
    }
    let mut spool = place.spool().map_err(Halt::Disk)?;
    match read(retrier, store, wanted, &mut spool).await {
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
) -> Result<Result<Digest, String>, Halt> {
    for _ in 0..READS {
        let pin = match &wanted.pin {
            Some(pin) => pin.clone(),
            None => match retrier.ask(store, || store.head(&wanted.key)).await.map_err(Halt::Unanswered)? {
                None => return Ok(Err("it is not there".to_owned())),
                Some(object) if object.size != wanted.size => {
                    return Ok(Err(format!("expected {} bytes, found {}", wanted.size, object.size)));
                }
                Some(object) => pin_of(&object),
            },
        };
        let mut written = spool.clear();
        let take = |bytes: &[u8]| {
            if written.is_ok() {
                written = spool.write_all(bytes);
            }
        };
        let read = pieces(retrier, store, &wanted.key, &pin, take).await;
        written.map_err(Halt::Disk)?;
        match read {
            Ok(digest) => return Ok(Ok(digest)),
            // What was listed at the source does not come back by reading again.
            Err(Unanswered::Failed(error)) if error.code == Code::ChangedDuringRun && wanted.pin.is_none() => {}
            Err(error) => return Err(Halt::Unanswered(error)),
        }
    }
    Ok(Err("it changed while it was read".to_owned()))
}
