//! Catalogs that are tables: rows that tell of files or documents, in a store or beside the spec.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::project::{Project, distinct};

/// Keys that tell nothing: the archive of a product that numbers its objects.
fn opaque(number: u32) -> String {
    format!("objects/{:02x}/{number:06}.png", number % 2)
}

/// Three documents of two files each under keys that tell nothing, and the spec's columns for them.
fn archive() -> Project {
    let project = Project::local();
    for number in 0..6 {
        project.put(&opaque(number), &distinct(&opaque(number)));
    }
    project
}

fn columns() -> Value {
    json!({"key": "path", "imageNumber": "image", "organization": "org", "documentType": {"constant": "voucher"},
        "collected": {"column": "scanned", "format": "%Y%m%d"}, "role": "kind", "sequence": "page"})
}

fn row(number: u32) -> String {
    let (image, kind, day) = (number / 2, ["cover", "invoice"][(number % 2) as usize], 5 + number / 2);
    format!("{},IMG-{image},ACME,202501{day:02},{kind},1", opaque(number))
}

fn csv(rows: impl IntoIterator<Item = String>) -> String {
    let mut text = "path,image,org,scanned,kind,page\n".to_owned();
    rows.into_iter().for_each(|row| text.extend([row.as_str(), "\n"]));
    text
}

fn spec(project: &Project, index: &Value, change: impl FnOnce(&mut Value)) {
    project.spec("batch", |spec| {
        spec["source"]["catalog"] = json!({"index": index});
        spec["target"]["key"] =
            json!("{organization}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}");
        change(spec);
    });
}

fn beside(project: &Project, text: &str) {
    project.put_at("jobs", "index.csv", text.as_bytes());
    spec(project, &json!({"file": "index.csv", "columns": columns()}), |_| ());
}

fn statuses(project: &Project) -> BTreeMap<String, String> {
    let documents = project.run(&["documents", "batch", "-o", "json"]).exit(0).json();
    let one = |document: &Value| {
        let code = document["code"].as_str().unwrap_or_default();
        let status = document["status"].as_str().unwrap();
        (document["imageNumber"].as_str().unwrap().to_owned(), format!("{status} {code}").trim().to_owned())
    };
    documents.as_array().unwrap().iter().map(one).collect()
}

fn all(status: &str) -> BTreeMap<String, String> {
    (0..3).map(|image| (format!("IMG-{image}"), status.to_owned())).collect()
}

#[test]
fn rows_beside_the_spec_tell_what_keys_do_not() {
    let project = archive();
    beside(&project, &csv((0..6).map(row)));
    let plan = project.run(&["plan", "jobs/batch.yaml", "-o", "json"]).exit(0).json();
    assert_eq!(plan["documents"]["inScope"], 3);
    project.run(&["run"]).exit(0);
    assert_eq!(statuses(&project), all("Migrated"));
    let cover = project.read_at("dst", "ACME/2025/01/05/IMG-0/cover-1.png");
    assert_eq!(cover, distinct(&opaque(0)));
    let files = project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    assert_eq!(files[0]["origin"], "row 3 of the index");
    let show = project.show("batch");
    assert_eq!((&show["listed"]["objects"], &show["listed"]["unrecognised"]), (&json!(6), &json!(0)));
    // The index's digest is in the log.
    let events = project.run(&["audit", "export", "batch"]).exit(0);
    assert!(events.stdout.contains("catalogRead") && events.stdout.contains("index index.csv"), "{events:?}");
    project.run(&["run"]).exit(0).says("nothing to do");
    // Nothing that was sorted is left behind.
    assert!(!project.path(".batchferry/catalogs/1").exists());
}

