//! The same invoice in two documents of a batch.

use std::time::Duration;

use serde_json::{Value, json};

use crate::outcomes::outcomes_in;
use crate::project::{Project, distinct};
use crate::s3::{Buckets, buckets, is_get_of, objects};
use crate::support::Fault;

/// An XML e-invoice; no two of different seeds are equal.
fn invoice(code: &str, number: &str, seed: &str) -> Vec<u8> {
    let code = if code.is_empty() { String::new() } else { format!("<InvoiceCode>{code}</InvoiceCode>") };
    format!("<EInvoice>{code}<InvoiceNumber>{number}</InvoiceNumber><Note>{seed}</Note></EInvoice>").into_bytes()
}

fn key(image: &str, file: &str) -> String {
    format!("ACME/voucher/2025/01/05/{image}/{file}")
}

/// A document with a cover and an invoice.
fn put(project: &Project, image: &str, (code, number): (&str, &str)) {
    project.put(&key(image, "cover-1.png"), &distinct(image));
    project.put(&key(image, "invoice-1.xml"), &invoice(code, number, image));
}

fn spec(project: &Project, check: &Value) {
    project.spec("batch", |spec| spec["checks"] = json!({"duplicateInvoice": check}));
}

/// Documents that were warned of or failed for this, with the reason.
fn found(project: &Project) -> Vec<(String, String)> {
    let rows = project.run(&["documents", "batch", "--code", "DuplicateInvoice", "-o", "json"]).exit(0).json();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.as_array().unwrap().iter().map(|row| (text(row, "imageNumber"), text(row, "reason"))).collect()
}

#[test]
fn the_second_document_with_an_invoice_is_refused_and_the_first_one_is_named() {
    let project = Project::local();
    put(&project, "IMG-1", ("", "25117000000012345678"));
    // The same invoice twice in one document, once of them in another form.
    project.put(&key("IMG-1", "invoice-2.xml"), &invoice("", "25117000000012345678", "once more"));
    project.put(&key("IMG-1", "invoice-3.png"), &distinct("its picture"));
    put(&project, "IMG-2", ("", "25117000000012345678"));
    put(&project, "IMG-3", ("044", "12345678"));
    put(&project, "IMG-4", ("031", "12345678"));
    spec(&project, &json!({}));
    project.run(&["plan", "jobs/batch.yaml"]).exit(1).says("25117000000012345678").says("IMG-1");
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    let statuses = ["IMG-1", "IMG-2", "IMG-3", "IMG-4"].map(|image| documents[image].as_str());
    assert_eq!(statuses, ["Migrated", "DuplicateInvoice", "Migrated", "Migrated"]);
    let reason = &found(&project)[0].1;
    assert!(reason.contains("25117000000012345678") && reason.contains("also in IMG-1"), "{reason}");
    assert!(!project.objects("dst").keys().any(|key| key.contains("IMG-2")));
    let outcome = |image: &str, file: &str| outcomes_in(&project, "batch", image, file)["duplicateInvoice"].clone();
    assert_eq!(outcome("IMG-1", "invoice-2.xml"), "Pass");
    assert_eq!(outcome("IMG-2", "invoice-1.xml"), "Fail");
    assert_eq!(outcome("IMG-2", "cover-1.png"), "NotApplicable");
}

