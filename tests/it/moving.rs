//! Documents arrive whole, or not at all; a second run does nothing.

use serde_json::json;

use crate::project::{PNG, Project, distinct};

#[test]
fn sound_documents_arrive_with_the_same_bytes_and_a_second_run_copies_nothing() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.put_document("2025/01/31", "IMG-2");
    project.put_document("2025/02/01", "IMG-3");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0).says("Complete");
    let mut expected = project.objects("src");
    expected.retain(|key, _| !key.contains("IMG-3"));
    assert_eq!(project.objects("dst"), expected);
    let show = project.show("batch");
    assert_eq!(show["documents"]["migrated"], 2);
    assert_eq!(show["files"]["migrated"], 4);
    project.run(&["run"]).exit(0).says("nothing to do");
    assert_eq!(project.show("batch")["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn one_faulty_file_holds_back_its_whole_document_and_no_other() {
    let project = Project::local();
    project.put_document("2025/01/05", "GOOD");
    project.put_document("2025/01/05", "EMPTY");
    project.put("ACME/voucher/2025/01/05/EMPTY/attachment-1.png", b"");
    project.put_document("2025/01/05", "CUT");
    project.put("ACME/voucher/2025/01/05/CUT/attachment-1.png", &PNG[..PNG.len() / 2]);
    project.put_document("2025/01/05", "STRAY");
    project.put("ACME/voucher/2025/01/05/STRAY/Thumbs.db", b"x");
    project.put("ACME/voucher/2025/01/05/NO-INVOICE/cover-1.png", PNG);
    project.put("ACME/voucher/2025/01/05/readme.txt", b"in no document's folder");
    project.put_document("2025/01/05", "TWICE");
    project.put("ACME/voucher/2025/01/06/TWICE/attachment-1.png", PNG);
    project.spec("batch", |spec| spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}}));
    project.run(&["run"]).exit(1).says("MissingRole").says("batchferry resync batch");
    let documents = project.documents("batch");
    let expected = [
        ("CUT", "Truncated"),
        ("EMPTY", "EmptyFile"),
        ("GOOD", "Migrated"),
        ("NO-INVOICE", "MissingRole"),
        ("STRAY", "UnrecognisedFile"),
        ("TWICE", "DuplicateDocument"),
    ];
    assert_eq!(documents, expected.map(|(image, code)| (image.to_owned(), code.to_owned())).into());
    assert!(project.objects("dst").keys().all(|key| key.contains("/GOOD/")), "{:?}", project.objects("dst").keys());
    assert_eq!(project.show("batch")["listed"]["unrecognised"], 1);
    let files = project.run(&["files", "batch", "CUT", "-o", "json"]).exit(0).json();
    let codes: Vec<&str> = files.as_array().unwrap().iter().map(|file| file["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["Truncated", "HeldBack", "HeldBack"]);
}

#[test]
fn keys_arrive_as_the_same_bytes_whatever_characters_they_hold() {
    let project = Project::local();
    let names = [
        "cover 1.png",
        "invoice%201.png",
        "invoice+2.png",
        "发票-1.png",
        "📄-1.png",
        "a'b\"c<d>&e.png",
        "[x]{y}^z~`|.png",
    ];
    for name in names {
        project.put(&format!("机构/type/2025/01/05/IMG 1/{name}"), &distinct(name));
    }
    project.spec("batch", |spec| {
        spec["source"]["catalog"]["keys"] =
            json!("{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{fileName}");
    });
    project.run(&["run"]).exit(0);
    assert_eq!(project.objects("dst"), project.objects("src"));
}

#[test]
fn a_manifest_says_what_the_document_consists_of_and_is_the_same_for_the_same_document() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    let manifest = |prefix: &'static str| {
        move |spec: &mut serde_json::Value| {
            spec["target"]["prefix"] = json!(prefix);
            spec["target"]["key"] = json!("{organization}/{imageNumber}/{fileName}");
            spec["target"]["manifest"] = json!("{organization}/{imageNumber}/document.json");
        }
    };
    project.spec("one", manifest("one/"));
    project.run(&["run"]).exit(0);
    let written = project.objects("dst").remove("one/ACME/IMG-1/document.json").unwrap();
    let manifest_json: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(manifest_json["imageNumber"], "IMG-1");
    assert_eq!(manifest_json["collected"], "2025-01-05");
    assert_eq!(manifest_json["files"][0]["role"], "cover");
    assert_eq!(manifest_json["files"][0]["key"], "ACME/IMG-1/cover-1.png");
    assert!(!String::from_utf8(written).unwrap().contains("MB-"), "a manifest names no batch");
}

