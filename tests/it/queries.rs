//! What commands answer about batches: every form of every list, and the names that programs rely on.

use std::collections::BTreeSet;

use batchferry::ledger::{Ledger, LedgerOptions, NewBatch};
use batchferry::model::batch::SpecRecord;
use batchferry::model::event::Operator;
use batchferry::model::ids::Digest;
use serde_json::{Value, json};

use crate::project::{PNG, Project, distinct};

/// One sound document and one without an invoice.
fn two_documents() -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "GOOD");
    project.put("ACME/voucher/2025/01/05/LACKS/cover-1.png", &distinct("lacks"));
    project.spec("batch", |spec| spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}}));
    project.run(&["run"]).exit(1);
    project
}

fn heading(csv: &str) -> &str {
    csv.lines().next().unwrap()
}

#[test]
fn a_list_of_a_batch_that_is_not_there_prints_nothing_and_ends_like_any_other_command() {
    let project = two_documents();
    for form in ["table", "json", "jsonl", "csv"] {
        let done = project.run(&["documents", "nope", "-o", form]).exit(1).says("no batch");
        assert_eq!(done.stdout, "", "{form}");
    }
}

#[test]
fn every_list_has_every_form() {
    let project = two_documents();
    let lists: [(&[&str], usize, &str); 3] = [
        (
            &["list"],
            1,
            "batchNumber,name,created,collected,runStatus,syncStatus,documents,synced,unsynced,failed,condition",
        ),
        (
            &["documents", "batch"],
            2,
            "imageNumber,organization,documentType,collected,status,code,files,filesSynced,filesFailed,reason",
        ),
        (
            &["files", "batch", "GOOD"],
            2,
            "role,sourceKey,targetKey,size,sha256,status,code,reason,checks,sourceVersion,targetVersion",
        ),
    ];
    for (words, rows, columns) in lists {
        let form = |form: &str| project.run(&[words, &["-o", form]].concat()).exit(0);
        let json = form("json").json();
        assert_eq!(json.as_array().unwrap().len(), rows, "{words:?}");
        let jsonl = form("jsonl").stdout;
        let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(Value::from(lines), json, "{words:?}");
        let csv = form("csv").stdout;
        assert_eq!((heading(&csv), csv.lines().count()), (columns, rows + 1), "{words:?}");
        assert!(form("table").stdout.contains(columns.split(',').next().unwrap()), "{words:?}");
    }
    let csv = project.run(&["documents", "batch", "-o", "csv"]).exit(0).stdout;
    assert!(
        csv.contains("\nGOOD,ACME,voucher,2025-01-05,Migrated,,2,2,0,\n"),
        "no spreadsheet takes these for a date: {csv}"
    );
    assert!(project.run(&["documents", "batch"]).exit(0).stdout.contains(" 2/2 "));
}

#[test]
fn documents_are_found_by_status_and_by_code() {
    let project = two_documents();
    let found = |words: &[&str]| {
        let rows = project.run(&[&["documents", "batch", "-o", "json"], words].concat()).exit(0).json();
        rows.as_array().unwrap().iter().map(|row| row["imageNumber"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&["--status", "failed"]), ["LACKS"]);
    assert_eq!(found(&["--status", "Migrated"]), ["GOOD"]);
    assert_eq!(found(&["--code", "missingrole"]), ["LACKS"]);
    assert_eq!(found(&["--code", "Truncated"]), [""; 0]);
    assert_eq!(found(&["--status", "migrated", "--code", "MissingRole"]), [""; 0]);
    project.run(&["documents", "batch", "--code", "NoSuchCode"]).exit(2).says("NoSuchCode");
}

#[test]
fn documents_are_found_by_what_they_are_warned_of() {
    let project = Project::local();
    project.put_document("2025/01/05", "FINE");
    project.put_document("2025/01/05", "STRAY");
    project.put("ACME/voucher/2025/01/05/STRAY/Thumbs.db", b"x");
    project.spec("batch", |spec| spec["checks"] = json!({"unrecognisedFiles": {"severity": "Warn"}}));
    project.run(&["run"]).exit(0);
    let rows = project.run(&["documents", "batch", "--code", "UnrecognisedFile", "-o", "json"]).exit(0).json();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!((&rows[0]["imageNumber"], &rows[0]["status"]), (&json!("STRAY"), &json!("Migrated")));
}

#[test]
fn a_list_of_more_than_one_page_is_whole() {
    let project = Project::local();
    for number in 0..1_030 {
        project.put(&format!("ACME/voucher/2025/01/05/IMG-{number:04}/cover-1.png"), PNG);
    }
    project.spec("batch", |_| {});
    project.run(&["plan", "jobs/batch.yaml"]).exit(0).says("would move 1,030 documents");
    project.spec("batch", |spec| spec["transfer"] = json!({"deadline": "0s"}));
    project.run(&["run"]);
    let rows = project.run(&["documents", "batch", "-o", "json"]).exit(0).json();
    let images: BTreeSet<&str> =
        rows.as_array().unwrap().iter().map(|row| row["imageNumber"].as_str().unwrap()).collect();
    assert_eq!((rows.as_array().unwrap().len(), images.len()), (1_030, 1_030));
    let csv = project.run(&["documents", "batch", "-o", "csv"]).exit(0).stdout;
    assert_eq!(csv.lines().count(), 1_031);
}

#[test]
fn a_batch_is_found_by_name_number_and_path() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("outer", |_| {});
    project.spec("inner", |_| {});
    std::fs::create_dir(project.path("jobs/deep")).unwrap();
    std::fs::rename(project.path("jobs/inner.yaml"), project.path("jobs/deep/outer.yaml")).unwrap();
    project.run(&["run"]).exit(0);
    let name = |wanted: &str| project.run(&["show", wanted, "-o", "json"]).exit(0).json()["name"].clone();
    let number = project.show("outer")["batchNumber"].as_str().unwrap().to_owned();
    let absolute = project.path("jobs/deep/outer.yaml").display().to_string();
    for (wanted, found) in [
        ("outer", "outer"),
        (number.as_str(), "outer"),
        ("jobs/outer.yaml", "outer"),
        ("./jobs/../jobs/deep/outer.yaml", "inner"),
        (absolute.as_str(), "inner"),
        ("deep/outer.yaml", "inner"),
        ("outer.yaml", "outer"),
    ] {
        assert_eq!(name(wanted), found, "{wanted}");
    }
    std::fs::remove_file(project.path("jobs/deep/outer.yaml")).unwrap();
    assert_eq!(name("jobs/deep/outer.yaml"), "inner", "a spec that is gone");
    project.run(&["show", "elsewhere/outer.yaml"]).exit(1).says("no batch");
}

