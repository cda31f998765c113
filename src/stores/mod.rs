//! Floor 3: lists, reads and writes objects, whatever kind of store they are in; the sole home of `object_store`.
//!
//! - A listing is whole or an error. What a GET here cannot address is given back by name, never left out.
//! - A read is pinned: what comes back is compared with what was listed, whatever the store makes of `If-Match`.
//! - A copy that the server makes by itself is pinned like a read and proven like a write.
//! - A write says whether the store itself verified it. Nothing is relied on that is neither declared nor the vendor's own.
//! - Errors are classified by facts (status, the vendor's code, kind of failure, errno), never by the words of a message.
//! - Nothing is retried here: the caller retries, and knows how often and for how long.
//! - Keys are those of the store's config: below its `prefix`, byte for byte as given.

mod azure;
mod bandwidth;
mod carried;
mod copy;
mod encodings;
mod error;
mod file;
mod gate;
mod gcs;
mod http;
mod keys;
mod listing;
mod memory;
mod open;
mod outage;
mod part_copy;
mod read;
mod redact;
mod remote;
mod s3;
mod store;
mod trial;
mod upload;
mod web;
mod write;

pub use bandwidth::Bandwidth;
pub use carried::Carried;
pub use copy::{CopyFrom, CopyResult, Described};
pub use error::StoreError;
pub use gate::{Gate, Permit};
pub use http::RequestCounts;
pub use listing::Page;
pub use open::Abilities;
pub use part_copy::PartResult;
pub use read::{Fetched, TargetObject};
pub use store::Store;
pub use trial::TRIAL;
pub use upload::{Part, Upload};
pub use write::{PutIf, PutResult, Written};
