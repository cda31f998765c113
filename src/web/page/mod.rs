//! The pages: what the ledger knows, for people with a browser, and for operators what they may do. Rendered here, usable without
//! a script; nothing is loaded from elsewhere.
//!
//! What comes from a store or a spec passes [`crate::reports::html::text::Visible`] on its way into a page.

mod act;
mod action;
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
mod new;
mod progress;
mod query;
mod report_file;
mod respond;
mod routes;
mod row;
mod sign_in;
mod stream;
mod told;

pub(super) use query::Asking;
pub(super) use routes::{Pages, lost};
