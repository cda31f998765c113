//! Floor 4: drive runs. Reads the ledger, decides by the rules, asks the stores, records what came of it.
//!
//! ```text
//! accept ──> run ──> freeze ──> group ──> feed ──> document ──> (fetch, place, manifest) ──> Finish
//!             │      discover   merge              large ── stream
//!             └─ stalls, ends, is interrupted: always where the ledger can go on from
//! ```
//!
//! Only `run`, `freeze`, `group`, `relist`, `moving` and `accept` change the ledger; everything below `document` gives
//! outcomes back as values.

pub mod accept;
mod classify;
mod conclude;
pub mod context;
mod coverage;
mod document;
mod feed;
mod fetch;
mod freeze;
mod group;
mod large;
mod leftovers;
pub mod limits;
mod manifest;
mod merge;
pub mod moving;
mod place;
pub mod plan;
mod ranged;
mod readback;
mod receipts;
mod relist;
pub mod report;
mod retry;
pub mod run;
pub mod setup;
mod stall;
pub mod stop;
pub mod store_set;
mod stream;
pub mod view;