#[test]
fn a_file_larger_than_the_buffers_is_streamed_and_proven() {
    let project = Project::local();
    project.configure(
        &json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}, "limits": {"memory": "1MiB"}}),
    );
    let large = [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 11 << 20], b"</a>"].concat();
    project.put("ACME/voucher/2025/01/05/BIG/invoice-1.xml", &large);
    project.put("ACME/voucher/2025/01/05/BIG/cover-1.png", PNG);
    project.put("ACME/voucher/2025/01/05/BAD/invoice-1.xml", &large);
    project.put("ACME/voucher/2025/01/05/BAD/cover-1.png", b"no image at all");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(1);
    let mut expected = project.objects("src");
    expected.retain(|key, _| key.contains("BIG"));
    assert_eq!(project.objects("dst"), expected);
    assert_eq!(project.documents("batch")["BAD"], "TypeMismatch");
}

#[test]
fn of_a_large_document_nothing_is_copied_if_one_target_key_holds_something_else() {
    let project = Project::local();
    project.configure(
        &json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}, "limits": {"memory": "1MiB"}}),
    );
    let xml = |filler: u8| [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![filler; 6 << 20], b"</a>"].concat();
    for document in ["OTHER", "SAME"] {
        project.put(&format!("ACME/voucher/2025/01/05/{document}/cover-1.png"), PNG);
        project.put(&format!("ACME/voucher/2025/01/05/{document}/invoice-1.xml"), &xml(b'x'));
    }
    // As long as ours, so that only its content tells.
    project.put_at("dst", "ACME/voucher/2025/01/05/OTHER/invoice-1.xml", &xml(b'y'));
    project.put_at("dst", "ACME/voucher/2025/01/05/SAME/invoice-1.xml", &xml(b'x'));
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((documents["OTHER"].as_str(), documents["SAME"].as_str()), ("Conflict", "Migrated"));
    let mut expected = project.objects("src");
    expected.retain(|key, _| key.contains("SAME"));
    expected.insert("ACME/voucher/2025/01/05/OTHER/invoice-1.xml".to_owned(), xml(b'y'));
    assert_eq!(project.objects("dst"), expected);
}

#[test]
fn nothing_selected_is_a_failure_of_its_own_unless_it_is_allowed() {
    let project = Project::local();
    project.put_document("2024/01/05", "OLD");
    project.spec("empty", |_| {});
    project.run(&["run"]).exit(1).says("Failed");
    project.spec("allowed", |spec| spec["allowEmpty"] = json!(true));
    project.run(&["run", "allowed"]).exit(0).says("Complete");
}

#[test]
fn a_plan_names_what_a_run_would_refuse_and_writes_nothing() {
    let project = Project::local();
    project.put_document("2025/01/05", "GOOD");
    project.put("ACME/voucher/2025/01/05/CUT/cover-1.png", &PNG[..PNG.len() / 2]);
    project.spec("batch", |_| {});
    let plan = project.run(&["plan", "jobs/batch.yaml", "-o", "json"]).exit(1).json();
    assert_eq!((&plan["documents"]["pending"], &plan["documents"]["failed"]), (&json!(1), &json!(1)));
    assert_eq!(plan["failures"][0]["code"], "Truncated");
    assert!(project.objects("dst").is_empty());
    assert_eq!(project.run(&["list", "-o", "json"]).exit(0).json(), json!([]), "a plan makes no batch");
    project.run(&["run"]).exit(1);
    assert_eq!(project.show("batch")["failures"][0]["code"], "Truncated");
}

#[test]
fn the_manifest_stands_where_the_recognised_files_say_whatever_else_lies_in_the_directory() {
    let project = Project::local();
    for file in ["AAA.png", "n1_cover-1.png", "n1_invoice-1.png"] {
        project.put(&format!("ACME/voucher/2025/01/05/IMG-1/{file}"), &distinct(file));
    }
    project.spec("batch", |spec| {
        spec["source"]["catalog"]["keys"] = json!(
            "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{documentNumber}_{role}-{sequence}.{extension}"
        );
        spec["target"]["manifest"] = json!("{organization}/{documentNumber}/document.json");
        spec["checks"] = json!({"unrecognisedFiles": {"severity": "Warn"}});
    });
    project.run(&["run"]).exit(0);
    assert!(project.objects("dst").contains_key("ACME/n1/document.json"));
}
