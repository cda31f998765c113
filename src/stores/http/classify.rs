//! From facts to codes: whose failure it is, and whether trying again can help.

use http::StatusCode;
use object_store::client::HttpError;

use super::super::error::{Operation, Reason, find_cause, root_cause};
use super::answer::Answer;
use super::ask::Nonsense;
use super::codes::by_code;
use super::observe::{Seen, Trouble, trouble};
use crate::model::failure::Code::{self, *};
use crate::model::failure::Disposition::{self, *};

/// Why an operation failed, from what its requests met.
pub(in super::super) fn explain(operation: Operation, seen: &Seen, error: &object_store::Error) -> Reason {
    if let Some(trouble) = &seen.trouble {
        return in_trouble(trouble);
    }
    match &seen.answer {
        Some(answer) if answer.is_error() => answered(operation, answer),
        Some(_) => after_success(error),
        None if seen.elsewhere => {
            Reason::new((CredentialsRejected, Stall), format!("found no credentials: {}", root_cause(error)))
        }
        None => Reason::new((StoreUnavailable, Stall), format!("no request was made: {}", root_cause(error))),
    }
}

fn answered(operation: Operation, answer: &Answer) -> Reason {
    let verdict = verdict(operation, answer.status, answer.code.as_deref());
    Reason { retry_after: answer.retry_after, ..Reason::new(verdict, answer.said()) }
}

fn in_trouble(trouble: &Trouble) -> Reason {
    match trouble {
        // The TLS library's own words are all that tells of it.
        Trouble::Connect(said) if said.contains("certificate") => {
            let advice = "name its authority in the store's `caFile` if you trust it";
            Reason::new((StoreUnavailable, Reconnect), format!("cannot connect: {said}; {advice}"))
        }
        Trouble::Connect(said) => Reason::new((StoreUnavailable, Reconnect), format!("cannot connect: {said}")),
        Trouble::Timeout(_) => Reason::new((Timeout, Retry), "no progress in time"),
        Trouble::Broken(said) => Reason::new((StoreUnavailable, Retry), format!("the connection broke: {said}")),
    }
}

/// The head of the answer was a success; what followed was not.
fn after_success(error: &object_store::Error) -> Reason {
    if let Some(Nonsense(what)) = find_cause::<Nonsense>(error) {
        return Reason::new((UnlistableKeys, Reject), format!("the server answered nonsense: {what}"));
    }
    match find_cause::<HttpError>(error) {
        Some(error) => in_trouble(&trouble(error)),
        None => Reason::new((StoreUnavailable, Retry), format!("the answer makes no sense: {}", root_cause(error))),
    }
}

/// The verdict on an error that the store answered. The vendor's code decides where it is known, else the status.
pub(super) fn verdict(operation: Operation, status: StatusCode, code: Option<&str>) -> (Code, Disposition) {
    code.and_then(by_code).unwrap_or_else(|| by_status(operation, status))
}

fn by_status(operation: Operation, status: StatusCode) -> (Code, Disposition) {
    match (status.as_u16(), operation) {
        (307, _) => (StoreUnavailable, Retry),
        (300..=399, _) => (StoreUnavailable, Stall),
        (401, _) => (CredentialsRejected, Stall),
        (404, Operation::Get | Operation::Head | Operation::Tags | Operation::Copy | Operation::Delete) => {
            (SourceMissing, Reject)
        }
        (404, Operation::UploadPart | Operation::UploadFinish) => (StoreUnavailable, Restart),
        (404, _) => (StoreMissing, Stall),
        (408, _) => (Timeout, Retry),
        (409, _) => (StoreUnavailable, Retry),
        (412 | 416, Operation::Get | Operation::Copy | Operation::UploadPart) => (ChangedDuringRun, Reject),
        (412, _) => (Conflict, Reject),
        // An answer to HEAD cannot say `SlowDown`, which is what 503 nearly always is.
        (429, _) | (503, Operation::Head) => (Throttled, Retry),
        (507, _) => (QuotaExceeded, Stall),
        (400..=499, _) => (AccessDenied, Reject),
        _ => (StoreUnavailable, Retry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_code_decide_whose_failure_it_is() {
        use Operation::{Get, List, Put, UploadPart};
        for (operation, status, code, expected) in [
            (Get, 404, Some("NoSuchBucket"), (StoreMissing, Stall)),
            (List, 404, None, (StoreMissing, Stall)),
            (Put, 404, None, (StoreMissing, Stall)),
            (Get, 404, Some("NoSuchKey"), (SourceMissing, Reject)),
            (Get, 404, None, (SourceMissing, Reject)),
            (Get, 401, None, (CredentialsRejected, Stall)),
            (Get, 403, Some("InvalidAccessKeyId"), (CredentialsRejected, Stall)),
            (Put, 403, Some("SignatureDoesNotMatch"), (CredentialsRejected, Stall)),
            (Get, 400, Some("ExpiredToken"), (CredentialsRejected, Stall)),
            (Get, 400, Some("InvalidToken"), (CredentialsRejected, Stall)),
            (Get, 403, Some("RequestTimeTooSkewed"), (ClockSkewed, Stall)),
            (Get, 403, Some("AccessDenied"), (AccessDenied, Reject)),
            (Put, 403, None, (AccessDenied, Reject)),
            (Get, 412, Some("PreconditionFailed"), (ChangedDuringRun, Reject)),
            (Get, 416, Some("InvalidRange"), (ChangedDuringRun, Reject)),
            (Put, 507, None, (QuotaExceeded, Stall)),
            (Put, 403, Some("QuotaExceeded"), (QuotaExceeded, Stall)),
            (Put, 507, Some("XMinioStorageFull"), (QuotaExceeded, Stall)),
            (Get, 503, Some("SlowDown"), (Throttled, Retry)),
            (Put, 429, None, (Throttled, Retry)),
            (Put, 503, None, (StoreUnavailable, Retry)),
            (Operation::Head, 503, None, (Throttled, Retry)),
            (Get, 500, Some("InternalError"), (StoreUnavailable, Retry)),
            (Put, 200, Some("InternalError"), (StoreUnavailable, Retry)),
            (Put, 400, Some("RequestTimeout"), (Timeout, Retry)),
            (Put, 400, Some("BadDigest"), (ChecksumMismatch, Retry)),
            (Put, 400, Some("KeyTooLongError"), (UnsafeKey, Reject)),
            (Put, 409, Some("ConditionalRequestConflict"), (StoreUnavailable, Retry)),
            (UploadPart, 404, Some("NoSuchUpload"), (StoreUnavailable, Restart)),
            (UploadPart, 404, None, (StoreUnavailable, Restart)),
            (Get, 301, Some("PermanentRedirect"), (StoreUnavailable, Stall)),
            (Get, 418, Some("Unheard"), (AccessDenied, Reject)),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(verdict(operation, status, code), expected, "{operation:?} {status} {code:?}");
        }
    }
}
