//! A download: files of a batch read from one side, compared with what is known of them, and put into a bag.
//!
//! ```text
//! records ──> wanted (paths in the bag) ──> kept | fetched, compared ──> bag
//!         └──> rows of the manifests and of the exceptions ────────────> tag files
//! ```

mod checks;
mod downloader;
mod exceptions;
mod fetch;
mod rows;
mod wanted;

pub use downloader::{Done, DownloadError, Downloader, Filled, Lacking};
pub use wanted::{Choice, Side};