/// The names of an object, and of the objects in it, as `a.b`.
fn names(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                names(value, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, path, found)),
        _ => {}
    }
}

#[track_caller]
fn has_names(value: &Value, promised: &str) {
    let mut found = BTreeSet::new();
    names(value, "", &mut found);
    for name in promised.split_whitespace() {
        assert!(found.contains(name), "{name} is missing among {found:?}");
    }
}

#[test]
fn the_names_that_programs_rely_on_are_there() {
    let project = two_documents();
    let promised = "formatVersion batchNumber name spec.path spec.digest spec.generation spec.commit runStatus syncStatus \
        suspended conditions collected.from collected.to collected.timeZone collected.fromUtc collected.toUtc \
        documents.inScope documents.migrated documents.alreadyAtTarget documents.targetKept documents.failed \
        documents.pending files.inScope files.migrated files.alreadyAtTarget files.targetKept files.failed files.pending \
        bytes.inScope bytes.migrated bytes.failed bytes.pending listed.objects listed.outOfScope listed.unrecognised \
        listed.requests synced unsynced failures.code failures.group failures.transient failures.documents \
        failures.examples failures.message failures.remedy runs.number audit.events audit.head";
    has_names(&project.show("batch"), promised);
    let report = std::fs::read_to_string(project.path("jobs/batch.report/report.json")).unwrap();
    has_names(&serde_json::from_str(&report).unwrap(), promised);
    has_names(
        &project.run(&["documents", "batch", "-o", "json"]).exit(0).json(),
        "imageNumber organization documentType collected status code reason files.total files.synced files.failed",
    );
    has_names(
        &project.run(&["files", "batch", "LACKS", "-o", "json"]).exit(0).json(),
        "role sourceKey targetKey size sha256 status code reason checks.check checks.group checks.outcome",
    );
    assert_eq!(project.show("batch")["formatVersion"], 1);
}

#[test]
fn a_batch_that_cannot_be_shown_hides_no_other() {
    let project = two_documents();
    let options = LedgerOptions { cache: 8 << 20, instance: None, fuse: None };
    let ledger = Ledger::open(&project.path(".batchferry"), &options).unwrap();
    let operator = Operator { name: "a newer version".to_owned(), commit: None };
    let digest = Digest::of(b"x");
    let json = "{\"spec\": \"of a newer version\"}".to_owned();
    let spec = SpecRecord { path: "newer.yaml".to_owned(), digest, generation: 1, json, operator: operator.clone() };
    let batch = NewBatch { name: "newer".parse().unwrap(), spec, operator, handled_resync: None };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(ledger.writer().accept(batch, jiff::Timestamp::now())).unwrap();
    ledger.close().unwrap();
    let done = project.run(&["list", "-o", "json"]).exit(3).says("newer");
    assert_eq!(done.json().as_array().unwrap().iter().map(|row| &row["name"]).collect::<Vec<_>>(), ["batch"]);
}

#[test]
fn whoever_closes_the_output_has_seen_enough() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    let unread = |words: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = project.command(words);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        command.status().unwrap().code()
    };
    for words in [
        &["explain"][..],
        &["validate", "jobs"],
        &["plan", "jobs/batch.yaml"],
        &["run"],
        &["show", "batch"],
        &["show", "batch", "-o", "json"],
        &["list"],
        &["report", "batch"],
        &["schema"],
    ] {
        assert_eq!(unread(words), Some(0), "{words:?}");
    }
    assert_eq!(unread(&["show", "nowhere"]), Some(1));
    assert_eq!(project.documents("batch")["IMG-1"], "Migrated");
}
