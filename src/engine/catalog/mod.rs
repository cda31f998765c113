//! Catalogs besides keys: the rows of an index, or of sidecars, are sorted on disk, and each listed object finds its own.
//!
//! ```text
//! index ── fetched, read row by row ──┐
//!                                     ├─> table: what each key, directory or image number is ──> joins listed objects
//! sidecars ── listed, each read ──────┘                                                     └──> rows without object
//! ```

mod absent;
mod again;
mod build;
mod fetch;
mod index;
mod inventory;
mod inventory_page;
mod join;
mod place;
mod row;
mod setup;
mod sidecars;
mod told;

pub use absent::add_absent;
pub use again::{Wanted, absent_of, prefixes, read_again};
pub use build::{TABLE_MARK, build, has_rows, is_open, record_problems};
pub use fetch::on_disk;
pub use inventory::build as build_inventory;
pub use inventory_page::page as inventory_page;
pub use join::{Joined, join};
pub use place::clear;
pub use setup::{Catalog, CatalogError};
pub use told::Told;
