//! S3 Inventory: a manifest, and tables of the objects that a bucket had.

mod checksum;
mod key;
mod manifest;
mod rows;

pub use checksum::{check_manifest, check_md5};
pub use manifest::{InventoryFile, Manifest};
pub use rows::{InventoryRow, InventoryRows, rows};
