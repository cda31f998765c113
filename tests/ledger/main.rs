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
mod pages;
mod support;
mod tampering;

/// Opens sled's own files. A process that another test starts holds their lock, too, until it is another program.
fn files(path: impl AsRef<std::path::Path>) -> sled::Db {
    let refused = |error: &sled::Error| error.to_string().contains("could not acquire lock");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        match sled::open(&path) {
            Err(error) if refused(&error) && std::time::Instant::now() < end => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}
