//! The checker on snippets that it must, and must not, complain about.

use super::names::{Named, names};
use super::rules::{floor_complaints, home_complaints, purity_complaints};
use super::shape::{length_complaints, lines_without_tests, mod_file_complaints};

/// The names in a file of the module `path`, such as `engine::run`.
fn in_module(path: &str, source: &str) -> (Vec<Named>, String) {
    let module: Vec<String> = path.split("::").map(str::to_owned).collect();
    let top = module[0].clone();
    (names(source, &module, false), top)
}

fn floors(path: &str, source: &str) -> usize {
    let (names, top) = in_module(path, source);
    floor_complaints(&names, &top).len()
}

fn homes(path: &str, source: &str) -> usize {
    let (names, top) = in_module(path, source);
    home_complaints(&names, &top).len()
}

fn purity(path: &str, source: &str) -> usize {
    let (names, top) = in_module(path, source);
    purity_complaints(&names, &top).len()
}

#[test]
fn upward_and_sideways_imports_are_seen_however_they_are_written() {
    for source in [
        "use crate::ledger::Ledger;",
        "use crate::{model::ids, ledger::Ledger};",
        "use crate::{model::{ids, document}, ledger::{self, read::{Reader as R}}};",
        "use crate::ledger as l;",
        "pub use crate::ledger::*;",
        "use super::super::ledger::Ledger;",
        "use super::super::{ledger};",
        "use batchferry::ledger;",
        "use crate::*;",
        "use crate as root;",
        "use crate::{self as root};",
        "fn f() { crate::ledger::open(); }",
        "fn f(x: Vec<crate::ledger::Ledger>) {}",
        "fn f() -> impl Into<super::super::ledger::Ledger> {}",
        "fn f() { let _ = <crate::ledger::Ledger as Default>::default(); }",
        "fn f(x: T) { matches!(x, crate::ledger::Event::End); }",
        "fn f() { println!(\"{}\", vec![crate :: ledger::A]); }",
        "macro_rules! m { () => { $crate::ledger::open() } }",
        "impl crate::ledger::Reads for X {}",
        "#[derive(crate::ledger::Derive)] struct X;",
        "struct X { #[serde(with = \"crate::ledger::encoding\")] x: u8 }",
        "mod inner { use super::super::super::ledger::Ledger; }",
        "#[cfg(test)] mod tests { use crate::ledger::Ledger; }",
        "fn f() { use crate::ledger::Ledger; }",
        "type T = dyn Fn(crate::ledger::A) -> u8;",
        "const C: u8 = crate::ledger::C;",
    ] {
        assert!(floors("specs::parse", source) > 0, "sideways: {source}");
        assert!(floors("rules::parse", source) > 0, "upward: {source}");
    }
}

#[test]
fn downward_imports_and_those_within_a_module_are_fine() {
    for source in [
        "use crate::model::ids::BatchName;",
        "use crate::{model::ids::{BatchName, Digest}, rules::selection};",
        "use crate::engine::other::Thing;",
        "use super::other::Thing;",
        "use self::inner::Thing; mod inner { use super::super::other::Thing; }",
        "#[cfg(test)] mod tests { use super::*; }",
        "pub(crate) fn f() { super::ledger(); ledger::x(); }",
        "fn f() { let _ = \"crate\"; std::mem::drop(1); }",
    ] {
        assert_eq!(floors("engine::run", source), 0, "{source}");
    }
    assert_eq!(floors("main", "fn main() { batchferry::cli::main() }"), 0);
    assert_eq!(floors("cli::run", "use crate::daemon::serve; use crate::web::page;"), 0);
}

#[test]
fn a_module_without_a_floor_is_seen() {
    assert_eq!(floors("engine::run", "use crate::helpers::x;"), 1);
}

