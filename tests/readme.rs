//! What the README says is what happens: its commands run, in its order, on the samples; what it quotes is generated.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is how they fail")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use regex::Regex;

const README: &str = include_str!("../README.md");
const STORES: &str = include_str!("../docs/stores.md");
const CATALOGS: &str = include_str!("../docs/catalogs.md");

/// Every command of the README that runs the program, as arguments.
fn commands() -> Vec<Vec<String>> {
    let blocks = Regex::new(r"(?ms)^ *```sh\n(.*?)^ *```").unwrap();
    let words = Regex::new(r#""([^"]*)"|(\S+)"#).unwrap();
    let lines = blocks.captures_iter(README).flat_map(|block| block.extract::<1>().1[0].lines());
    let arguments = lines.filter_map(|line| line.trim().strip_prefix("cargo run -- "));
    let word = |found: regex::Captures<'_>| found.get(1).or(found.get(2)).unwrap().as_str().to_owned();
    arguments.map(|arguments| words.captures_iter(arguments).map(word).collect()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() && !name.to_string_lossy().ends_with(".report") {
            copy(&path, &to.join(name));
        } else if path.is_file() {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn run(folder: &Path, arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_batchferry")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn every_command_works_in_the_order_of_the_readme_and_the_quoted_report_is_the_real_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    copy(&root.join("jobs"), &folder.path().join("jobs"));
    fs::copy(root.join("batchferry.yaml"), folder.path().join("batchferry.yaml")).unwrap();
    // As cargo makes it for its own output.
    fs::create_dir(folder.path().join("target")).unwrap();
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:?}");
    for arguments in &commands {
        let done = run(folder.path(), arguments);
        // Two of the samples have faults, and whatever passes judgement on them says no.
        let no = matches!(arguments[0].as_str(), "run" | "resync");
        assert_eq!(done.status.code(), Some(i32::from(no)), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let report = fs::read_to_string(folder.path().join("jobs/acme-expenses-2025-q1.report/README.md")).unwrap();
    let quoted: Vec<&str> = README.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    assert!(quoted.len() >= 6, "{quoted:?}");
    for line in quoted {
        assert!(report.lines().any(|real| real.trim() == line.trim()), "not in the report: {line}");
    }
}

#[test]
fn the_config_it_shows_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let block = Regex::new(r"(?ms)^ *```yaml\n(.*?)^ *```").unwrap();
    let shown = block.captures(README).unwrap().extract::<1>().1[0];
    fs::write(folder.path().join("batchferry.yaml"), shown).unwrap();
    fs::create_dir(folder.path().join("jobs")).unwrap();
    let done = run(folder.path(), &["validate".to_owned(), "jobs".to_owned()]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_stores_and_targets_that_the_documentation_shows_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("jobs")).unwrap();
    let blocks = Regex::new(r"(?ms)^```yaml\n(.*?)^```").unwrap();
    let shown: Vec<&str> = blocks.captures_iter(STORES).map(|block| block.extract::<1>().1[0]).collect();
    let (configs, targets): (Vec<&str>, Vec<&str>) = shown.into_iter().partition(|block| block.starts_with("stores:"));
    assert_eq!((configs.len(), targets.len()), (1, 1));
    fs::write(folder.path().join("batchferry.yaml"), configs[0]).unwrap();
    for (number, target) in targets.into_iter().enumerate() {
        let target = target.lines().fold(String::new(), |text, line| text + "  " + line + "\n");
        let spec = format!(
            "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {{name: shown-{number}}}\nspec:\n  collected: \
             {{from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}}\n  source: {{store: scans, catalog: \
             {{keys: \"{{collected:%Y/%m/%d}}/{{imageNumber}}/{{fileName}}\"}}}}\n{target}"
        );
        fs::write(folder.path().join(format!("jobs/shown-{number}.yaml")), spec).unwrap();
    }
    let done = run(folder.path(), &["validate".to_owned(), "jobs".to_owned()]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_catalogs_that_the_documentation_shows_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("jobs")).unwrap();
    let stores = r#"{"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}}"#;
    fs::write(folder.path().join("batchferry.yaml"), stores).unwrap();
    let blocks = Regex::new(r"(?ms)^```yaml\n(.*?)^```").unwrap();
    let keys = "catalog: {keys: \"{collected:%Y/%m/%d}/{imageNumber}/{fileName}\"}\n";
    let shown: Vec<&str> = blocks.captures_iter(CATALOGS).map(|block| block.extract::<1>().1[0]).collect();
    assert_eq!(shown.len(), 4);
    for (number, block) in shown.into_iter().enumerate() {
        let source = if block.starts_with("catalog") { block.to_owned() } else { format!("{keys}{block}") };
        let source = source.lines().fold(String::new(), |text, line| text + "    " + line + "\n");
        let spec = format!(
            "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {{name: shown-{number}}}\nspec:\n  collected: \
             {{from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}}\n  target: {{store: dst}}\n  source:\n    store: src\n{source}"
        );
        fs::write(folder.path().join(format!("jobs/shown-{number}.yaml")), spec).unwrap();
    }
    let done = run(folder.path(), &["validate".to_owned(), "jobs".to_owned()]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}
