//! Floor 3: object stores. Sole home of object_store.
//!
//! Invariants:
//! - One call is one try: nothing is tried again here. Whether to is the error's [`Disposition`], decided from the
//!   status and headers of the answer, never from a text.
//! - Keys are the bytes that were given. One that cannot be addressed is refused or named, never changed.
//! - A listing that is not whole is an error, never a short one.
//! - Abilities are those that the operator declares; nothing is probed.
//!
//! [`Disposition`]: crate::model::failure::Disposition

mod bandwidth;
mod carried;
mod error;
mod gate;
mod listing;
mod local;
mod local_list;
mod object;
mod observe;
mod reading;
mod s3;
mod s3_list;
mod store;
mod upload;
mod writing;

pub use bandwidth::Bandwidth;
pub use carried::Carried;
pub use error::StoreError;
pub use gate::{Gate, Permit};
pub use object::{Abilities, Fetched, Page, PutIf, PutResult, TargetObject, Written};
pub use observe::RequestCounts;
pub use store::Store;
pub use upload::Upload;
