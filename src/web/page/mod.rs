//! The pages: what the ledger knows, for people with a browser. Read-only, rendered here, readable without a script; nothing is
//! loaded from elsewhere.
//!
//! What comes from a store or a spec passes [`crate::reports::html::text::Visible`] on its way into a page.

mod assets;
mod audit;
mod batch;
mod batches;
mod charts;
mod document;
mod documents;
mod fault;
mod file;
mod frame;
mod guard;
mod invalid;
mod language;
mod live;
mod progress;
mod query;
mod report_file;
mod respond;
mod routes;
mod row;
mod stream;

pub(super) use query::Asking;
pub(super) use routes::{Pages, lost};
