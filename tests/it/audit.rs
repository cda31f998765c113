//! The audit log: exported, and checked by ourselves and by others.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::project::{Done, Project, distinct};

/// Two batches: one with a sound document and one without an invoice, the other with nothing to move.
pub fn project() -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "发票-1");
    project.put("ACME/voucher/2025/01/05/LACKS/cover-1.png", &distinct("lacks"));
    project.spec("batch", |spec| spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}}));
    project.spec("empty", |spec| {
        spec["filters"] = json!({"imageNumbers": ["NONE"]});
        spec["target"]["prefix"] = json!("empty/");
    });
    project.run(&["run"]).exit(1);
    project
}

fn rows(jsonl: &str) -> Vec<Value> {
    jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn script(words: &[&str], project: &Project) -> Done {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chain.py");
    Done::of(Command::new("python3").arg(script).args(words).current_dir(project.path(".")))
}

#[test]
fn every_event_of_every_batch_is_exported_with_what_it_says() {
    let project = project();
    let all = rows(&project.run(&["audit", "export"]).exit(0).stdout);
    for name in ["batch", "empty"] {
        let chained = all.iter().filter(|row| row["name"] == name).count() as u64;
        assert_eq!(project.show(name)["audit"]["events"], chained, "{name}");
    }
    let migrated = all.iter().find(|row| row["event"]["change"]["document"]["image_number"] == "发票-1").unwrap();
    let event = &migrated["event"];
    assert_eq!((&migrated["eventType"], &migrated["outcome"]), (&json!("replication"), &json!("success")));
    assert_eq!((&event["run"], &event["attempt"]), (&json!(1), &json!(1)));
    assert_eq!(event["batch"], project.show("batch")["batchNumber"]);
    let last = all.iter().rfind(|row| row["name"] == "batch").unwrap();
    assert_eq!(last["digest"], project.show("batch")["audit"]["head"]);
}

#[test]
fn events_are_chosen_by_document_and_time_and_written_for_spreadsheets() {
    let project = project();
    let of = |words: &[&str]| project.run(&[&["audit", "export", "batch"], words].concat()).exit(0).stdout;
    let all = rows(&of(&[]));
    let lacks = rows(&of(&["--document", "LACKS"]));
    assert_eq!(lacks.len(), 1);
    assert_eq!((&lacks[0]["eventType"], &lacks[0]["outcome"]), (&json!("validation"), &json!("failure")));
    let third = all[2]["event"]["at"].as_str().unwrap();
    let (before, after) = (rows(&of(&["--until", third])), rows(&of(&["--from", third])));
    assert_eq!([before, after].concat(), all);
    assert_eq!(of(&["--from", "2025-01-01", "--until", "2025-01-02"]), "");
    let csv = of(&["-o", "csv"]);
    assert_eq!(csv.lines().count(), all.len() + 1);
    assert!(csv.starts_with("batchNumber,name,sequence,at,run,attempt,operator,commit,eventType,outcome,change,"));
    assert!(csv.contains(",validation,failure,document,LACKS,Pending,Failed,MissingRole,"), "{csv}");
    project.run(&["audit", "export", "nothing"]).exit(1).says("no batch");
    project.run(&["audit", "export", "--from", "yesterday"]).exit(2).says("with its offset");
}

#[test]
fn a_file_is_there_whole_or_not_at_all() {
    let project = project();
    project.run(&["audit", "export", "batch", "--to", "events.jsonl"]).exit(0);
    let written = fs::read_to_string(project.path("events.jsonl")).unwrap();
    assert_eq!(written, project.run(&["audit", "export", "batch"]).exit(0).stdout);
    project.run(&["audit", "export", "batch", "--to", "no/such/folder.jsonl"]).exit(3).says("no/such/folder.jsonl");
    project.run(&["audit", "export", "nothing", "--to", "events.jsonl"]).exit(1);
    assert_eq!(fs::read_to_string(project.path("events.jsonl")).unwrap(), written);
}

#[test]
fn others_can_check_the_chains_without_us() {
    let project = project();
    project.run(&["audit", "export", "--to", "events.jsonl"]).exit(0);
    let report = "jobs/batch.report/report.json";
    let head = project.show("batch")["audit"]["head"].as_str().unwrap().to_owned();
    script(&["events.jsonl", report], &project).exit(0).says(&head);
    let text = fs::read_to_string(project.path("events.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let checked = |lines: &[&str]| {
        fs::write(project.path("bad.jsonl"), lines.join("\n")).unwrap();
        script(&["bad.jsonl", report], &project)
    };
    let changed = lines[3].replacen("\"run\":1", "\"run\":2", 1);
    checked(&[&lines[..3], &[changed.as_str()], &lines[4..]].concat()).exit(1).says("event 4: it was changed");
    checked(&[&lines[..3], &lines[4..]].concat()).exit(1).says("expected event 4");
    checked(&lines[..4]).exit(1).says("cut off");
}

#[test]
fn a_log_is_checked_and_the_verdict_says_what_it_cannot_show() {
    let project = project();
    let verdict = project.run(&["audit", "verify", "-o", "json"]).exit(0).json();
    assert_eq!((&verdict["formatVersion"], &verdict["sound"]), (&json!(1), &json!(true)));
    assert_eq!(verdict["batches"].as_array().unwrap().len(), 2);
    assert_eq!(verdict["batches"][0]["documents"], 2);
    project.run(&["audit", "verify", "batch"]).exit(0).says("whole").says("none was given (--against)");
    let report = "jobs/batch.report/report.json";
    project.run(&["audit", "verify", "--against", report]).exit(0).says("batch (").says("compared with event");
    project.run(&["audit", "export", "--to", "events.jsonl"]).exit(0);
    let both = project.run(&["audit", "verify", "--against", "events.jsonl", "-o", "json"]).exit(0).json();
    assert_eq!(both["batches"][1]["against"]["event"], project.show("empty")["audit"]["events"]);
    project.run(&["audit", "verify", "empty", "--against", report]).exit(2).says("not among those named");
    project.run(&["audit", "verify", "--against", "batchferry.yaml"]).exit(3).says("neither");
    project.run(&["audit", "verify", "nothing"]).exit(1).says("no batch");
}

#[test]
fn a_head_that_is_not_in_the_log_is_found() {
    let project = project();
    let path = project.path("jobs/batch.report/report.json");
    let mut report: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    report["audit"]["events"] = json!(99);
    fs::write(project.path("later.json"), report.to_string()).unwrap();
    project.run(&["audit", "verify", "--against", "later.json"]).exit(1).says("the log was cut off");
    report["audit"] = json!({"events": 3, "head": "ab".repeat(32)});
    fs::write(project.path("other.json"), report.to_string()).unwrap();
    project.run(&["audit", "verify", "--against", "other.json"]).exit(1).says("the log was written anew");
    report["batchNumber"] = json!("MB-20200101-0001");
    fs::write(project.path("unknown.json"), report.to_string()).unwrap();
    project.run(&["audit", "verify", "--against", "unknown.json"]).exit(1).says("MB-20200101-0001");
}

#[test]
fn a_log_stays_whole_whatever_a_resync_finds() {
    let project = project();
    let whole = |what: &str| {
        let verdict = project.run(&["audit", "verify", "batch", "-o", "json"]);
        assert_eq!(verdict.code, Some(0), "{what}: {}", verdict.stdout);
    };
    project.run(&["resync", "batch"]).exit(1);
    whole("what failed, again");
    project.run(&["resync", "batch", "--all"]).exit(1);
    whole("everything, unchanged");
    let key = "ACME/voucher/2025/01/05/发票-1/cover-1.png";
    let content = fs::read(project.path("src").join(key)).unwrap();
    fs::remove_file(project.path("src").join(key)).unwrap();
    project.run(&["resync", "batch", "--all"]).exit(1);
    whole("a file is gone");
    project.put(key, &content);
    project.run(&["resync", "batch", "--all"]).exit(1);
    whole("and back");
    fs::remove_dir_all(project.path("src/ACME/voucher/2025/01/05/发票-1")).unwrap();
    project.run(&["resync", "batch", "--all"]).exit(1);
    whole("a document is gone");
    project.put("ACME/voucher/2025/01/05/LACKS/invoice-1.png", &distinct("found"));
    project.put_document("2025/01/06", "NEW");
    project.run(&["resync", "batch", "--all"]).exit(1);
    whole("others are new and mended");
}
