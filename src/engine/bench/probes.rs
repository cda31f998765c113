//! The objects of a measurement: what is read, where it is written to, and that nothing stays.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};

use super::measure::BenchError;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::stores::{Carried, PutIf, Store, StoreError, TRIAL};

/// Objects that are written to be read, and most objects of an archive's own that are read.
const OWN: u64 = 16;
const LISTED: usize = 1_000;
/// Removals at once.
const REMOVALS: usize = 16;

/// An object to read, as it was listed.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) key: String,
    pub(super) pin: Pin,
}

/// Objects that were made at a store.
pub(super) struct Made {
    store: Store,
    head: String,
    keys: Mutex<BTreeSet<String>>,
}

impl Made {
    pub(super) fn new(store: Store) -> Self {
        Self { store, head: format!("{TRIAL}{:016x}", rand::random::<u64>()), keys: Mutex::default() }
    }

    /// A key of our own. Noted before it is written to: what comes after may fail.
    pub(super) fn key(&self, name: &str) -> String {
        let key = format!("{}-{name}", self.head);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        key
    }

    /// Removes what was made, and names what stays.
    pub(super) async fn remove(&self) -> Vec<String> {
        let keys = std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        let removals = stream::iter(keys).map(|key| async {
            let removed = self.store.discard_trial(&key).await;
            removed.is_err().then_some(key)
        });
        removals.buffered(REMOVALS).filter_map(std::future::ready).collect().await
    }
}

/// The first objects below a prefix, which are only read.
pub(super) async fn listed(source: &Store, prefix: &str) -> Result<Vec<Probe>, BenchError> {
    let page = source.list(prefix, false, None).await.map_err(BenchError::Source)?;
    let objects = page.objects.into_iter().filter(|object| object.size > 0).take(LISTED);
    let probe = |object: crate::model::document::SourceObject| Probe {
        pin: Pin { size: object.size, etag: object.etag, modified: object.modified, version: None },
        key: object.key,
    };
    let probes: Vec<Probe> = objects.map(probe).collect();
    if probes.is_empty() { Err(BenchError::NothingListed(prefix.to_owned())) } else { Ok(probes) }
}

/// Objects of our own at the source, so large each.
pub(super) async fn written(made: &Made, size: u64) -> Result<Vec<Probe>, BenchError> {
    let mut probes = Vec::new();
    for n in 0..OWN {
        let key = made.key(&format!("source-{n}"));
        let (bytes, head) = write(&made.store, &key, content(n, size)).await.map_err(BenchError::Source)?;
        probes.push(Probe { key, pin: Pin { size: bytes, ..head } });
    }
    Ok(probes)
}

async fn write(store: &Store, key: &str, bytes: Bytes) -> Result<(u64, Pin), StoreError> {
    let size = bytes.len() as u64;
    store.put(key, bytes.clone(), &Digest::of(&bytes), PutIf::Any, &Carried::default()).await?;
    let there = store.head(key).await?;
    let pin = there.map(|there| Pin { size: there.size, etag: there.etag, modified: there.modified, version: None });
    // One that is not there after it was written fails when it is read.
    Ok((size, pin.unwrap_or(Pin { size, etag: None, modified: jiff::Timestamp::UNIX_EPOCH, version: None })))
}

/// Bytes that no store can make smaller, and that differ.
fn content(n: u64, size: u64) -> Bytes {
    use rand::{RngExt as _, SeedableRng as _};
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
    rand::rngs::StdRng::seed_from_u64(n).fill(bytes.as_mut_slice());
    Bytes::from(bytes)
}