#[test]
fn rows_without_object_and_objects_without_row_are_both_reported() {
    let project = archive();
    let extra = "objects/00/999999.png";
    project.put(extra, &distinct(extra));
    project.put("elsewhere/x.png", &distinct("x"));
    std::fs::remove_file(project.path("src").join(opaque(3))).unwrap();
    beside(&project, &csv((0..6).map(row)));
    project.run(&["run"]).exit(1);
    let mut expected = all("Migrated");
    expected.insert("IMG-1".to_owned(), "Failed SourceMissing".to_owned());
    assert_eq!(statuses(&project), expected);
    let files = project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    let reasons: Vec<&str> = files.as_array().unwrap().iter().filter_map(|file| file["code"].as_str()).collect();
    assert_eq!(reasons, ["HeldBack", "SourceMissing"]);
    assert!(files.to_string().contains("an object, as row 4 of the index says"), "{files}");
    let show = project.show("batch");
    assert_eq!((&show["listed"]["objects"], &show["listed"]["unrecognised"]), (&json!(7), &json!(2)));
    assert_eq!(show["notListed"], 1);
    project.run(&["report", "batch"]).exit(0);
    // The object comes, and the document is taken again.
    project.put(&opaque(3), &distinct(&opaque(3)));
    project.run(&["resync", "batch"]).exit(0);
    assert_eq!(statuses(&project), all("Migrated"));
}

#[test]
fn a_row_that_is_added_for_a_failed_document_is_found_by_a_resync() {
    let project = archive();
    let text = csv((0..6).filter(|number| *number != 1).map(row));
    project.put_at("jobs", "index.csv", text.as_bytes());
    spec(&project, &json!({"file": "index.csv", "columns": columns()}), |spec| {
        spec["checks"] = json!({"requiredRoles": {"invoice": 1}});
    });
    project.run(&["run"]).exit(1);
    assert_eq!(statuses(&project)["IMG-0"], "Failed MissingRole");
    project.put_at("jobs", "index.csv", csv((0..6).map(row)).as_bytes());
    project.run(&["resync", "batch"]).exit(0);
    assert_eq!(statuses(&project), all("Migrated"));
}

#[test]
fn rows_that_disagree_fail_their_documents_and_no_other() {
    let project = archive();
    let mut rows: Vec<String> = (0..6).map(row).collect();
    rows.push(row(2).replace("ACME", "GLOBEX"));
    rows.push(row(4).replace("IMG-2", "IMG-7"));
    rows.push(row(0));
    beside(&project, &csv(rows));
    project.run(&["run"]).exit(1);
    let mut expected = all("Failed DuplicateDocument");
    expected.insert("IMG-0".to_owned(), "Migrated".to_owned());
    expected.insert("IMG-7".to_owned(), "Failed DuplicateDocument".to_owned());
    assert_eq!(statuses(&project), expected);
    let documents = project.run(&["documents", "batch", "-o", "json"]).exit(0).stdout;
    assert!(documents.contains("row 3 of the index") && documents.contains("row 7 of the index"), "{documents}");
    project.run(&["report", "batch"]).exit(0);
}

#[test]
fn a_bad_date_fails_its_document_with_the_row_and_the_rest_goes_on() {
    let project = archive();
    let rows = (0..6).map(|number| if number == 3 { row(3).replace("20250106", "20251306") } else { row(number) });
    beside(&project, &csv(rows));
    project.run(&["run"]).exit(1);
    let mut expected = all("Migrated");
    expected.insert("IMG-1".to_owned(), "Failed MissingField".to_owned());
    assert_eq!(statuses(&project), expected);
    let documents = project.run(&["documents", "batch", "-o", "json"]).exit(0).stdout;
    assert!(documents.contains("20251306 (row 4)"), "{documents}");
}

#[test]
fn rows_out_of_scope_leave_their_objects_out_by_name() {
    let project = archive();
    project.put_at("jobs", "index.csv", csv((0..6).map(row)).as_bytes());
    spec(&project, &json!({"file": "index.csv", "columns": columns()}), |spec| {
        spec["collected"]["to"] = json!("2025-01-06");
        spec["filters"] = json!({"imageNumbers": ["IMG-0", "IMG-2"]});
    });
    project.run(&["run"]).exit(0);
    assert_eq!(statuses(&project).keys().collect::<Vec<_>>(), ["IMG-0"]);
    let listed = &project.show("batch")["listed"];
    assert_eq!(listed["outOfScopeBy"], json!({"collected": 2, "imageNumbers": 2}));
}

