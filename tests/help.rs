//! What the program says of itself.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is how they fail")]

use batchferry::model::failure::Code;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const COMMANDS: [&str; 25] = [
    "serve",
    "run",
    "plan",
    "validate",
    "new",
    "list",
    "show",
    "documents",
    "files",
    "resync",
    "suspend",
    "resume",
    "cancel",
    "delete",
    "rescan",
    "wait",
    "report",
    "download",
    "verify",
    "audit",
    "store",
    "bench",
    "ledger",
    "explain",
    "schema",
];

/// What is printed, which must be data alone.
#[track_caller]
fn says(words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
    command.args(words).current_dir(folder.path()).stdin(Stdio::null()).env("NO_COLOR", "1").env("COLUMNS", "100");
    let done = command.output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(done.stderr.is_empty(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn the_help_of_the_program() {
    insta::assert_snapshot!("help", says(&["--help"]));
}

#[test]
fn the_help_of_every_command() {
    for command in COMMANDS {
        insta::assert_snapshot!(format!("help-{command}"), says(&[command, "--help"]));
    }
}

#[test]
fn the_help_of_what_has_commands_of_its_own() {
    for (command, parts) in
        [("audit", &["export", "verify"][..]), ("store", &["check"]), ("ledger", &["check", "compact"])]
    {
        for part in parts {
            insta::assert_snapshot!(format!("help-{command}-{part}"), says(&[command, part, "--help"]));
        }
    }
}

#[test]
fn every_command_that_is_listed_has_its_help_kept_here() {
    let help = says(&["--help"]);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert_eq!(names, COMMANDS);
}

#[test]
fn a_code_is_explained_in_both_languages() {
    insta::assert_snapshot!("explain-en", says(&["explain", "MissingRole"]));
    insta::assert_snapshot!("explain-zh-CN", says(&["explain", "missingrole", "--language", "zh-CN"]));
}

#[test]
fn an_explanation_is_one_object_for_programs_whatever_is_asked() {
    for (words, codes) in
        [(vec!["explain", "-o", "json"], Code::ALL.len()), (vec!["explain", "Conflict", "-o", "json"], 1)]
    {
        let json: serde_json::Value = serde_json::from_str(&says(&words)).unwrap();
        assert_eq!(json["formatVersion"], 1);
        assert_eq!(json["codes"].as_array().unwrap().len(), codes);
    }
}

#[test]
fn the_example_of_new_is_copied_from_a_narrow_terminal_and_works() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("jobs")).unwrap();
    let mut help = Command::new(env!("CARGO_BIN_EXE_batchferry"));
    let help = help.args(["new", "--help"]).env("COLUMNS", "80").stdin(Stdio::null()).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let example = help.split("Example:\n").nth(1).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_batchferry")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let done = Command::new("sh").args(["-c", example]).current_dir(folder.path()).env("PATH", path).output().unwrap();
    assert!(done.status.success(), "{example}\n{done:?}");
    assert!(folder.path().join("jobs/acme-q1.yaml").exists());
}
