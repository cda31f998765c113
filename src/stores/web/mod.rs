//! A web server that lists by WebDAV: a source that can only be read.

mod list;
mod open;
mod xml;

pub(super) use list::list_page;
pub(super) use open::{Web, open};
