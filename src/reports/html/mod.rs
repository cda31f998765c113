//! `report.html`: one file with both languages, nothing outside it, readable without a script.
//!
//! Templates lay out, Rust counts. What comes from a store or a spec passes [`text::Visible`] on its way into a page.

mod article;
mod charts;
mod details;
mod lists;
mod page;
mod policy;
mod tables;
pub mod text;

pub(super) use page::page;
