//! Floor 1: nouns and legal transitions. No I/O, no clock, no async.

pub mod batch;
pub mod catalogue;
pub mod checks;
pub mod config;
pub mod control;
pub mod counts;
pub mod diagnostic;
pub mod document;
pub mod event;
pub mod facts;
pub mod failure;
pub mod ids;
pub mod keys;
pub mod listing;
pub mod receipt;
pub mod report;
pub mod spec;
pub mod status;
pub mod text;
pub mod units;
pub mod view;
pub mod window;
pub mod work;
