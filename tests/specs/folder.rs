//! Folders of specs.

use serde_json::{Value, json};

use crate::program::{Folder, GOOD};

fn named(name: &str) -> String {
    GOOD.replace("name: good", &format!("name: {name}"))
}

fn files(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["file"].as_str().unwrap()).collect()
}

#[test]
fn two_specs_with_one_name_are_both_invalid_and_name_each_other() {
    let folder = Folder::new();
    folder.write("jobs/first.yaml", named("same").as_bytes());
    folder.write("jobs/deep/second.yml", named("same").as_bytes());
    folder.write("jobs/third.yaml", named("other").as_bytes());
    let said = folder.validate(&["jobs"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    insta::assert_snapshot!("folder-two-with-one-name", format!("{}{}", said.stderr, said.stdout));
    let json = folder.validate_json("jobs");
    assert_eq!(files(&json["invalid"]), ["jobs/deep/second.yml", "jobs/first.yaml"]);
    assert_eq!(files(&json["valid"]), ["jobs/third.yaml"]);
}

#[test]
fn specs_that_come_after_each_other_are_all_invalid_and_those_behind_them_are_not() {
    let folder = Folder::new();
    let spec = |name: &str, after: &str| format!("{}  after: {after}\n", named(name));
    folder.write("jobs/a.yaml", spec("a", "[free, b]").as_bytes());
    folder.write("jobs/b.yaml", spec("b", "[c]").as_bytes());
    folder.write("jobs/c.yaml", spec("c", "\n    - never-written\n    - a").as_bytes());
    folder.write("jobs/free.yaml", named("free").as_bytes());
    folder.write("jobs/behind.yaml", spec("behind", "[a, free]").as_bytes());
    let said = folder.validate(&["jobs"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    insta::assert_snapshot!("folder-cycle", format!("{}{}", said.stderr, said.stdout));
    let json = folder.validate_json("jobs");
    assert_eq!(files(&json["valid"]), ["jobs/behind.yaml", "jobs/free.yaml"]);
    assert_eq!(json["invalid"][0]["diagnostics"][0]["field"], "spec.after.1");
}

#[test]
fn a_broken_spec_among_good_ones_is_told_apart_as_json() {
    let folder = Folder::new();
    folder.write("jobs/a.yaml", named("a").as_bytes());
    folder.write("jobs/b.yaml", named("b").replace("to: 2025-01-31", "to: 2024-01-31").as_bytes());
    folder.write("jobs/c.yaml", named("c").as_bytes());
    folder.write("jobs/a.report/report.yaml", b"[");
    folder.write("jobs/.git/x.yaml", b"[");
    folder.write("jobs/values.yaml", b"apiVersion: v1\nkind: ConfigMap\n");
    folder.write("jobs/notes.txt", b"[");
    let said = folder.validate(&["jobs", "-o", "json"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!("folder-json", said.stdout);
}

#[test]
fn a_yaml_of_someone_else_is_ignored_in_a_folder_and_refused_by_name() {
    let folder = Folder::new();
    folder.write("jobs/compose.yaml", b"services: {web: {image: nginx}}\n");
    let json = folder.validate_json("jobs");
    assert_eq!((&json["ignored"], &json["invalid"]), (&json!(["jobs/compose.yaml"]), &json!([])));
    assert_eq!(folder.validate(&["jobs"]).code, Some(0));
    let said = folder.validate(&["jobs/compose.yaml"]);
    assert_eq!(said.code, Some(1));
    insta::assert_snapshot!("folder-not-a-batch", said.stderr);
}

#[test]
fn of_a_folder_or_file_that_is_not_there_nothing_can_be_told() {
    let folder = Folder::new();
    for name in ["nowhere.yaml", "nowhere"] {
        let said = folder.validate(&[name]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(3), ""), "{said:?}");
        assert!(said.stderr.starts_with(&format!("error: {name} cannot be read: No such file")), "{said:?}");
    }
}

#[test]
fn paths_are_printed_as_they_can_be_opened() {
    let folder = Folder::new();
    folder.write("jobs/a/x.yaml", b"apiVersion: batchferry/v1\nkind: MigrationBatch\nspec: {}\n");
    for (given, path) in [("jobs", "jobs/a/x.yaml"), ("./jobs", "./jobs/a/x.yaml"), ("jobs/a", "jobs/a/x.yaml")] {
        let said = folder.validate(&[given]);
        assert_eq!(said.code, Some(1));
        assert!(said.stderr.contains(&format!("--> {path}:3:")), "{said:?}");
    }
    assert_eq!(folder.validate_json("jobs")["invalid"][0]["file"], "jobs/a/x.yaml");
}

#[test]
fn the_same_spec_has_the_same_digest_whatever_its_comments_order_and_form() {
    let folder = Folder::new();
    folder.write("one.yaml", GOOD.as_bytes());
    let first = digest(&folder, "one.yaml");
    folder.write("one.yaml", format!("# said otherwise\n{}", GOOD.replace("[ACME]", "\n      - 'ACME'")).as_bytes());
    assert_eq!(digest(&folder, "one.yaml"), first);
    folder.write("one.yaml", GOOD.replace("[ACME]", "[ACME, B]").as_bytes());
    assert_ne!(digest(&folder, "one.yaml"), first);
}

fn digest(folder: &Folder, path: &str) -> Value {
    folder.validate_json(path)["valid"][0]["digest"].clone()
}
