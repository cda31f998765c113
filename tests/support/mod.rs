//! What several tests need: an S3 server in this process whose every request can be made to fail, and configs of stores.
//!
//! Declare it with `mod support;` in a file below `tests/`.
#![allow(dead_code, unused_imports, reason = "each test takes what it needs of it")]

pub mod configs;
pub mod copies;
pub mod dav;
pub mod end;
pub mod fault;
pub mod google;
pub mod s3;
pub mod tls;

pub use configs::{file_config, memory_config};
pub use dav::WebDav;
pub use fault::Fault;
pub use google::Google;
pub use s3::S3Server;
