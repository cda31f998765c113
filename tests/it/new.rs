//! `new` writes specs that are what the flags say.

use crate::project::Project;

const KEYS: &str = "{organization}/{collected:%Y/%m/%d}/{imageNumber}/";

fn words<'w>(name: &'w str, keys: &'w str) -> Vec<&'w str> {
    let range = ["--from", "2025-01-01", "--to", "2025-01-31", "--time-zone", "Asia/Shanghai"];
    [&["new", name], &range[..], &["--source", "src", "--target", "dst/a/", "--keys", keys]].concat()
}

#[test]
fn a_name_that_looks_like_a_number_is_still_a_name() {
    let project = Project::local();
    let keys = format!("{KEYS}{{role}}-{{sequence}}.{{extension}}");
    for name in ["2025", "1e5", "0x1f", "true", "null", "2025-01-01", "acme-q1"] {
        let spec = project.run(&words(name, &keys)).exit(0).stdout;
        std::fs::write(project.path("jobs/new.yaml"), &spec).unwrap();
        let json = project.run(&["validate", "jobs/new.yaml", "-o", "json"]).exit(0).json();
        assert_eq!(json["valid"][0]["name"], name, "{spec}");
        assert!(spec.contains("from: 2025-01-01\n") && spec.contains("requiredRoles: {cover: 1}"), "{spec}");
    }
}

#[test]
fn roles_are_required_only_where_keys_tell_them() {
    let project = Project::local();
    let spec = project.run(&words("batch", &format!("{KEYS}{{fileName}}"))).exit(0).stdout;
    assert!(!spec.contains("requiredRoles"), "{spec}");
}

#[test]
fn a_config_that_is_broken_is_not_passed_over() {
    let project = Project::local();
    let keys = format!("{KEYS}{{fileName}}");
    std::fs::write(project.path("broken.yaml"), "stores: 1\n").unwrap();
    let with = |config: &str| project.run(&[&words("batch", &keys), &["--config", config][..]].concat());
    with("broken.yaml").exit(3).says("broken.yaml");
    with("nowhere.yaml").exit(3).says("nowhere.yaml");
    with("batchferry.yaml").exit(0);
}

#[test]
fn a_spec_is_laid_out_for_people() {
    let project = Project::local();
    let keys = format!("{KEYS}{{role}}-{{sequence}}.{{extension}}");
    let filters = ["--organization", "ACME-*", "--organization", "发票: #1", "--type", "expense-report"];
    let spec = project.run(&[&words("acme-q1", &keys), &filters[..]].concat()).exit(0).stdout;
    insta::assert_snapshot!("new", spec);
}
