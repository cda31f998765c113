//! Floor 6: words in, words and exit codes out. One file for each command; data on stdout, all else on stderr.

mod documents;
pub mod exit;
mod explain;
mod files;
mod list;
mod new;
mod output;
mod plan;
mod progress;
mod report;
mod resync;
mod root;
mod run;
mod schema;
mod session;
mod show;
mod summary;
mod validate;

pub use root::{Cli, main};
