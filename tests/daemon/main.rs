//! The real daemon: what is committed runs, people's commands work beside it, and nothing is lost however it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod access;
#[path = "../it/bag.rs"]
mod bag;
mod bags;
mod browser;
mod buckets;
mod checkout;
mod commands;
mod control_characters;
mod daemon;
mod disks;
mod edits;
mod ending;
mod every_write;
mod fairness;
mod faulty;
mod full_state;
mod heap;
mod ledger_care;
mod life;
mod metrics;
mod midrun;
mod mounts;
mod new_batch;
mod operators;
mod order;
mod outages;
mod pages;
mod policies;
#[expect(dead_code, reason = "others need the rest")]
#[path = "../it/project.rs"]
mod project;
#[expect(dead_code, reason = "others need the rest")]
#[path = "../web/receiver.rs"]
mod receiver;
mod reloading;
mod repeat;
mod scenario;
mod secrets;
mod service;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod transient;
mod traps;
mod unsound;
mod unusable;
mod watched;
mod webhook;
mod windows;