#[test]
fn outside_crates_are_seen_away_from_home_and_not_at_home() {
    for (source, home) in [
        ("use sled::Db;", "ledger::open"),
        ("use ::sled::{Db, Tree as T};", "ledger::open"),
        ("use sled as database;", "ledger::open"),
        ("extern crate sled;", "ledger::open"),
        ("fn f(db: &sled::Db) {}", "ledger::open"),
        ("use {std::fmt, object_store::path::Path};", "stores::open"),
        ("fn f() { serde_yaml::from_str(x); }", "specs::parse"),
        ("use notify::Watcher;", "specs::watch"),
        ("use globset::GlobSet;", "rules::globs"),
        ("fn f() { humantime::format_duration(x); }", "model::units"),
        ("#[derive(clap::Parser)] struct Args;", "cli::args"),
        ("use comfy_table::Table;", "cli::table"),
        ("use indicatif::ProgressBar;", "cli::progress"),
        ("fn main() { tracing_subscriber::fmt().init(); }", "main"),
        ("use axum::Router;", "web::routes"),
        ("use hyper::client::conn::http1;", "web::client"),
        ("fn f() { hyper_util::rt::TokioIo::new(x); }", "web::client"),
        ("use prometheus_client::registry::Registry;", "web::metrics"),
        ("use reqwest::Client;", "web::delivery"),
        ("use hmac::Hmac;", "web::signature"),
    ] {
        assert!(homes("reports::write", source) > 0, "{source}");
        assert_eq!(homes(home, source), 0, "{source}");
    }
    assert_eq!(homes("reports::write", "fn f(notify: u8) -> u8 { notify }"), 0);
    assert_eq!(homes("reports::write", "use crate::model::clap::X; use super::sled::Y;"), 0);
}

#[test]
fn input_output_clocks_and_randomness_are_seen_on_pure_floors_alone() {
    for source in [
        "use tokio::io::AsyncRead;",
        "use std::fs;",
        "use std::{fs::File, io};",
        "fn f() { std::fs::read(x); }",
        "use std::net::TcpStream;",
        "use std::time::SystemTime;",
        "fn f() { std::time::Instant::now(); }",
        "use std::time::Instant; fn f() { Instant::now(); }",
        "use jiff::Timestamp as T; fn f() { T::now(); }",
        "fn f() { jiff::Zoned::now(); }",
        "fn f() -> u8 { rand::random() }",
        "fn f() { assert!(std::fs::exists(x)); }",
    ] {
        assert!(purity("rules::x", source) > 0, "{source}");
        assert!(purity("model::x", source) > 0, "{source}");
        assert_eq!(purity("stores::x", source), 0, "{source}");
    }
    let tested = "#[cfg(test)] mod tests { fn f() { std::fs::read(x); } }";
    assert_eq!(purity("rules::x", tested), 0);
    assert_eq!(purity("rules::x", "fn f(now: u8, at: Instant) -> Timestamp { now; Timestamp::from_second(1) }"), 0);
}

#[test]
fn long_files_are_seen_and_tests_at_the_end_do_not_count() {
    let lines = |count: usize| "fn f() {}\n".repeat(count);
    let tests = "\n#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
    assert_eq!(length_complaints(&lines(401)).len(), 1);
    assert!(length_complaints(&lines(400)).is_empty());
    assert!(length_complaints(&format!("{}{tests}", lines(399))).is_empty());
    assert_eq!(lines_without_tests(&format!("{}{tests}", lines(7))), 7);
}

#[test]
fn a_mod_file_with_anything_of_its_own_is_seen() {
    let fine = "//! Its job.\n\n#[cfg(test)]\nmod tests;\npub mod a;\nmod b;\npub use b::C;\npub(crate) use b::D;\n";
    assert!(mod_file_complaints(fine).is_empty());
    for added in
        ["fn f() {}", "struct S;", "use std::fmt;", "mod inline { fn f() {} }", "const C: u8 = 1;", "impl C {}"]
    {
        assert_eq!(mod_file_complaints(&format!("{fine}{added}\n")).len(), 1, "{added}");
    }
    assert_eq!(mod_file_complaints("pub mod a;\n").len(), 1);
}
