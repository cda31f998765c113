//! Floor 4: drive runs. Reads the ledger, decides by the rules, asks the stores, records what came of it.
//!
//! ```text
//! accept ──> run ──> freeze ──> listing ──> group ──> feed ──> document ──> (fetch, place, manifest) ──> Finish
//!             │      discover   merge              large ── stream
//!             └─ stalls, ends, is interrupted: always where the ledger can go on from
//! ```
//!
//! Of a run, only `run`, `unusable`, `stages`, `stall`, `catalog`, `freeze`, `listing`, `group`, `regroup`, `relist` and `moving` change the ledger, and
//! `document` before its first PUT; everything below gives outcomes back as values. Specs and people change it through `accept` and
//! `commands`. `reconcile` is the daemon's loop, `answer` what is asked of the ledger, with or without a daemon.

pub mod accept;
pub mod answer;
pub mod audit;
pub mod begin;
pub mod bench;
mod catalog;
mod classify;
pub mod commands;
mod conclude;
pub mod conditions;
pub mod context;
pub mod copier;
mod copy_parts;
mod copy_whole;
mod coverage;
mod cuts;
pub mod digests;
mod divide;
mod document;
pub mod download;
pub mod drafting;
mod feed;
mod fetch;
pub mod figures;
pub mod find;
mod folders;
mod freeze;
mod group;
mod heads;
mod invoices;
mod key_order;
mod large;
mod leftovers;
pub mod limits;
mod listing;
mod make;
mod manifest;
mod merge;
pub mod moving;
mod namesakes;
pub mod overview;
mod page;
mod pieces;
mod place;
pub mod plan;
mod policies;
mod ranged;
mod ranges;
mod readback;
mod receipts;
pub mod reconcile;
mod records;
pub mod refresh;
mod regroup;
mod relist;
pub mod report;
mod report_details;
mod report_rows;
mod retry;
pub mod run;
pub mod search;
mod setup;
pub mod share;
mod spread;
mod stages;
mod stall;
mod stamp;
pub mod stop;
pub mod store_check;
pub mod store_set;
mod stream;
mod timing;
mod trail;
mod travelling;
mod turns;
mod twins;
mod unusable;
pub mod verify;
pub mod view;
mod virus;
