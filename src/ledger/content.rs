//! What a database holds, in a few figures: two of them with equal figures hold the same.

use sha2::Digest as _;

use super::keys;
use super::store::rows_of;
use crate::model::ids::Digest;

/// Records, bytes and digest of all that a database holds, without the note of its own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) records: u64,
    /// Of keys and values.
    pub(super) bytes: u64,
    /// Over every key and value in order, each behind its length.
    pub(super) sha256: Digest,
}

impl Content {
    /// Reads all of a database.
    pub(super) fn of(db: &sled::Db) -> sled::Result<Self> {
        let (mut records, mut bytes, mut digest) = (0, 0, sha2::Sha256::new());
        for row in rows_of(db.clone(), &[]) {
            let (key, value) = row?;
            if key == keys::MEASURED {
                continue;
            }
            records += 1;
            bytes += (key.len() + value.len()) as u64;
            for part in [&key, &value] {
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part);
            }
        }
        Ok(Self { records, bytes, sha256: Digest(digest.finalize().into()) })
    }

    /// About what a database takes on disk in which this was written once and in order.
    pub(super) fn on_disk(&self) -> u64 {
        self.bytes.saturating_mul(2).saturating_add(ROOM)
    }
}

/// Even an empty database has some segments.
const ROOM: u64 = 2 << 20;
