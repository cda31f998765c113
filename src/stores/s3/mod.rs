//! S3 and its like: opening and listing.

mod bucket;
mod copy;
mod describe;
mod headers;
mod keys;
mod list;
mod open;
mod put;
mod tags;
mod trial;
mod xml;

pub(super) use bucket::{Bucket, Signer};
pub(super) use copy::{From, copy, copy_part};
pub(super) use describe::head;
pub(super) use list::list_page;
pub(super) use open::{S3, open};
pub(super) use put::{Stored, put, put_part};
pub(super) use tags::tags;
pub(super) use trial::{delete, put_wrong};
