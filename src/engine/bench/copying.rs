//! One file on its way, as a run would move it: read as it was listed, written, and proven.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::probes::Probe;
use crate::engine::digests::Digests;
use crate::engine::readback::PART_BYTES;
use crate::model::failure::{Code, Disposition};
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::stores::{Carried, PutIf, PutResult, Store, StoreError, Upload, Written};

/// The two ends.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) source: Store,
    pub(super) target: Store,
}

impl Pair {
    /// Moves one object to a key of ours, whatever is there.
    pub(super) async fn copy(&self, probe: &Probe, key: &str) -> Result<(), StoreError> {
        if probe.pin.size > PART_BYTES { self.large(probe, key).await } else { self.small(probe, key).await }
    }

    async fn small(&self, probe: &Probe, key: &str) -> Result<(), StoreError> {
        let read = self.source.get(&probe.key, &probe.pin).await?;
        let digest = Digest::of(&read.bytes);
        match self.target.put(key, read.bytes, &digest, PutIf::Any, &Carried::default()).await? {
            PutResult::Written(written) => self.prove(key, &written, probe.pin.size, digest).await,
            // A key that is written to whatever is there refuses nothing.
            PutResult::Exists => Ok(()),
        }
    }

    async fn large(&self, probe: &Probe, key: &str) -> Result<(), StoreError> {
        let mut upload = self.target.upload(key, &Carried::default()).await?;
        let sent = self.send(probe, &mut upload).await;
        let finished = match sent {
            Ok(digest) => upload.finish(PutIf::Any).await.map(|result| (digest, result)),
            Err(error) => Err(error),
        };
        let (digest, written) = match finished {
            Ok((digest, PutResult::Written(written))) => (digest, written),
            // A key that is written to whatever is there refuses nothing.
            Ok((_, PutResult::Exists)) => return Ok(()),
            Err(error) => {
                if let Err(left) = upload.abort().await {
                    tracing::warn!(key, error = %left, "an unfinished upload was left behind");
                }
                return Err(error);
            }
        };
        self.prove(key, &written, probe.pin.size, digest).await
    }

    /// Reads the next part while the one before it is being digested and sent.
    async fn send(&self, probe: &Probe, upload: &mut Upload) -> Result<Digest, StoreError> {
        let (size, mut digests) = (probe.pin.size, Digests::default());
        let mut start = 0;
        let mut current = self.part(probe, start).await?;
        while start < size {
            let send = send_part(upload, digests, current);
            start += PART_BYTES;
            let next = async { if start < size { self.part(probe, start).await } else { Ok(Bytes::new()) } };
            let (sent, read) = tokio::join!(send, next);
            digests = sent?;
            current = read?;
        }
        Ok(digests.whole())
    }

    async fn part(&self, probe: &Probe, start: u64) -> Result<Bytes, StoreError> {
        let end = (start + PART_BYTES).min(probe.pin.size);
        self.source.get_range(&probe.key, &probe.pin, start..end).await.map(|read| read.bytes)
    }

    /// Where the store does not vouch for what it was sent, it is read back.
    async fn prove(&self, key: &str, written: &Written, size: u64, sent: Digest) -> Result<(), StoreError> {
        if written.verified_by_store {
            return Ok(());
        }
        let there = self.target.head(key).await?;
        let Some(there) = there else { return Err(self.differs("what was written is not there")) };
        let pin = Pin { size: there.size, etag: there.etag, modified: there.modified, version: None };
        let (mut hasher, mut start) = (Sha256::new(), 0);
        while start < size {
            let end = (start + PART_BYTES).min(size);
            hasher.update(&self.target.get_range(key, &pin, start..end).await?.bytes);
            start = end;
        }
        let read = Digest(hasher.finalize().into());
        if read == sent { Ok(()) } else { Err(self.differs("what was read back is not what was written")) }
    }

    fn differs(&self, detail: &str) -> StoreError {
        StoreError {
            store: self.target.name().clone(),
            code: Code::ChecksumMismatch,
            disposition: Disposition::Reject,
            key: None,
            detail: detail.to_owned(),
            retry_after: None,
        }
    }
}

async fn send_part(upload: &mut Upload, digests: Digests, bytes: Bytes) -> Result<Digests, StoreError> {
    let (digests, own) = digests.take(bytes.clone(), upload.wants_digests()).await;
    upload.part(bytes, own).send().await?;
    Ok(digests)
}
