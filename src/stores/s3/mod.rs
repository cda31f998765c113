//! S3 and its like: opening, watching every request, naming what went wrong, listing.

mod answer;
mod classify;
mod counts;
mod keys;
mod list;
mod observe;
mod open;
mod trial;
mod xml;

pub use counts::RequestCounts;

pub(super) use classify::explain;
pub(super) use list::{Query, list_page};
pub(super) use observe::{Checksum, Seen, watch};
pub(super) use open::{S3, open};
pub(super) use trial::{delete, put_wrong};
