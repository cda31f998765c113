//! What came of each check: a pass can be told from what has no meaning for a file, and from what never ran.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::project::{Project, distinct};

fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("{}/tests/data/images/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A JPEG whose head says 72 dpi.
fn coarse() -> Vec<u8> {
    let mut bytes = sample("jfif-inch-300.jpg");
    // Unit, dots across, dots down: after two markers, a length, "JFIF\0" and a version.
    bytes[13..18].copy_from_slice(&[1, 0, 72, 0, 72]);
    bytes
}

fn project() -> Project {
    let project = Project::local();
    let put = |image: &str, file: &str, content: &[u8]| {
        project.put(&format!("ACME/voucher/2025/01/15/{image}/{file}"), content);
    };
    put("GOOD", "cover-1.png", &distinct("good"));
    put("COARSE", "cover-1.jpg", &coarse());
    put("SILENT", "cover-1.jpg", &sample("jfif-unit0.jpg"));
    put("XML", "cover-1.xml", &sample("utf-8.xml"));
    put("UNREAD", "cover-1.png", &distinct("unread"));
    put("UNREAD", "cover-2.png", b"");
    put("READ", "cover-1.png", &distinct("read"));
    put("READ", "cover-2.jpg", &sample("truncated.jpg"));
    project.spec("batch", |spec| {
        spec["checks"] = json!({"resolution": {"minDpi": 200, "severity": "Warn"}, "pages": {"max": 5}});
    });
    project.run(&["run"]).exit(1);
    project
}

/// Outcomes by check, of the file of batch `batch` whose key ends so.
fn outcomes(project: &Project, image: &str, name: &str) -> BTreeMap<String, String> {
    outcomes_in(project, "batch", image, name)
}

/// The same in any batch.
pub fn outcomes_in(project: &Project, batch: &str, image: &str, name: &str) -> BTreeMap<String, String> {
    let files: Value = project.run(&["files", batch, image, "-o", "json"]).exit(0).json();
    let file = files.as_array().unwrap().iter().find(|file| file["sourceKey"].as_str().unwrap().ends_with(name));
    let text = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    let checks = file.unwrap()["checks"].as_array().unwrap();
    checks.iter().map(|check| (text(check, "check"), text(check, "outcome"))).collect()
}

#[test]
fn every_check_of_every_file_says_what_came_of_it() {
    let project = project();
    let check = |image: &str, name: &str, check: &str| outcomes(&project, image, name)[check].clone();
    let good = outcomes(&project, "GOOD", "cover-1.png");
    let asked = [
        "duplicateDocument",
        "notEmpty",
        "notEncrypted",
        "pages",
        "readable",
        "resolution",
        "safeKey",
        "typeMatches",
        "unrecognisedFiles",
    ];
    assert_eq!(good.keys().collect::<Vec<_>>(), asked, "and none that nobody asked for");
    assert!(good.values().all(|outcome| outcome == "Pass"), "{good:?}");
    assert_eq!(check("COARSE", "cover-1.jpg", "resolution"), "Warn");
    assert_eq!(check("SILENT", "cover-1.jpg", "resolution"), "Unknown");
    for name in ["resolution", "pages"] {
        assert_eq!(check("XML", "cover-1.xml", name), "NotApplicable");
    }
    // Held back before it was read, and after.
    let unread = outcomes(&project, "UNREAD", "cover-1.png");
    for (name, outcome) in [("readable", "NotRun"), ("resolution", "NotRun"), ("safeKey", "Pass")] {
        assert_eq!(unread[name], outcome, "{unread:?}");
    }
    assert_eq!(check("UNREAD", "cover-2.png", "notEmpty"), "Fail");
    assert_eq!(check("READ", "cover-1.png", "readable"), "Pass");
    assert_eq!(check("READ", "cover-2.jpg", "readable"), "Fail");
    let files = project.run(&["files", "batch", "COARSE", "-o", "json"]).exit(0).json();
    let resolution = files[0]["checks"].as_array().unwrap().iter().find(|row| row["check"] == "resolution").unwrap();
    assert_eq!(resolution["group"], "usability");
}

#[test]
fn the_table_names_the_worst_and_the_report_the_bag_and_the_log_know_of_it() {
    let project = project();
    for (image, worst) in [
        ("GOOD", "pass"),
        ("COARSE", "warn: resolution"),
        ("SILENT", "unknown: resolution"),
        ("XML", "pass"),
        ("UNREAD", "not run"),
        ("READ", "fail: readable"),
    ] {
        let csv = project.run(&["files", "batch", image, "-o", "csv"]).exit(0).stdout;
        assert!(csv.lines().any(|line| line.ends_with(&format!(",{worst},,"))), "{image}: {csv}");
    }
    let report = fs::read_to_string(project.path("jobs/batch.report/report.html")).unwrap();
    for words in ["not determined: resolution", "无法确定：分辨率", "not applicable: resolution, pages", "not run: "]
    {
        assert!(report.contains(words), "{words}");
    }
    project.run(&["download", "batch", "--to", "bag"]).exit(0);
    let checks = fs::read_to_string(project.path("bag/evidence/checks.csv")).unwrap();
    assert!(checks.starts_with("\u{feff}imageNumber,sourceKey,check,group,outcome\n"), "{checks}");
    for row in [
        "SILENT,ACME/voucher/2025/01/15/SILENT/cover-1.jpg,resolution,usability,Unknown\n",
        "UNREAD,ACME/voucher/2025/01/15/UNREAD/cover-1.png,readable,usability,NotRun\n",
        "XML,ACME/voucher/2025/01/15/XML/cover-1.xml,pages,completeness,NotApplicable\n",
    ] {
        assert!(checks.contains(row), "{row}: {checks}");
    }
    project.run(&["audit", "verify"]).exit(0);
}

#[test]
fn a_document_that_is_taken_again_keeps_what_came_of_its_checks() {
    let project = project();
    let before = outcomes(&project, "COARSE", "cover-1.jpg");
    project.run(&["resync", "batch", "--all"]).exit(1);
    assert_eq!(outcomes(&project, "COARSE", "cover-1.jpg"), before);
    assert_eq!(outcomes(&project, "UNREAD", "cover-1.png")["readable"], "NotRun");
    project.run(&["audit", "verify"]).exit(0);
}

#[test]
fn a_warning_outlives_the_manifest_that_could_not_be_written_at_first() {
    for again in [&["resync", "batch"][..], &["resync", "batch", "--all"]] {
        let project = Project::local();
        project.put("ACME/voucher/2025/01/15/COARSE/cover-1.jpg", &coarse());
        project.put_at("dst", "manifests/COARSE.json", b"someone else's");
        project.spec("batch", |spec| {
            spec["checks"] = json!({"resolution": {"minDpi": 200, "severity": "Warn"}});
            spec["target"]["manifest"] = json!("manifests/{imageNumber}.json");
        });
        project.run(&["run"]).exit(1);
        assert_eq!(project.documents("batch")["COARSE"], "Conflict");
        std::fs::remove_file(project.path("dst/manifests/COARSE.json")).unwrap();
        project.run(again).exit(0);
        let warnings = project.report("batch")["warnings"].clone();
        assert_eq!(
            (&warnings[0]["code"], &warnings[0]["documents"]),
            (&json!("ResolutionTooLow"), &json!(1)),
            "{again:?}"
        );
        assert_eq!(outcomes(&project, "COARSE", "cover-1.jpg")["resolution"], "Warn", "{again:?}");
    }
}
