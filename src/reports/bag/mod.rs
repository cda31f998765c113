//! Bags of the form BagIt 1.0 (RFC 8493): a folder or a zip that carries documents with their proof. Sole home of zip.

mod container;
mod error;
mod folder;
mod form;
mod guide;
mod names;
mod spool;
mod text;
mod writing;
mod zipped;

pub use container::Place;
pub use error::BagError;
pub use form::{Handover, handover};
pub use guide::{CHAIN_SCRIPT, guide};
pub use names::{DocumentNames, Names, safe_name};
pub use spool::Spool;
pub use writing::{Bag, Tag};
