//! The ledger on real files: what it promises to commits, readers, kills, full disks and older formats.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod batches;
mod care;
mod claims;
mod documents;
mod format;
mod full_disk;
mod kills;
mod leftovers;
mod listing;
mod support;
mod tampering;
