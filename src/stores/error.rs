//! What can go wrong with a store, and what to do about it.

use std::fmt;
use std::time::Duration;

use super::redact::redacted;
use crate::model::failure::{Code, Disposition};
use crate::model::ids::StoreName;

/// A request that a store did not fulfil. Prints as one line: store, key, what was asked and what the store said; never a
/// secret or a signed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What went wrong.
    pub code: Code,
    /// What to do about it.
    pub disposition: Disposition,
    /// Which store.
    pub store: StoreName,
    /// The key or prefix below the store's own prefix; `None` where the store as such was asked.
    pub key: Option<String>,
    /// What was asked and what the store said.
    pub detail: String,
    /// How long the store asks to wait.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store {}", self.store)?;
        if let Some(key) = &self.key {
            write!(f, ", {key:?}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl std::error::Error for StoreError {}

/// What was asked of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Open,
    List,
    Get,
    Head,
    Tags,
    Put,
    Copy,
    UploadStart,
    UploadPart,
    UploadFinish,
    UploadAbort,
    Delete,
}

impl Operation {
    /// What was being done, for the front of a detail.
    pub(super) fn doing(self) -> &'static str {
        match self {
            Self::Open => "opening it",
            Self::List => "listing",
            Self::Get => "reading",
            Self::Head => "looking for it",
            Self::Tags => "reading its tags",
            Self::Put => "writing",
            Self::Copy => "having it copied",
            Self::UploadStart => "starting an upload",
            Self::UploadPart => "uploading a part",
            Self::UploadFinish => "finishing an upload",
            Self::UploadAbort => "aborting an upload",
            Self::Delete => "removing",
        }
    }
}

/// Why a request failed: an error but for the store and key that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) code: Code,
    pub(super) disposition: Disposition,
    pub(super) said: String,
    pub(super) retry_after: Option<Duration>,
}

impl Reason {
    pub(super) fn new((code, disposition): (Code, Disposition), said: impl Into<String>) -> Self {
        Self { code, disposition, said: said.into(), retry_after: None }
    }

    /// The error of one operation on one store.
    pub(super) fn about(self, store: &StoreName, operation: Operation, key: Option<&str>) -> StoreError {
        let Self { code, disposition, said, retry_after } = self;
        let detail = format!("{}: {said}", operation.doing());
        StoreError { code, disposition, store: store.clone(), key: key.map(str::to_owned), detail, retry_after }
    }
}

/// Longest text of a server that is passed on.
const MAX_SAID: usize = 300;

/// A server's text as one bounded line without control characters, and without what may be secret in it.
pub(super) fn one_line(text: &str) -> String {
    // Looked at before it is cut: a part of a secret is one, too.
    let text = &redacted(text);
    let line: String = text
        .split(|c: char| c.is_control() || c == ' ')
        .filter(|word| !word.is_empty())
        .fold(String::new(), |line, word| if line.is_empty() { word.to_owned() } else { line + " " + word });
    match line.char_indices().nth(MAX_SAID) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The innermost cause of an error, which says most and names no URL.
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    one_line(&cause.to_string())
}

/// The first error in a chain of causes that is a `T`.
pub(super) fn find_cause<'e, T: std::error::Error + 'static>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e T> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_whatever_the_server_and_the_key_hold() {
        let error = StoreError {
            code: Code::StoreUnavailable,
            disposition: Disposition::Retry,
            store: StoreName::new("standard"),
            key: Some("发票\n1.jpg".to_owned()),
            detail: one_line("HTTP 500:\r\n  <html>\t\u{1b}[31moops"),
            retry_after: None,
        };
        assert_eq!(error.to_string(), "store standard, \"发票\\n1.jpg\": HTTP 500: <html> [31moops");
        assert_eq!(one_line(&"长".repeat(500)).chars().count(), MAX_SAID + 1);
    }
}
