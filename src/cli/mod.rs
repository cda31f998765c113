//! Floor 6: words in, words and exit codes out. One file for each command; data on stdout, all else on stderr.

mod access;
mod audit;
mod bench;
mod cancel;
mod delete;
mod documents;
mod download;
pub mod exit;
mod explain;
mod files;
mod heap;
mod ledger;
mod list;
mod meter;
mod new;
mod output;
mod plan;
mod progress;
mod report;
mod rescan;
mod resume;
mod resync;
mod root;
mod run;
mod schema;
mod serve;
mod session;
mod show;
mod store;
mod summary;
mod suspend;
mod validate;
mod verify;
mod wait;

pub use root::{Cli, main};
