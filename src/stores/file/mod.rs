//! A folder as a store: where it is, what goes wrong in it, how it is listed.

mod errors;
mod folder;
mod level;
mod list;
mod unfinished;
mod walk;
mod within;

pub(super) use errors::explain;
pub(super) use folder::{Folder, probe};
pub(super) use list::list_page;
pub(super) use unfinished::discard_unfinished;
pub(super) use within::{Touch, is_within, stays_within};
