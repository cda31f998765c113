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

#[test]
fn yaml_of_other_tools_is_ignored_however_it_is_written() {
    let folder = Folder::new();
    folder.write("jobs/ok.yaml", GOOD.as_bytes());
    folder.write("jobs/k8s.yaml", b"apiVersion: v1\nkind: Service\n---\napiVersion: apps/v1\nkind: Deployment\n");
    folder.write("jobs/templates/helm.yaml", b"{{- if .Values.x }}\nkind: {{ .Values.kind }}\n{{- end }}\n");
    folder.write("jobs/tabs.yml", b"a:\n\tb: 1\n");
    folder.write("jobs/empty.yaml", b"");
    folder.write("jobs/gbk.yaml", b"kind: \xb2\xc9\xbc\xaf\n");
    folder.write("jobs/large.yaml", format!("a: {}\n", "x".repeat(300_000)).as_bytes());
    folder.write("jobs/aliases.yaml", format!("a: &a 1\nb: [{}]\n", ["*a"; 40].join(", ")).as_bytes());
    let json = folder.validate_json("jobs");
    assert_eq!(json["invalid"], json!([]));
    assert_eq!(json["ignored"].as_array().unwrap().len(), 7, "{json}");
    assert_eq!(folder.validate(&["jobs"]).code, Some(0));
    let said = folder.validate(&["jobs/k8s.yaml"]);
    assert!(said.code == Some(1) && said.stderr.contains("a file holds one document"), "{said:?}");
}

#[test]
fn what_cannot_be_read_and_speaks_of_us_is_told() {
    let folder = Folder::new();
    folder.write("jobs/two.yaml", b"kind: ConfigMap\n---\nkind: MigrationBatch\n");
    folder.write("jobs/broken.yaml", b"apiVersion: batchferry/v1\nkind: [\n");
    let json = folder.validate_json("jobs");
    assert_eq!(files(&json["invalid"]), ["jobs/broken.yaml", "jobs/two.yaml"]);
}

#[test]
fn specs_that_would_share_a_report_folder_are_both_invalid() {
    let folder = Folder::new();
    folder.write("jobs/q1.yaml", named("a").as_bytes());
    folder.write("jobs/q1.yml", named("b").as_bytes());
    folder.write("jobs/deep/q1.yml", named("c").as_bytes());
    folder.write("jobs/q2.yaml", named("d").as_bytes());
    folder.write("jobs/q2.yml", b"kind: ConfigMap\n");
    let json = folder.validate_json("jobs");
    assert_eq!(files(&json["invalid"]), ["jobs/q1.yaml", "jobs/q1.yml"]);
    assert_eq!(files(&json["valid"]), ["jobs/deep/q1.yml", "jobs/q2.yaml"]);
    let message = json["invalid"][0]["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.contains("q1.report") && message.contains("q1.yml"), "{message}");
}

#[test]
fn a_folder_that_cannot_be_read_hides_no_other() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("jobs/a.yaml", named("a").as_bytes());
    folder.write("jobs/closed/b.yaml", named("b").as_bytes());
    let set = |path: &str, mode: u32| {
        std::fs::set_permissions(folder.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set("jobs/closed", 0o000);
    // No permission stops root, so that the program runs as somebody else then, if somebody else may run it.
    let is_root = std::fs::read_dir(folder.path("jobs/closed")).is_ok();
    set("", 0o755);
    let said = folder.validate_as(is_root.then_some(65_534), &["jobs", "-o", "json"]);
    set("jobs/closed", 0o755);
    let Some(said) = said else { return };
    let json: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    assert_eq!(said.code, Some(1));
    assert_eq!((files(&json["valid"]), files(&json["invalid"])), (vec!["jobs/a.yaml"], vec!["jobs/closed"]));
    let message = json["invalid"][0]["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.contains("the folder cannot be read"), "{message}");
}

#[test]
fn links_are_followed_within_the_jobs_directory_and_not_out_of_it() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.write("jobs/hidden/.a", named("a").as_bytes());
    folder.write("outside.yaml", named("b").as_bytes());
    symlink("hidden/.a", folder.path("jobs/in.yaml")).unwrap();
    symlink("../outside.yaml", folder.path("jobs/out.yaml")).unwrap();
    symlink("nowhere.yaml", folder.path("jobs/dangling.yaml")).unwrap();
    let json = folder.validate_json("jobs");
    assert_eq!(files(&json["valid"]), ["jobs/in.yaml"]);
    assert_eq!(files(&json["invalid"]), ["jobs/dangling.yaml", "jobs/out.yaml"]);
    assert_eq!(json["invalid"][1]["diagnostics"][0]["rule"], "link");
}

#[test]
fn without_a_config_stores_are_not_looked_up_and_that_is_said() {
    let folder = Folder::new();
    folder.write("jobs/a.yaml", GOOD.replace("store: src", "store: nowhere").as_bytes());
    std::fs::remove_file(folder.path("batchferry.yaml")).unwrap();
    let said = folder.validate(&["jobs"]);
    // An installed config of this machine would be found instead.
    if !std::path::Path::new("/etc/batchferry/batchferry.yaml").exists() {
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.stderr.contains("note: no config was found"), "{said:?}");
        assert_eq!(folder.validate_json("jobs")["configChecked"], false);
    }
}
