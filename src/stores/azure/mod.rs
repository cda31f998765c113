//! Azure Blob Storage: opening, listing, making a blob of its blocks.

mod blocks;
mod keys;
mod list;
mod open;
mod trial;
mod xml;

pub(super) use blocks::commit;
pub(super) use list::list_page;
pub(super) use open::{Azure, is_vendors, open};
pub(super) use trial::delete;
