//! An S3 Inventory in place of a listing.
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::stores::Page;
use crate::tables::Table;
pub async fn build(_context: &RunContext, _listing: u32) -> Result<(), Unfinished> {
    Ok(())
}
pub fn open(_context: &RunContext, _listing: u32) -> bool {
    true
}
pub fn page(_objects: &Table, _prefix: &str, _by_directory: bool, _token: Option<&str>) -> std::io::Result<Page> {
    Ok(Page::default())
}
