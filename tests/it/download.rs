//! Bags: what is in them, what is not, and what others say of them.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::bag;
use crate::project::{Done, Project, distinct};

/// Three sound documents with manifests, one of them with an odd name, and one without an invoice.
fn project() -> Project {
    let project = Project::local();
    for image in ["IMG-1", "img-1", "发票 100%"] {
        project.put_document("2025/01/05", image);
    }
    project.put("ACME/voucher/2025/01/05/LACKS/cover-1.png", &distinct("lacks"));
    project.spec("batch", |spec| {
        spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
        spec["target"] = json!({"store": "dst", "prefix": "archive/",
            "manifest": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/document.json"});
    });
    project.run(&["run"]).exit(1);
    project
}

#[track_caller]
fn read(project: &Project, folder: &str) -> bag::Valid {
    bag::read(&project.path(folder)).unwrap_or_else(|rule| panic!("{folder}: {rule}"))
}

fn lines(project: &Project, path: &str) -> Vec<Value> {
    fs::read_to_string(project.path(path)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn python(project: &Project, words: &[&str]) -> Done {
    Done::of(Command::new("python3").args(words).current_dir(project.path(".")))
}

const AT_TARGET: &str = "dst/archive/ACME/voucher/2025/01/05/IMG-1/cover-1.png";

#[test]
fn a_bag_holds_what_is_at_the_target_with_its_proof() {
    let project = project();
    project.run(&["download", "batch", "--to", "bag"]).exit(0).says("3 documents, 9 files");
    let valid = read(&project, "bag");
    assert_eq!(valid.payload.len(), 9);
    assert_eq!(valid.payload["data/ACME/IMG-1/cover-1.png"], fs::read(project.path(AT_TARGET)).unwrap());
    assert!(!valid.payload.keys().any(|path| path.contains("LACKS")));
    assert_eq!(valid.info["External-Identifier"], project.show("batch")["batchNumber"].as_str().unwrap());
    // No two paths are one where case does not count, and none has what is unsafe.
    let folded: std::collections::BTreeSet<String> = valid.payload.keys().map(|path| path.to_uppercase()).collect();
    assert_eq!(folded.len(), 9, "{:?}", valid.payload.keys());
    assert!(!valid.payload.keys().any(|path| path.contains('%')), "{:?}", valid.payload.keys());
    // Everything in the payload is explained.
    let target = lines(&project, "bag/evidence/target-manifest.jsonl");
    for row in &target {
        let path = row["bagPath"].as_str().unwrap();
        assert_eq!(row["sha256"], batchferry::model::ids::Digest::of(&valid.payload[path]).to_string(), "{row}");
        assert!(row["proof"].is_string() && row["digestBy"].as_str().unwrap().starts_with("batchferry "), "{row}");
    }
    assert_eq!(target.len(), 6);
    assert_eq!(lines(&project, "bag/evidence/source-manifest.jsonl").len(), 7);
    project.run(&["download", "batch", "--to", "bag"]).exit(1).says("finished bag already");
}

#[test]
fn the_evidence_says_all_that_a_later_reader_needs_and_no_secret() {
    let project = project();
    project.run(&["download", "batch", "--to", "bag"]).exit(0);
    let text = |name: &str| fs::read_to_string(project.path("bag/evidence").join(name)).unwrap();
    let show = project.show("batch");
    let reconciliation: Value = serde_json::from_str(&text("reconciliation.json")).unwrap();
    assert_eq!((&reconciliation["documents"], &reconciliation["listed"]), (&show["documents"], &show["listed"]));
    let settings: Value = serde_json::from_str(&text("settings.json")).unwrap();
    assert_eq!((&settings["spec"], &settings["audit"]), (&show["spec"], &show["audit"]));
    assert!(settings["stores"]["dst"]["url"].as_str().unwrap().starts_with("file:"));
    let spec: Value = serde_json::from_str(&text("spec.json")).unwrap();
    assert_eq!(spec["metadata"]["name"], "batch");
    let exceptions = text("exceptions.csv");
    assert!(exceptions.starts_with("\u{feff}imageNumber,"), "{exceptions}");
    assert!(exceptions.contains("LACKS,ACME,voucher,,Failed,MissingRole,"), "{exceptions}");
    assert!(exceptions.contains("LACKS/cover-1.png,Failed,HeldBack,"), "{exceptions}");
    let manifest = fs::read(project.path("bag/manifest-sha256.txt")).unwrap();
    let digest = batchferry::model::ids::Digest::of(&manifest).to_string();
    for (name, words) in [("HANDOVER.md", "Received by"), ("HANDOVER.zh-CN.md", "电子档案移交与接收登记表")]
    {
        let form = text(name);
        assert!(form.contains(words) && form.contains(&digest) && form.contains("SHA-256"), "{form}");
    }
    // As the guide says, with nothing of ours.
    let chain = ["bag/evidence/chain.py", "bag/evidence/events.jsonl", "bag/evidence/report/report.json"];
    python(&project, &chain).exit(0).says(show["audit"]["head"].as_str().unwrap());
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let mut check = Command::new("sha256sum");
        Done::of(check.args(["-c", "--quiet", manifest]).current_dir(project.path("bag"))).exit(0);
    }
}

#[test]
fn a_file_that_is_not_what_its_receipt_says_is_not_in_the_bag_which_is_not_finished() {
    let project = project();
    let sound = fs::read(project.path(AT_TARGET)).unwrap();
    let mut bytes = sound.clone();
    bytes[50] ^= 1;
    fs::write(project.path(AT_TARGET), &bytes).unwrap();
    let done = project.run(&["download", "batch", "--to", "bag"]).exit(1);
    assert!(
        done.stderr.contains("not in the bag: archive/ACME/voucher/2025/01/05/IMG-1/cover-1.png (IMG-1)"),
        "{done:?}"
    );
    assert!(!project.path("bag/bagit.txt").exists() && !project.path("bag/data/ACME/IMG-1/cover-1.png").exists());
    let note = fs::read_to_string(project.path("bag/INCOMPLETE.txt")).unwrap();
    assert!(note.contains("no finished bag") && note.contains("IMG-1/cover-1.png"), "{note}");
    project.run(&["download", "batch", "--to", "bag.zip"]).exit(1);
    assert!(!project.path("bag.zip").exists());
    fs::remove_file(project.path(AT_TARGET)).unwrap();
    project.run(&["download", "batch", "--to", "bag"]).exit(1).says("it is not there");
    // What is there and right is kept; what is there and wrong is fetched anew.
    fs::write(project.path(AT_TARGET), sound).unwrap();
    let damaged = project.path("bag/data/ACME/IMG-1/invoice-1.png");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[50] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    project.run(&["download", "batch", "--to", "bag"]).exit(0).says("7 of them kept from before");
    assert_eq!(read(&project, "bag").payload.len(), 9);
    assert!(!project.path("bag/INCOMPLETE.txt").exists() && !project.path("bag/.incoming").exists());
}

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let project = project();
    project.put_at("bag", "letter.txt", b"mine");
    project.run(&["download", "batch", "--to", "bag"]).exit(1).says("not of this bag");
    assert_eq!(crate::project::objects_below(&project.path("bag")).len(), 1);
    // One that was begun for something else, too.
    fs::remove_file(project.path(AT_TARGET)).unwrap();
    project.run(&["download", "batch", "--document", "IMG-1", "--to", "other"]).exit(1);
    project.run(&["download", "batch", "--to", "other"]).exit(1).says("not of this bag");
    fs::write(project.path("file.zip"), "mine").unwrap();
    project.run(&["download", "batch", "--document", "img-1", "--to", "file.zip"]).exit(1).says("already");
    // A file that somebody put among the payload is named before the bag is finished.
    project.put_at("other", "data/stray.txt", b"mine");
    let cover = fs::read(project.path("src/ACME/voucher/2025/01/05/IMG-1/cover-1.png")).unwrap();
    fs::write(project.path(AT_TARGET), cover).unwrap();
    project.run(&["download", "batch", "--document", "IMG-1", "--to", "other"]).exit(3).says("data/stray.txt");
}

#[test]
fn documents_and_roles_are_chosen_and_the_source_gives_every_file_as_it_was_listed() {
    let project = project();
    project.run(&["download", "batch", "--document", "IMG-1", "--role", "invoice", "--to", "one"]).exit(0);
    assert_eq!(read(&project, "one").payload.keys().collect::<Vec<_>>(), ["data/ACME/IMG-1/invoice-1.png"]);
    project.run(&["download", "batch", "--document", "NONE", "--to", "none"]).exit(1).says("NONE");
    assert!(!project.path("none").exists());
    project.run(&["download", "batch", "--from", "source", "--to", "source"]).exit(0);
    let valid = read(&project, "source");
    assert_eq!(valid.payload.len(), 7);
    let lacks = "data/ACME/LACKS/cover-1.png";
    assert_eq!(valid.payload[lacks], distinct("lacks"));
    let rows = lines(&project, "source/evidence/source-manifest.jsonl");
    assert!(rows.iter().any(|row| row["bagPath"] == lacks && row["status"] == "Failed"), "{rows:?}");
    // What has changed there since is not what was listed.
    project.put("ACME/voucher/2025/01/05/IMG-1/cover-1.png", &distinct("another"));
    project.run(&["download", "batch", "--from", "source", "--to", "later"]).exit(1).says("IMG-1/cover-1.png");
}

#[test]
fn a_zip_is_a_bag_that_others_open() {
    let project = project();
    project.run(&["download", "batch", "--to", "handover.zip"]).exit(0);
    let script = "import sys, zipfile; z = zipfile.ZipFile('handover.zip'); assert z.testzip() is None; \
                  assert all(i.compress_type == 0 for i in z.infolist()); z.extractall('opened'); print(len(z.namelist()))";
    python(&project, &["-c", script]).exit(0);
    let valid = read(&project, "opened/handover");
    assert_eq!(valid.payload.len(), 9);
    assert!(
        fs::read_dir(project.path("."))
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().starts_with(".incoming") })
    );
}
