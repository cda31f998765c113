//! A plan in its forms: for people, for programs, for a pull request; each names what a run would refuse.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::project::{PNG, Project};

/// Two documents that may move, one of which is there already, and three that fail, each for a reason of its own.
fn mixed(languages: &Value) -> Project {
    let project = Project::with_config(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}, "reports": {"languages": languages},
    }));
    let key = |image: &str, file: &str| format!("ACME/voucher/2025/01/05/{image}/{file}");
    project.put_document("2025/01/05", "GOOD");
    project.put(&key("THERE", "cover-1.png"), PNG);
    project.put_at("dst", &key("THERE", "cover-1.png"), PNG);
    project.put(&key("CUT", "cover-1.png"), &PNG[..PNG.len() / 2]);
    project.put(&key("EMPTY|x", "cover-1.png"), b"");
    project.put(&key("WRONG", "cover-1.pdf"), PNG);
    project.spec("batch", |_| {});
    project
}

/// Image numbers with their codes.
fn failed(items: &Value) -> BTreeMap<String, Value> {
    let items = items.as_array().unwrap();
    items.iter().map(|item| (item["imageNumber"].as_str().unwrap().to_owned(), item["code"].clone())).collect()
}

#[test]
fn a_plan_in_json_names_every_document_that_the_run_refuses_then() {
    let project = mixed(&json!(["en"]));
    let plan = project.run(&["plan", "jobs/batch.yaml", "-o", "json"]).exit(1).json();
    assert_eq!(plan["failedDocuments"]["total"], 3);
    let rows = plan["failedDocuments"]["rows"].as_array().unwrap();
    let planned = failed(&rows.iter().map(|row| row["document"].clone()).collect());
    project.run(&["run"]).exit(1);
    let ran = project.run(&["documents", "batch", "--status", "failed", "-o", "json"]).exit(0).json();
    assert_eq!(planned, failed(&ran));
    assert_eq!(ran.as_array().unwrap().len(), 3);
}

#[test]
fn a_plan_in_text_names_every_document_that_would_fail() {
    let plan = mixed(&json!(["en"])).run(&["plan", "jobs/batch.yaml"]).exit(1);
    for (image, reason) in [("CUT", "Truncated"), ("EMPTY|x", "EmptyFile"), ("WRONG", "TypeMismatch")] {
        assert!(plan.stdout.contains(&format!("would fail: {image}: ")), "{plan:#?}");
        assert!(plan.stdout.contains(reason), "{plan:#?}");
    }
}

#[test]
fn a_plan_in_markdown_is_made_for_a_pull_request() {
    for language in ["en", "zh-CN"] {
        let plan = mixed(&json!([language])).run(&["plan", "jobs/batch.yaml", "-o", "markdown"]).exit(1);
        insta::with_settings!({filters => vec![(r"tester \(.*?\)|`unknown[^`]*`", "[operator]")]}, {
            insta::assert_snapshot!(format!("plan-{language}"), plan.stdout);
        });
    }
}
