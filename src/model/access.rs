//! Who may use the API over TCP, and by which token. Tokens are known by their digests alone: nothing can show what is not kept.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::Digest;

/// What someone may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AccessRole {
    /// Read.
    Viewer,
    /// Read, and command batches.
    Operator,
}

/// Someone who may use the API over TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// By this name the audit log knows them.
    pub name: String,
    /// What they may do.
    pub role: AccessRole,
    /// What they prove themselves by.
    pub token: TokenDigest,
}

/// The SHA-256 of a token.
#[derive(Clone, Copy)]
pub struct TokenDigest(Digest);

impl TokenDigest {
    /// Of a token.
    pub fn of(token: &str) -> Self {
        Self(Digest::of(token.as_bytes()))
    }
}

impl PartialEq for TokenDigest {
    /// Takes the same time wherever they differ.
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.0.as_bytes().iter().zip(other.0.as_bytes());
        pairs.fold(0, |differences, (ours, theirs)| differences | (ours ^ theirs)) == 0
    }
}

impl Eq for TokenDigest {}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_equals_itself_alone_and_is_not_shown() {
        let digest = TokenDigest::of("a token");
        assert_eq!(digest, TokenDigest::of("a token"));
        for other in ["", "a toke", "a tokem", "A token", "a token "] {
            assert_ne!(digest, TokenDigest::of(other), "{other}");
        }
        assert_eq!(format!("{digest:?}"), "TokenDigest(redacted)");
        assert!(AccessRole::Viewer < AccessRole::Operator);
    }
}