#[test]
fn an_invoice_that_is_corrected_at_the_source_moves_and_one_that_moved_again_is_no_duplicate_of_itself() {
    let project = Project::local();
    put(&project, "IMG-1", ("", "1"));
    put(&project, "IMG-2", ("", "1"));
    spec(&project, &json!({}));
    project.run(&["run"]).exit(1);
    put(&project, "IMG-2", ("", "2"));
    project.run(&["resync", "batch"]).exit(0).says("Complete");
    project.run(&["resync", "batch", "--all"]).exit(0).says("Complete");
    put(&project, "IMG-3", ("", "2"));
    project.run(&["resync", "batch", "--all"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-3"], "DuplicateInvoice");
}

#[test]
fn a_field_of_the_spec_tells_the_number_and_a_warning_lets_both_move() {
    let project = Project::local();
    for (fp, image) in [("77", "IMG-1"), ("77", "IMG-2"), ("78", "IMG-3")] {
        project.put(&format!("ACME/voucher/2025/01/05/{fp}/{image}/invoice-1.png"), &distinct(image));
    }
    project.spec("batch", |spec| {
        spec["source"]["catalog"]["keys"] = json!(
            "{organization}/{documentType}/{collected:%Y/%m/%d}/{fp}/{imageNumber}/{role}-{sequence}.{extension}"
        );
        spec["checks"] = json!({"duplicateInvoice": {"severity": "Warn", "field": "fp"}});
        spec["transfer"] = json!({"concurrency": 1});
    });
    project.run(&["run"]).exit(0).says("Complete");
    let found = found(&project);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "IMG-2");
    assert_eq!(outcomes_in(&project, "batch", "IMG-2", "invoice-1.png")["duplicateInvoice"], "Warn");
}

#[test]
fn a_plan_finds_the_duplicates_of_documents_that_it_has_long_done_with() {
    let project = Project::local();
    for n in 0..40 {
        put(&project, &format!("IMG-{n:02}"), ("", &format!("{}", n % 39)));
    }
    project.put(&key("IMG-38", "cover-2.png"), &distinct("IMG-01"));
    let checks = json!({"duplicateInvoice": {}, "duplicateContent": {"severity": "Fail"}});
    project.spec("batch", |spec| {
        spec["checks"] = checks;
        spec["transfer"] = json!({"concurrency": 1});
    });
    let planned = project.run(&["plan", "jobs/batch.yaml", "-o", "json"]).exit(1).json();
    let rows = planned["failedDocuments"]["rows"].as_array().unwrap();
    let failed: Vec<_> = rows.iter().map(|row| (&row["document"]["imageNumber"], &row["document"]["code"])).collect();
    let expected = [(json!("IMG-38"), json!("DuplicateContent")), (json!("IMG-39"), json!("DuplicateInvoice"))];
    assert_eq!(failed, expected.iter().map(|(image, code)| (image, code)).collect::<Vec<_>>());
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((&*documents["IMG-38"], &*documents["IMG-39"]), ("DuplicateContent", "DuplicateInvoice"));
}

/// 64 documents, of which the third and the last have the same invoice in files of different size.
fn twins(change: impl FnOnce(&mut Value)) -> Buckets {
    let scene = buckets(64, change);
    for image in ["IMG-2", "IMG-63"] {
        scene.server.plant("old-archive", &key(image, "invoice-2.xml"), &invoice("", "7", &image.repeat(image.len())));
    }
    scene.project.spec("batch", |spec| {
        spec["checks"] = json!({"duplicateInvoice": {}});
        spec["transfer"] = json!({"storeWait": "0s", "concurrency": 64});
    });
    scene
}

#[test]
fn the_later_of_two_documents_with_an_invoice_is_refused_however_long_the_first_takes() {
    let Buckets { server, project } = twins(|_| {});
    server.on_request(|request| {
        let first = is_get_of(request, "IMG-2/invoice-2");
        if first { Fault::Delay(Duration::from_millis(500)) } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((&*documents["IMG-2"], &*documents["IMG-63"]), ("Migrated", "DuplicateInvoice"));
    assert_eq!(documents.values().filter(|status| *status == "Migrated").count(), 63);
}

#[test]
fn a_document_that_fails_gives_its_invoice_to_the_other_one() {
    let Buckets { server, project } = twins(|_| {});
    server.plant("new-archive", &key("IMG-2", "invoice-1.png"), b"something else");
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((&*documents["IMG-2"], &*documents["IMG-63"]), ("Conflict", "Migrated"));
}

#[test]
fn documents_that_wait_for_each_other_and_for_buffers_all_end_and_nothing_is_copied_of_a_large_one_that_is_refused() {
    // Each fits no more than a quarter of the buffers, and the two with the large file do not.
    let Buckets { server, project } = twins(|config| config["limits"] = json!({"memory": "256KiB"}));
    for image in ["IMG-2", "IMG-63"] {
        let content =
            [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 300 << 10], image.as_bytes(), b"</a>"].concat();
        server.plant("old-archive", &key(image, "attachment-1.xml"), &content);
        // More than one request brings.
        let padded = invoice("", "7", &format!("{image}{}", "x".repeat(100 << 10)));
        server.plant("old-archive", &key(image, "invoice-2.xml"), &padded);
    }
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((&*documents["IMG-2"], &*documents["IMG-63"]), ("Migrated", "DuplicateInvoice"));
    assert_eq!(documents.values().filter(|status| *status == "Migrated").count(), 63);
    assert!(!objects(&server, "new-archive").keys().any(|key| key.contains("IMG-63")));
}
