//! Google Cloud Storage, by its XML interface, whose listings are those of S3.

mod open;

pub(super) use open::{Gcs, is_vendors, open};
