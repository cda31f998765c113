//! What is listed, and how a key's place in the listing is remembered.

use serde::{Deserialize, Serialize};

/// A prefix that is listed on its own, in parallel with others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shard {
    /// The whole prefix in the store.
    pub prefix: String,
}

/// How far a shard has been listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// Pages up to this token are in the ledger; `None`: none yet.
    Resume(Option<String>),
    /// Every page is in the ledger.
    Done,
    /// The prefix cannot be listed, and why.
    Unlistable(String),
}
