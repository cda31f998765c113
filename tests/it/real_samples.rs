//! One batch over files that other programs made: what came of the checks of each.

use std::fs;

use serde_json::json;

use crate::outcomes::outcomes_in;
use crate::project::Project;

/// A file of `tests/data/real`, and what came of resolution (at least 200 dpi) and pages (at most one). Each can be read to
/// its end.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("ccitt.pdf", "Pass", "Pass"),
    ("jbig2.pdf", "Pass", "Pass"),
    ("cardinal.pdf", "Pass", "Warn"),
    ("hugemono.pdf", "Pass", "Pass"),
    ("palette.pdf", "Warn", "Pass"),
    ("aspect.pdf", "Warn", "Pass"),
    ("baiona_gray.png", "Unknown", "Pass"),
    ("toc.pdf", "NotApplicable", "Warn"),
    ("acroform.pdf", "NotApplicable", "Pass"),
    ("livecycle.pdf", "NotApplicable", "Pass"),
    ("negzero.pdf", "NotApplicable", "Pass"),
    ("overlay.pdf", "NotApplicable", "Pass"),
];

#[test]
fn real_files_are_read_to_their_end_and_have_the_resolution_and_the_pages_that_others_find_in_them() {
    let folder = format!("{}/tests/data/real", env!("CARGO_MANIFEST_DIR"));
    // Beside them, the file that is none, and where all are from.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), SAMPLES.len() + 2, "each has its expectation");
    let project = Project::local();
    for (name, ..) in SAMPLES {
        let (image, extension) = name.split_once('.').unwrap();
        let content = fs::read(format!("{folder}/{name}")).unwrap();
        project.put(&format!("ACME/voucher/2025/01/15/{image}/cover-1.{extension}"), &content);
    }
    project.spec("real", |spec| {
        spec["checks"] = json!({
            "readable": {"depth": "Full"},
            "resolution": {"minDpi": 200, "severity": "Warn"}, "pages": {"max": 1, "severity": "Warn"},
        });
    });
    project.run(&["run"]).exit(0).says("Complete");
    let found = SAMPLES.iter().map(|(name, ..)| {
        let outcomes = outcomes_in(&project, "real", name.split_once('.').unwrap().0, "");
        assert_eq!((&*outcomes["readable"], &*outcomes["notEncrypted"]), ("Pass", "Pass"), "{name}");
        (*name, outcomes["resolution"].clone(), outcomes["pages"].clone())
    });
    let found: Vec<_> = found.collect();
    let expected: Vec<_> = SAMPLES.iter().map(|(name, dpi, pages)| (*name, (*dpi).into(), (*pages).into())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_head_and_an_end_with_nothing_between_them_are_no_pdf_and_their_document_is_not_copied() {
    let content = fs::read(format!("{}/tests/data/real/invalid.pdf", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let project = Project::local();
    project.put("ACME/voucher/2025/01/15/invalid/cover-1.pdf", &content);
    for depth in ["Header", "Full"] {
        let name = depth.to_lowercase();
        project.spec(&name, |spec| {
            spec["target"]["prefix"] = json!(format!("{name}/"));
            spec["checks"] = json!({"readable": {"depth": depth}});
        });
        project.run(&["run", &format!("jobs/{name}.yaml")]).exit(1);
        assert_eq!(outcomes_in(&project, &name, "invalid", "")["readable"], "Fail", "{depth}");
    }
    let report = project.run(&["files", "full", "invalid"]).exit(0).stdout;
    assert!(report.contains("Unreadable"), "{report}");
}
