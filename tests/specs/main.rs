//! What the program says about specs that are wrong, byte for byte, and what it must survive.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod authors;
mod bad;
mod bounds;
mod config;
mod folder;
mod jobs;
mod mutations;
mod program;
mod repository;
mod scanning;
mod watching;
