//! A download: files of a batch read from one side, compared with what is known of them, and put into a bag.
//!
//! ```text
//! records ──> wanted (paths in the bag) ──> kept | fetched, compared ──> bag
//!         └──> rows of the manifests and of the exceptions ────────────> tag files
//! ```
//!
//! The bag's evidence is asked of whoever has the ledger ([`About`]), so that a command and a daemon make the same.

mod about;
mod checks;
mod downloader;
mod evidence;
mod exceptions;
mod fetch;
mod maker;
mod ready;
mod room;
mod rows;
mod settings;
mod walk;
mod wanted;

pub use about::{About, Ask};
pub use downloader::{Done, DownloadError, Downloader, Filled, Lacking};
pub use evidence::{Evidence, EvidenceError};
pub use maker::{Maker, Parcel};
pub use ready::ready;
pub use room::Room;
pub use walk::Walk;
pub use wanted::{Choice, Side};
