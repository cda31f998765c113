//! What tells without reading that a file is the one that was read.
//!
//! A file is read again unless its stamp is that of the last reading. This is as safe as reading, because no one can write
//! to a file, replace it or put it elsewhere without the system setting its change time (`ctime`) to the present, and no
//! call sets a change time to anything else: unlike the time of modification, which `touch`, `tar` and `git` set freely.
//! Three gaps are left, and closed:
//!
//! - Two writes within one tick of the file system's clock leave one stamp. So a stamp counts only if it was two seconds
//!   old when the file was read (git's index does the same, and calls such files racy); until then the file is read.
//! - The clock of a file server may be behind ours, a file mapped into memory may be written without a new time for a
//!   while, and an administrator may set the clock back. So no stamp counts for more than five minutes.
//! - A link may lead elsewhere: the stamp is that of the file behind it, with device and inode.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::specs::read::MAX_BYTES;

/// A stamp that was older than this when the file was read is no other content's.
const RACY: Duration = Duration::from_secs(2);

/// Which state of which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(file: &Metadata) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }

    /// Whether, at `wall`, the file has not changed for so long that its next change must give another stamp.
    pub(super) fn is_old(&self, wall: SystemTime) -> bool {
        let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(self.changed.0), u32::try_from(self.changed.1)) else {
            return false;
        };
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds));
        changed.and_then(|changed| changed.checked_add(RACY)).is_some_and(|until| until <= wall)
    }
}

/// A file's bytes, up to one more than a spec may have.
pub(super) struct Contents {
    /// The state that was read: taken before, so that what is written meanwhile gives another.
    pub stamp: Stamp,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Contents {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be opened or read.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let stamp = Stamp::of(&file.metadata()?);
        let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(usize::MAX).min(MAX_BYTES) + 1);
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Self { stamp, bytes })
    }

    /// The whole file's size in bytes, if it is more than a spec may have.
    pub(super) fn too_large(&self) -> Option<u64> {
        (self.bytes.len() > MAX_BYTES).then(|| self.stamp.size.max(self.bytes.len() as u64))
    }
}
