//! The real program against real folders and real S3 over HTTP.

mod conflicts;
mod limits;
mod listing;
mod listing_server;
mod moving;
mod project;
mod resync;
mod specs;
