//! Batches that select nothing say so wherever one looks.

use serde_json::json;

use crate::project::Project;

fn empty(allow: bool) -> Project {
    let project = Project::local();
    project.put_document("2025/02/05", "IMG-1");
    project.spec("batch", |spec| spec["allowEmpty"] = json!(allow));
    project
}

#[test]
fn a_plan_and_a_run_of_nothing_agree() {
    let project = empty(false);
    project.run(&["plan", "jobs/batch.yaml"]).exit(1).says("NothingSelected");
    project.run(&["run"]).exit(1).says("failed: NothingSelected: ").says("no document is in scope: check the range");
    let show = project.show("batch");
    assert_eq!((&show["syncStatus"], &show["failures"][0]["code"]), (&json!("Failed"), &json!("NothingSelected")));
    assert_eq!(show["failures"][0]["documents"], 0);
    let report = std::fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap();
    assert!(report.contains("- **NothingSelected**: "), "{report}");
}

#[test]
fn nothing_is_enough_where_the_spec_says_so() {
    let project = empty(true);
    project.run(&["plan", "jobs/batch.yaml"]).exit(0);
    let said = project.run(&["run"]).exit(0).says("  done");
    assert!(!said.stdout.contains("NothingSelected"), "{said:?}");
    assert_eq!(project.show("batch")["failures"], json!([]));
}