#[test]
fn an_object_without_a_row_among_a_documents_own_is_a_file_that_nobody_recognises() {
    let project = Project::local();
    for file in ["cover.png", "invoice.png", "stray.png"] {
        let key = format!("a/IMG-1/{file}");
        project.put(&key, &distinct(&key));
    }
    let rows = ["cover", "invoice"].map(|kind| format!("a/IMG-1/{kind}.png,IMG-1,ACME,20250105,{kind},1"));
    beside(&project, &csv(rows));
    project.run(&["run"]).exit(1);
    assert_eq!(statuses(&project)["IMG-1"], "Failed UnrecognisedFile");
}

#[test]
fn rows_of_documents_tell_of_everything_in_their_directories() {
    let project = archive();
    for (directory, file) in [("d/1", "cover-1.png"), ("d/1", "deep/invoice-1.png"), ("d/10", "cover-1.png")] {
        let key = format!("{directory}/{file}");
        project.put(&key, &distinct(&key));
    }
    let text = "folder;no;day\nd/1/;IMG-1;2025-01-05\n/d/10;IMG-10;2025-01-06\nd/none;IMG-11;2025-01-07\n";
    project.put_at("src", "exports/index.csv", text.as_bytes());
    let columns = json!({"directory": {"column": "folder", "strip": "/"}, "imageNumber": "no", "collected": "day"});
    project.spec("batch", |spec| {
        spec["source"]["catalog"] = json!({"index": {"object": "exports/index.csv", "delimiter": ";", "columns": columns},
            "roles": {"cover": ["cover*"], "invoice": ["invoice*"]}});
    });
    project.run(&["run"]).exit(1);
    let expected = [("IMG-1", "Migrated"), ("IMG-10", "Migrated"), ("IMG-11", "Failed SourceMissing")];
    assert_eq!(statuses(&project), expected.map(|(image, status)| (image.to_owned(), status.to_owned())).into());
    let files = project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    assert_eq!(files.as_array().unwrap().len(), 2);
    // It comes late.
    project.put("d/none/cover-1.png", &distinct("late"));
    project.run(&["resync", "batch"]).exit(0);
}

#[test]
fn rows_of_documents_join_by_the_image_number_that_keys_tell() {
    let project = Project::local();
    for (image, file) in
        [("IMG-1", "cover-1.png"), ("IMG-1", "invoice-1.png"), ("IMG-2", "cover-1.png"), ("IMG-3", "cover-1.png")]
    {
        let key = format!("box/{image}/{file}");
        project.put(&key, &distinct(&key));
    }
    let text = "{\"doc\":{\"id\":\"IMG-1\",\"at\":\"2025-01-05T23:30:00+08:00\"},\"org\":\"ACME\"}\n{\"doc\":{\"id\":\"IMG-2\",\"at\":\"2025-02-05T00:00:00Z\"},\"org\":\"ACME\"}\n{\"doc\":{\"id\":\"IMG-4\",\"at\":\"2025-01-07T00:00:00Z\"}}\n";
    project.put_at("jobs", "index.jsonl", text.as_bytes());
    let columns = json!({"imageNumber": "doc.id", "collected": "doc.at", "organization": "org"});
    project.spec("batch", |spec| {
        spec["source"]["catalog"] =
            json!({"keys": "box/{imageNumber}/{role}-{sequence}.{extension}", "index": {"file": "index.jsonl", "columns": columns}});
    });
    project.run(&["run"]).exit(1);
    let expected = [("IMG-1", "Migrated"), ("IMG-4", "Failed SourceMissing")];
    assert_eq!(statuses(&project), expected.map(|(image, status)| (image.to_owned(), status.to_owned())).into());
    let listed = &project.show("batch")["listed"];
    assert_eq!((&listed["unrecognised"], &listed["outOfScope"]), (&json!(1), &json!(1)));
    project.put("box/IMG-4/cover-1.png", &distinct("late"));
    project.run(&["resync", "batch"]).exit(0);
    assert_eq!(statuses(&project)["IMG-4"], "Migrated");
}

