//! What the pages ask the daemon, and what it answers: whole records, which a page puts into words of its reader's language.

mod audit;
mod batch;
mod batches;
mod document;
mod documents;
mod line;
mod question;
mod stamp;

pub use audit::AuditPage;
pub use batch::BatchDetail;
pub use batches::{BatchKey, BatchOrder, BatchPage, BatchQuery, Changes, Standing};
pub use document::{DocumentDetail, FileLook, MOST_LOOKED_AT};
pub use documents::{DocumentPage, DocumentQuery};
pub use line::{BatchLine, BatchRow, WindowView};
pub use question::{Overview, Overviewed};
pub use stamp::Stamp;
