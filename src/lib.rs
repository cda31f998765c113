//! batchferry moves document images between object stores, in batches that are YAML files in git.
//!
//! # The map
//!
//! Import strictly downward, never sideways; `tests/architecture.rs` fails otherwise.
//!
//! ```text
//! 6  cli                                words in, words and exit codes out
//! 5  daemon                             wire the parts, start, stop cleanly
//! 4  engine │ web                       drive runs │ HTTP into values and back
//! 3  specs │ stores │ ledger │ reports  one outside thing each; none knows another
//!    scanners │ tables
//! 2  rules │ formats │ catalogs         decide │ bytes to facts │ rows to records
//! 1  model                              nouns and legal transitions
//! ```

pub mod catalogs;
pub mod cli;
pub mod daemon;
pub mod engine;
pub mod formats;
pub mod ledger;
pub mod model;
pub mod reports;
pub mod rules;
pub mod scanners;
pub mod specs;
pub mod stores;
pub mod tables;
pub mod web;
