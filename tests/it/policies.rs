//! What the operator's policies do not allow is refused before a byte moves, and the message says whom to ask for what.

use std::fs;

use serde_json::{Value, json};

use crate::project::Project;

fn config(policies: &Value) -> Value {
    json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}, "policies": policies})
}

/// A document, and a spec `batch` in `jobs/finance`.
fn project(policies: &Value) -> Project {
    let project = Project::with_config(&config(policies));
    project.put_document("2025/01/05", "DOC-1");
    fs::create_dir(project.path("jobs/finance")).unwrap();
    project.spec("finance/batch", |_| ());
    name(&project, "finance/batch", "batch");
    project
}

/// The helper calls a batch by its whole path, which is no name.
fn name(project: &Project, path: &str, name: &str) {
    let file = project.path("jobs").join(format!("{path}.yaml"));
    let text = fs::read_to_string(&file).unwrap().replace(&format!("\"{path}\""), &format!("\"{name}\""));
    fs::write(file, text).unwrap();
}

#[test]
fn a_spec_moves_what_a_policy_lets_it_and_is_refused_all_else_with_its_line_and_whom_to_ask() {
    let allowed = json!([{"specs": "finance/**", "read": [{"store": "src"}], "write": [{"store": "dst"}]}]);
    let project = project(&json!([]));
    let refused = |policies: Value, said: &str| {
        project.configure(&config(&policies));
        for words in [&["validate", "jobs"][..], &["plan", "jobs/finance/batch.yaml"], &["run"], &["run", "batch"]] {
            if words == ["run", "batch"] {
                // What is not valid has no name to be called by.
                project.run(words).exit(2);
            } else {
                project.run(words).exit(1).says(said).says("ask the operator");
            }
        }
        assert_eq!(project.objects("dst").len(), 0);
    };
    refused(json!([]), "an empty list, which allows nothing");
    refused(json!([{"specs": "hr/**", "read": [{"store": "src"}]}]), "the config has policies for \"hr/**\"");
    refused(json!([{"specs": "*", "read": [{"store": "src"}]}]), "no policy is for the spec \"finance/batch.yaml\"");
    refused(json!([{"specs": "**", "read": [{"store": "src"}]}]), "it may write to no store");
    let narrow = json!([{"specs": "**", "read": [{"store": "src"}], "write": [{"store": "dst", "prefix": "in/"}]}]);
    refused(narrow, "policy 1 lets it write to store \"dst\" below \"in/\" alone");
    let found = project.run(&["validate", "jobs", "-o", "json"]).exit(1).json();
    let problem = &found["invalid"][0]["diagnostics"][0];
    assert_eq!((&problem["rule"], &problem["field"]), (&json!("policy"), &json!("spec.target.prefix")));
    project.configure(&config(&allowed));
    project.run(&["plan", "jobs/finance/batch.yaml"]).exit(0);
    project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(project.objects("dst").len(), 2);
}

#[test]
fn what_may_be_written_is_overwritten_only_where_a_policy_says_so() {
    let policy = |overwrite: bool| {
        config(&json!([
            {"specs": "**", "read": [{"store": "src"}], "write": [{"store": "dst"}], "overwrite": overwrite}
        ]))
    };
    let project = Project::with_config(&policy(false));
    project.put_document("2025/01/05", "DOC-1");
    project.put_at("dst", "ACME/voucher/2025/01/05/DOC-1/cover-1.png", b"another");
    project.spec("batch", |spec| spec["target"]["onConflict"] = json!("Overwrite"));
    project.run(&["run"]).exit(1).says("overwrite nothing");
    assert_eq!(project.objects("dst").len(), 1);
    project.configure(&policy(true));
    project.run(&["run"]).exit(0).says("Complete");
    assert_ne!(project.objects("dst")["ACME/voucher/2025/01/05/DOC-1/cover-1.png"], b"another");
}

#[test]
fn a_batch_that_is_not_allowed_any_more_is_not_run_again_and_can_still_be_verified_and_downloaded() {
    let project = project(&json!([{"specs": "**", "read": [{"store": "src"}], "write": [{"store": "dst"}]}]));
    project.run(&["run"]).exit(0);
    project.put_document("2025/01/06", "DOC-2");
    project.configure(&config(&json!([{"specs": "**", "read": [{"store": "src"}]}])));
    project.run(&["resync", "batch", "--all"]).exit(1).says("PolicyDenied").says("ask the operator");
    assert_eq!(project.objects("dst").len(), 2);
    project.run(&["verify", "batch"]).exit(0);
    let to = project.path("bag").display().to_string();
    project.run(&["download", "batch", "--to", &to]).exit(0);
}

#[test]
fn a_new_spec_is_judged_where_it_is_to_lie() {
    let project = project(&json!([{"specs": "finance/**", "read": [{"store": "src"}], "write": [{"store": "dst"}]}]));
    let keys = "{organization}/{collected:%Y/%m/%d}/{imageNumber}/{fileName}";
    let new = |more: &[&str]| {
        let words = ["new", "q1", "--from", "2025-01-01", "--to", "2025-01-31", "--time-zone", "Asia/Shanghai"];
        let places = ["--source", "src", "--target", "dst/q1/", "--keys", keys];
        project.run(&[&words[..], &places, more].concat())
    };
    new(&["--write", "jobs/q1.yaml"]).exit(1).says("no policy is for the spec \"q1.yaml\"");
    assert!(!project.path("jobs/q1.yaml").exists());
    new(&["--write", "jobs/finance/q1.yaml"]).exit(0);
    new(&[]).exit(0);
}
