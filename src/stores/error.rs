//! Errors of stores, each with its code and what to do about it.

use std::io;
use std::time::Duration;

use http::StatusCode;
use object_store::client::HttpErrorKind;

use super::observe::{Observed, chain};
use crate::model::failure::{Code, Disposition};
use crate::model::ids::StoreName;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("store {store}{}: {detail}", self.key.as_ref().map(|key| format!(", {key:?}")).unwrap_or_default())]
pub struct StoreError {
    /// What went wrong.
    pub code: Code,
    /// What to do about it.
    pub disposition: Disposition,
    /// Which store.
    pub store: StoreName,
    /// About which key, if about one.
    pub key: Option<String>,
    /// What the store said.
    pub detail: String,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
}

/// A code with what to do about it.
pub(super) type Class = (Code, Disposition);

use Disposition::{Reject, Retry, Stall};

/// S3's codes for credentials that will not do, whoever they are used for.
const CREDENTIAL_CODES: &[&str] = &[
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "TokenRefreshRequired",
    "RequestTimeTooSkewed",
    "AccountProblem",
    "InvalidSecurity",
];
/// Codes of several S3 servers for a store that is full.
const QUOTA_CODES: &[&str] = &["QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "ServiceQuotaExceeded"];

/// Classifies an answer by its status and S3 code.
pub(super) fn class_of_status(status: StatusCode, s3_code: &str) -> Class {
    match (status.as_u16(), s3_code) {
        (_, "NoSuchBucket" | "InvalidBucketName") => (Code::StoreMissing, Stall),
        (_, code) if QUOTA_CODES.contains(&code) => (Code::QuotaExceeded, Stall),
        (_, code) if CREDENTIAL_CODES.contains(&code) => (Code::CredentialsRejected, Stall),
        (401, _) => (Code::CredentialsRejected, Stall),
        (507, _) => (Code::QuotaExceeded, Stall),
        (429, _) | (_, "SlowDown" | "RequestLimitExceeded" | "TooManyRequests") => (Code::Throttled, Retry),
        (408, _) | (_, "RequestTimeout") => (Code::Timeout, Retry),
        (_, "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch") => (Code::ChecksumMismatch, Retry),
        (_, "KeyTooLongError") => (Code::UnsafeKey, Reject),
        (404 | 410, _) => (Code::SourceMissing, Reject),
        (412 | 416, _) => (Code::ChangedDuringRun, Reject),
        // A redirect that cannot be followed means another region or endpoint: nothing there will work.
        (300..=399, _) => (Code::StoreUnavailable, Stall),
        (400..=499, _) => (Code::AccessDenied, Reject),
        _ => (Code::StoreUnavailable, Retry),
    }
}

/// Classifies a request without an answer. One that could not even connect meets a store that is not there.
pub(super) fn class_of_failure(kind: HttpErrorKind) -> Class {
    match kind {
        HttpErrorKind::Connect => (Code::StoreUnavailable, Stall),
        HttpErrorKind::Timeout => (Code::Timeout, Retry),
        _ => (Code::StoreUnavailable, Retry),
    }
}

/// Classifies an error of a file system.
pub(super) fn class_of_io(error: &io::Error) -> Class {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (Code::QuotaExceeded, Stall),
        io::ErrorKind::ReadOnlyFilesystem => (Code::StoreUnavailable, Stall),
        io::ErrorKind::PermissionDenied => (Code::AccessDenied, Reject),
        io::ErrorKind::NotFound => (Code::SourceMissing, Reject),
        io::ErrorKind::InvalidFilename
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::InvalidInput => (Code::UnsafeKey, Reject),
        _ => (Code::StoreUnavailable, Retry),
    }
}

/// What object_store's error and the observed answer come to.
pub(super) fn class_of(error: &object_store::Error, observed: &Observed) -> Class {
    if let Some(io) = find_io(error) {
        return class_of_io(io);
    }
    match (error, observed.status, &observed.failed) {
        (_, _, Some((kind, _))) => class_of_failure(*kind),
        (_, Some(status), _) if !status.is_success() => {
            class_of_status(status, s3_code(&error.to_string()).unwrap_or_default())
        }
        (object_store::Error::NotFound { .. }, _, _) => (Code::SourceMissing, Reject),
        (object_store::Error::Precondition { .. }, _, _) => (Code::ChangedDuringRun, Reject),
        (object_store::Error::InvalidPath { .. }, _, _) => (Code::UnsafeKey, Reject),
        (object_store::Error::PermissionDenied { .. }, _, _) => (Code::AccessDenied, Reject),
        // The answer began well and broke off, or was no answer of this protocol.
        _ => (Code::StoreUnavailable, Retry),
    }
}

/// What to tell a user: the answer's own words where there are some.
pub(super) fn detail(error: &object_store::Error, observed: &Observed) -> String {
    let text = chain(error);
    match (observed.status, &observed.failed) {
        (_, Some((_, said))) => format!("no answer: {said}"),
        (Some(status), _) if !status.is_success() => {
            let code = s3_code(&text).unwrap_or_default();
            let message = between(&text, "<Message>", "</Message>").unwrap_or_default();
            format!("HTTP {status} {code} {message}").trim_end().to_owned()
        }
        _ => text,
    }
}

fn find_io<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // Network errors are I/O errors too; those are told by what HTTP met.
            let local = io.raw_os_error().is_some() || io.kind() != io::ErrorKind::Other;
            return local.then_some(io);
        }
        next = error.source();
    }
    None
}

pub(super) fn s3_code(text: &str) -> Option<&str> {
    between(text, "<Code>", "</Code>")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classed_by_status_and_code() {
        let cases = [
            (404, "NoSuchBucket", Code::StoreMissing, Stall),
            (404, "NoSuchKey", Code::SourceMissing, Reject),
            (401, "", Code::CredentialsRejected, Stall),
            (403, "AccessDenied", Code::AccessDenied, Reject),
            (403, "InvalidAccessKeyId", Code::CredentialsRejected, Stall),
            (400, "ExpiredToken", Code::CredentialsRejected, Stall),
            (403, "RequestTimeTooSkewed", Code::CredentialsRejected, Stall),
            (412, "PreconditionFailed", Code::ChangedDuringRun, Reject),
            (429, "", Code::Throttled, Retry),
            (503, "SlowDown", Code::Throttled, Retry),
            (503, "ServiceUnavailable", Code::StoreUnavailable, Retry),
            (500, "InternalError", Code::StoreUnavailable, Retry),
            (507, "XMinioStorageFull", Code::QuotaExceeded, Stall),
            (400, "BadDigest", Code::ChecksumMismatch, Retry),
            (301, "PermanentRedirect", Code::StoreUnavailable, Stall),
        ];
        for (status, s3_code, code, disposition) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(class_of_status(status, s3_code), (code, disposition), "{status} {s3_code}");
        }
    }

    #[test]
    fn a_full_disk_stalls_and_a_forbidden_file_fails_its_document() {
        assert_eq!(class_of_io(&io::Error::from(io::ErrorKind::StorageFull)), (Code::QuotaExceeded, Stall));
        assert_eq!(class_of_io(&io::Error::from(io::ErrorKind::PermissionDenied)), (Code::AccessDenied, Reject));
    }
}
