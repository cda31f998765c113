//! What the codes of the vendors' errors mean. No two of them use one word for different things.

use crate::model::failure::Code::{self, *};
use crate::model::failure::Disposition::{self, *};

/// The verdict on a code; `None`: the status has to do.
pub(super) fn by_code(code: &str) -> Option<(Code, Disposition)> {
    of_s3(code).or_else(|| of_azure(code)).or_else(|| of_google(code))
}

fn of_s3(code: &str) -> Option<(Code, Disposition)> {
    let verdict = match code {
        "NoSuchBucket" | "InvalidBucketName" => (StoreMissing, Stall),
        "AccountProblem"
        | "ExpiredToken"
        | "InvalidAccessKeyId"
        | "InvalidSecurity"
        | "InvalidToken"
        | "MissingSecurityHeader"
        | "NotSignedUp"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "TokenRefreshRequired"
        | "UserSuspended" => (CredentialsRejected, Stall),
        "RequestTimeTooSkewed" => (ClockSkewed, Stall),
        "QuotaExceeded"
        | "XMinioStorageFull"
        | "XMinioAdminBucketQuotaExceeded"
        | "InsufficientStorage"
        | "NotEnoughSpace" => (QuotaExceeded, Stall),
        // Signed for, or sent to, a region that the bucket is not in.
        "AuthorizationHeaderMalformed" => (StoreUnusable, Stall),
        // The latter: no document could be written as the spec wants it.
        "PermanentRedirect" | "InvalidStorageClass" => (StoreUnavailable, Stall),
        "SlowDown"
        | "SlowDownRead"
        | "SlowDownWrite"
        | "TooManyRequests"
        | "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded" => (Throttled, Retry),
        "RequestTimeout" => (Timeout, Retry),
        "BadDigest" | "InvalidDigest" | "XAmzContentChecksumMismatch" | "XAmzContentSHA256Mismatch" => {
            (ChecksumMismatch, Retry)
        }
        "ConditionalRequestConflict"
        | "IncompleteBody"
        | "InternalError"
        | "OperationAborted"
        | "ServiceUnavailable" => (StoreUnavailable, Retry),
        "InvalidPart" | "InvalidPartOrder" | "NoSuchUpload" => (StoreUnavailable, Restart),
        "InvalidURI"
        | "KeyTooLongError"
        | "XMinioInvalidObjectName"
        | "XMinioObjectExistsAsDirectory"
        | "XMinioParentIsObject" => (UnsafeKey, Reject),
        "EntityTooLarge" => (FileTooLarge, Reject),
        _ => return None,
    };
    Some(verdict)
}

fn of_azure(code: &str) -> Option<(Code, Disposition)> {
    let verdict = match code {
        "ContainerNotFound" | "ContainerDisabled" | "InvalidResourceName" | "ResourceTypeMismatch" => {
            (StoreMissing, Stall)
        }
        // The container is gone for now; one of its name can be made in half a minute.
        "ContainerBeingDeleted" => (StoreMissing, Stall),
        "AccountIsDisabled"
        | "AuthenticationFailed"
        | "AuthorizationFailure"
        | "InvalidAuthenticationInfo"
        | "NoAuthenticationInformation" => (CredentialsRejected, Stall),
        "ServerBusy" => (Throttled, Retry),
        "OperationTimedOut" => (Timeout, Retry),
        "AccountBeingCreated" => (StoreUnavailable, Retry),
        "Md5Mismatch" | "Crc64Mismatch" => (ChecksumMismatch, Retry),
        "InvalidBlockId" | "InvalidBlockList" | "InvalidBlobOrBlock" => (StoreUnavailable, Restart),
        "InvalidUri" => (UnsafeKey, Reject),
        "RequestBodyTooLarge" | "BlockCountExceedsLimit" => (FileTooLarge, Reject),
        // In the archive tier, or being fetched out of it.
        "BlobArchived" | "BlobBeingRehydrated" => (AccessDenied, Reject),
        // Held by someone, or kept by law.
        "LeaseIdMissing" | "BlobImmutableDueToPolicy" | "BlobImmutableDueToLegalHold" => (AccessDenied, Reject),
        _ => return None,
    };
    Some(verdict)
}

fn of_google(code: &str) -> Option<(Code, Disposition)> {
    let verdict = match code {
        "AuthenticationRequired" | "MissingSecurityElement" => (CredentialsRejected, Stall),
        "AccountDisabled" | "BillingDisabled" | "UserProjectAccountProblem" | "UserProjectMissing" => {
            (CredentialsRejected, Stall)
        }
        "KeyTooLong" | "InvalidObjectName" => (UnsafeKey, Reject),
        _ => return None,
    };
    Some(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_has_its_own_words() {
        for (code, expected) in [
            ("NoSuchBucket", Some((StoreMissing, Stall))),
            ("ContainerNotFound", Some((StoreMissing, Stall))),
            ("AuthenticationFailed", Some((CredentialsRejected, Stall))),
            ("ServerBusy", Some((Throttled, Retry))),
            ("InvalidBlockList", Some((StoreUnavailable, Restart))),
            ("AuthenticationRequired", Some((CredentialsRejected, Stall))),
            ("BlobNotFound", None),
        ] {
            assert_eq!(by_code(code), expected, "{code}");
        }
    }
}
