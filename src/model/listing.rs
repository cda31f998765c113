//! What is listed, and how a key's place in the listing is remembered.

use serde::{Deserialize, Serialize};

/// What is listed on its own, in parallel with others: a prefix, or of a long one a range of its keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shard {
    /// The whole prefix in the store.
    pub prefix: String,
    /// The keys below it that are listed; `None`: all of them.
    pub range: Option<KeyRange>,
}

impl Shard {
    /// All that lies below a prefix.
    pub fn all(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), range: None }
    }
}

/// Keys between two others, which need not be there, in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyRange {
    /// Comes before every key of the range.
    pub after: String,
    /// The last key that may be in the range; `None`: it has no end.
    pub upto: Option<String>,
}

impl KeyRange {
    /// Whether a key behind [`Self::after`] is in the range.
    pub fn reaches(&self, key: &str) -> bool {
        self.upto.as_deref().is_none_or(|upto| key <= upto)
    }
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
