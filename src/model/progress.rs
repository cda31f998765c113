//! What a run tells while it works. Beneath both the engine that fills it and the commands that show it.

use super::counts::Counts;
use super::failure::Code;

/// A moment of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects listed so far.
    pub listed: u64,
    /// LIST requests sent so far.
    pub requests: u64,
    /// Documents grouped so far.
    pub grouped: u64,
    /// Documents, files and bytes by status.
    pub counts: Counts,
    /// Bytes read from the source by this process.
    pub bytes_read: u64,
    /// What is being done.
    pub activity: Activity,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Activity {
    /// Nothing yet.
    #[default]
    Starting,
    /// Listing the source.
    Listing,
    /// Making documents of files.
    Grouping,
    /// Moving documents.
    Moving,
    /// Waiting for a store to answer again.
    Stalled(Code),
    /// Done.
    Ended,
}