#[test]
fn a_table_that_cannot_be_read_ends_the_run_and_says_why() {
    let project = archive();
    for (text, said) in [
        ("", "empty"),
        ("path;image;org;scanned;kind;page\na;b;c;d;e;f\n", "delimiter"),
        ("path,image,org,scanned,kind\n", "page"),
        ("path,image,org,scanned,kind,page\n\u{0}", "row 1"),
    ] {
        beside(&project, text);
        let done = project.run(&["plan", "jobs/batch.yaml"]).exit(1);
        assert!(done.stdout.contains("index index.csv") && done.stdout.contains(said), "{said}: {done:#?}");
    }
    beside(&project, "path,image,org,scanned,kind\n");
    project.run(&["run"]).exit(1).says("CatalogUnreadable").says("resync batch --all");
    assert_eq!(project.show("batch")["failures"][0]["code"], "CatalogUnreadable");
    let report = project.read_at("jobs", "batch.report/README.md");
    assert!(String::from_utf8(report).unwrap().contains("index index.csv"));
    beside(&project, &csv((0..6).map(row)));
    project.run(&["resync", "batch", "--all"]).exit(0);
    assert_eq!(statuses(&project), all("Migrated"));
}

#[test]
fn an_index_that_is_not_there_is_named() {
    let project = archive();
    spec(&project, &json!({"object": "exports/none.csv", "columns": columns()}), |_| ());
    project.run(&["run"]).exit(1).says("CatalogUnreadable");
    let report = String::from_utf8(project.read_at("jobs", "batch.report/README.md")).unwrap();
    assert!(report.contains("index exports/none.csv") && report.contains("no such object"), "{report}");
}

#[test]
fn a_row_that_nobody_can_use_keeps_the_batch_from_being_complete() {
    let project = archive();
    let mut rows: Vec<String> = (0..6).map(row).collect();
    rows.push(",IMG-9,ACME,20250105,cover,1".to_owned());
    beside(&project, &csv(rows));
    project.run(&["run"]).exit(1);
    assert_eq!(statuses(&project), all("Migrated"));
    assert_eq!(project.show("batch")["syncStatus"], "Partial");
    let report = String::from_utf8(project.read_at("jobs", "batch.report/README.md")).unwrap();
    assert!(report.contains("row 7"), "{report}");
}

#[test]
fn an_index_that_is_corrected_leaves_what_is_at_the_target_as_it_was_proven() {
    let project = archive();
    let write = |rows: String| {
        project.put_at("jobs", "index.csv", rows.as_bytes());
        spec(&project, &json!({"file": "index.csv", "columns": columns()}), |spec| {
            spec["target"]["manifest"] = json!("{organization}/{imageNumber}.json");
        });
    };
    write(csv((0..6).map(row)));
    project.run(&["run"]).exit(0);
    write(csv((0..6).map(row)).replace(",ACME,20250105,", ",OTHER,20250105,"));
    let before = project.objects("dst");
    project.run(&["resync", "batch", "--all"]).exit(0);
    assert_eq!((statuses(&project), project.objects("dst")), (all("Migrated"), before));
    project.run(&["audit", "verify", "batch"]).exit(0);
    project.run(&["verify", "batch"]).exit(0);
    let files = project.run(&["files", "batch", "IMG-0", "-o", "json"]).exit(0).json();
    assert!(files[0]["targetKey"].as_str().unwrap().starts_with("ACME/"), "{files}");
}
