//! An S3 Inventory in place of a listing.
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
pub async fn build(_context: &RunContext, _listing: u32) -> Result<(), Unfinished> {
    Ok(())
}
pub fn open(_context: &RunContext, _listing: u32) -> bool {
    true
}
    Ok(Page::default())
}
