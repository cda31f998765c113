//! From errors of the file system to codes.

use std::io;

use super::super::error::{Operation, Reason, find_cause, root_cause};
use super::folder::Folder;
use crate::model::failure::Code::{self, *};
use crate::model::failure::Disposition::{self, *};

/// Why an operation in a folder failed.
pub(in super::super) fn explain(operation: Operation, folder: &Folder, error: &object_store::Error) -> Reason {
    if !folder.exists() {
        return folder.missing();
    }
    if let object_store::Error::AlreadyExists { .. } = error {
        return Reason::new((UnsafeKey, Reject), "a directory is where the file should be");
    }
    match find_cause::<io::Error>(error) {
        Some(error) => of_io(operation, error),
        // What `object_store` refuses by itself: names that end as those of its unfinished writes do, and paths that are not
        // there in a form of its own.
        None if matches!(error, object_store::Error::NotFound { .. }) => {
            Reason::new((SourceMissing, Reject), "there is no such file")
        }
        None if error.to_string().contains("#\\d+") => {
            Reason::new((UnsafeKey, Reject), "a file's name must not end in '#' and digits")
        }
        None => Reason::new((StoreUnavailable, Retry), root_cause(error)),
    }
}

/// Why an operation failed with an error of the operating system.
pub(super) fn of_io(operation: Operation, error: &io::Error) -> Reason {
    Reason::new(verdict(operation, error), super::super::error::one_line(&error.to_string()))
}

fn verdict(operation: Operation, error: &io::Error) -> (Code, Disposition) {
    use io::ErrorKind;
    let reads = matches!(operation, Operation::Get | Operation::Head | Operation::List | Operation::Delete);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (QuotaExceeded, Stall),
        ErrorKind::PermissionDenied => (AccessDenied, Reject),
        ErrorKind::NotFound | ErrorKind::NotADirectory if reads => (SourceMissing, Reject),
        ErrorKind::NotFound => (StoreUnavailable, Retry),
        ErrorKind::AlreadyExists
        | ErrorKind::DirectoryNotEmpty
        | ErrorKind::InvalidFilename
        | ErrorKind::InvalidInput
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory => (UnsafeKey, Reject),
        ErrorKind::FileTooLarge => (FileTooLarge, Reject),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::NotConnected | ErrorKind::HostUnreachable => {
            (StoreUnavailable, Stall)
        }
        ErrorKind::TimedOut => (Timeout, Retry),
        _ => (StoreUnavailable, Retry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operating_system_says_decides_whose_failure_it_is() {
        use Operation::{Get, Put};
        // Numbers of Linux.
        for (operation, errno, expected) in [
            (Put, 28, (QuotaExceeded, Stall)),
            (Put, 122, (QuotaExceeded, Stall)),
            (Get, 13, (AccessDenied, Reject)),
            (Put, 1, (AccessDenied, Reject)),
            (Get, 5, (StoreUnavailable, Retry)),
            (Put, 36, (UnsafeKey, Reject)),
            (Put, 20, (UnsafeKey, Reject)),
            (Put, 21, (UnsafeKey, Reject)),
            (Get, 2, (SourceMissing, Reject)),
            (Get, 20, (SourceMissing, Reject)),
            (Put, 30, (StoreUnavailable, Stall)),
            (Get, 107, (StoreUnavailable, Stall)),
            (Get, 116, (StoreUnavailable, Retry)),
            (Get, 110, (Timeout, Retry)),
            (Put, 27, (FileTooLarge, Reject)),
        ] {
            assert_eq!(verdict(operation, &io::Error::from_raw_os_error(errno)), expected, "{operation:?} {errno}");
        }
    }
}
