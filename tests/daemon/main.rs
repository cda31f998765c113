//! The real daemon: what is committed runs, people's commands work beside it, and nothing is lost however it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod buckets;
mod commands;
mod control_characters;
mod daemon;
mod disks;
mod edits;
mod ending;
mod every_write;
mod full_state;
mod life;
mod metrics;
mod mounts;
mod order;
mod outages;
#[expect(dead_code, reason = "others need the rest")]
#[path = "../it/project.rs"]
mod project;
mod scenario;
mod service;
#[path = "../support/mod.rs"]
mod support;
mod transient;
mod unusable;
mod watched;
