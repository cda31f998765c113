//! Sidecars: an object beside each document that tells its fields.

use serde_json::{Value, json};

use crate::project::{Project, distinct};

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<doc:Record xmlns:doc="urn:example"><doc:Header no="IMG-1"><doc:Company>ACME 上海</doc:Company><doc:Scanned>2025-01-05T23:30:00+08:00</doc:Scanned></doc:Header></doc:Record>"#;

fn fields() -> Value {
    json!({"imageNumber": "Record.Header.@no", "organization": "Record.Header.Company", "collected": "Record.Header.Scanned",
        "documentType": {"constant": "voucher"}})
}

fn spec(project: &Project, catalog: Value) {
    project.spec("batch", |spec| {
        spec["source"]["catalog"] = catalog;
        spec["source"]["catalog"]["roles"] = json!({"cover": ["cover*"], "invoice": ["invoice*"]});
        spec["target"]["key"] = json!("{organization}/{collected:%Y/%m/%d}/{imageNumber}/{fileName}");
    });
}

fn put(project: &Project, key: &str) {
    project.put(key, &distinct(key));
}

#[test]
fn a_sidecar_in_xml_tells_of_all_files_of_its_directory() {
    let project = Project::local();
    project.put("a/1/meta.xml", XML.as_bytes());
    project.put("a/2/META.XML", XML.replace("IMG-1", "IMG-2").replace("2025-01-05", "2025-02-05").as_bytes());
    ["a/1/cover.png", "a/1/pages/invoice.png", "a/2/cover.png", "a/3/cover.png"]
        .iter()
        .for_each(|key| put(&project, key));
    spec(&project, json!({"sidecar": {"files": ["meta.xml"], "fields": fields()}}));
    project.run(&["plan", "jobs/batch.yaml"]).exit(0);
    project.run(&["run"]).exit(0);
    assert_eq!(
        project.objects("dst").keys().collect::<Vec<_>>(),
        ["ACME 上海/2025/01/05/IMG-1/cover.png", "ACME 上海/2025/01/05/IMG-1/invoice.png"]
    );
    let files = project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    assert_eq!(files[0]["origin"], "the sidecar a/1/meta.xml");
    let listed = &project.show("batch")["listed"];
    assert_eq!(listed["outOfScopeBy"], json!({"collected": 1, "sidecars": 2}));
    assert_eq!((&listed["objects"], &listed["unrecognised"]), (&json!(6), &json!(1)));
}

#[test]
fn a_sidecar_in_json_joins_by_the_image_number_of_the_keys() {
    let project = Project::local();
    project.put("box/IMG-1.json", br#"{"org":{"code":"ACME"},"day":"2025-01-05"}"#);
    project.put("box/IMG-2.json", b"{broken");
    project.put("box/IMG-3.json", br#"{"org":{"code":"ACME"},"day":"2025-01-06"}"#);
    ["box/IMG-1.png", "box/IMG-2.png"].iter().for_each(|key| put(&project, key));
    let fields = json!({"organization": "org.code", "collected": "day"});
    let sidecar = json!({"files": ["*.json"], "fields": fields});
    spec(&project, json!({"keys": "box/{imageNumber}.{extension}", "sidecar": sidecar}));
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    let told: Vec<_> = documents.iter().map(|(image, status)| (image.as_str(), status.as_str())).collect();
    assert_eq!(told, [("IMG-1", "Migrated"), ("IMG-2", "MissingField"), ("IMG-3", "SourceMissing")]);
    // Mended, both are taken again, and nothing else is read.
    project.put("box/IMG-2.json", br#"{"org":{"code":"ACME"},"day":"2025-01-07"}"#);
    put(&project, "box/IMG-3.png");
    project.run(&["resync", "batch"]).exit(0);
    assert!(project.documents("batch").values().all(|status| status == "Migrated"));
}

#[test]
fn a_sidecar_that_tells_no_document_keeps_the_batch_from_being_complete() {
    let project = Project::local();
    project.put("a/1/meta.xml", XML.as_bytes());
    project.put("a/2/meta.xml", b"<Record><Header/></Record>");
    project.put("a/3/meta.xml", "<Record>".repeat(200).as_bytes());
    ["a/1/cover.png", "a/2/cover.png", "a/3/cover.png"].iter().for_each(|key| put(&project, key));
    spec(&project, json!({"sidecar": {"files": ["meta.xml"], "fields": fields()}}));
    project.run(&["run"]).exit(1).says("not listed: sidecar a/2/meta.xml").says("not listed: sidecar a/3/meta.xml");
    assert_eq!(project.show("batch")["syncStatus"], "Partial");
    project.put("a/2/meta.xml", XML.replace("IMG-1", "IMG-2").as_bytes());
    project.put("a/3/meta.xml", XML.replace("IMG-1", "IMG-3").as_bytes());
    project.run(&["resync", "batch", "--all"]).exit(0);
    assert_eq!(project.documents("batch").len(), 3);
}

#[test]
fn sidecars_above_folders_that_are_listed_side_by_side_are_read_too() {
    let project = Project::local();
    for image in ["1", "2", "3"] {
        for organization in ["a", "b"] {
            let folder = format!("{organization}/{image}");
            project.put(&format!("{folder}/meta.xml"), XML.replace("IMG-1", &folder.replace('/', "-")).as_bytes());
            put(&project, &format!("{folder}/pages/cover.png"));
            put(&project, &format!("{folder}/more/invoice.png"));
        }
    }
    spec(&project, json!({"sidecar": {"files": ["meta.xml"], "fields": fields()}}));
    project.run(&["run"]).exit(0);
    assert_eq!(project.documents("batch").len(), 6);
    assert_eq!(project.objects("dst").len(), 12);
    let listed = &project.show("batch")["listed"];
    assert_eq!((&listed["objects"], &listed["unrecognised"]), (&json!(18), &json!(0)));
}
