//! The pages of a real daemon.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::daemon::PATIENCE;
use crate::metrics::Probes;
use crate::project::Project;

fn listening() -> Project {
    Project::with_config(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}},
        "watch": {"rescan": "1s", "settle": "100ms"},
        "listen": "127.0.0.1:0",
    }))
}

/// The body of a page that is there.
#[track_caller]
fn page(probes: &Probes, path: &str) -> String {
    let (status, body) = probes.get(path);
    assert!(status.contains(" 200 "), "{path}: {status}: {body}");
    body
}

#[test]
fn a_batch_is_followed_from_the_list_to_its_files_and_its_log() {
    let project = listening();
    project.put_document("2025/01/02", "V-1");
    project.put("ACME/voucher/2025/01/03/V-2/cover-1.png", b"no picture");
    project.spec("acme", |_| {});
    let (daemon, probes) = Probes::start(&project);
    let show = project.await_ended("acme", "Partial");
    let number = show["batchNumber"].as_str().unwrap();
    let list = page(&probes, "/");
    assert!(list.contains(&format!("href=\"/batches/{number}\"")), "{list}");
    let batch = page(&probes, &format!("/batches/{number}"));
    assert!(batch.contains("1 of 2 documents at the target") && batch.contains("TypeMismatch"), "{batch}");
    // Each file of a report is written whole, one after the other.
    project.await_file("jobs/acme.report/report.html", "acme");
    project.await_file("jobs/acme.report/documents.csv", "V-1");
    let batch = page(&probes, "/batches/acme");
    assert!(batch.contains(&format!("/batches/{number}/report/report.html")), "{batch}");
    assert!(page(&probes, &format!("/batches/{number}/report/documents.csv")).contains("V-1"));
    let documents = page(&probes, &format!("/batches/{number}/documents?status=failed"));
    assert!(documents.contains("V-2") && !documents.contains("V-1"), "{documents}");
    let document = page(&probes, &format!("/batches/{number}/documents/V-1"));
    assert!(
        document.contains("ACME/voucher/2025/01/02/V-1/invoice-1.png") && document.contains("SHA-256"),
        "{document}"
    );
    let audit = page(&probes, &format!("/batches/{number}/audit"));
    assert!(audit.contains(show["audit"]["head"].as_str().unwrap()), "{audit}");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_spec_is_shown_as_invalid_until_it_is_mended_or_gone() {
    let project = listening();
    project.spec("acme", |spec| spec["colour"] = json!("<b>red</b>"));
    std::fs::write(project.path("jobs/other.yaml"), "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {}\n")
        .unwrap();
    let (mut daemon, probes) = Probes::start(&project);
    daemon.logs("spec not accepted");
    daemon.logs("spec not accepted");
    let both = page(&probes, "/invalid");
    assert!(both.contains("colour") && both.contains("other.yaml") && !both.contains("<b>red"), "{both}");
    project.spec("acme", |_| {});
    std::fs::remove_file(project.path("jobs/other.yaml")).unwrap();
    let end = Instant::now() + PATIENCE;
    loop {
        let shown = page(&probes, "/invalid");
        if shown.contains("Every spec in the jobs directory is accepted") {
            break;
        }
        assert!(Instant::now() < end, "still shown:\n{shown}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_daemon_with_an_open_page_stops_at_once() {
    let project = listening();
    let (daemon, probes) = Probes::start(&project);
    let stream = probes.open("/events");
    assert_eq!(daemon.stop(), Some(0));
    drop(stream);
}

#[test]
fn a_file_is_shown_as_it_was_listed_and_by_its_bytes_alone() {
    let project = listening();
    project.put_document("2025/01/02", "V-1");
    project.put("ACME/voucher/2025/01/03/V-2/cover-1.png", b"<html><script>alert(1)</script>");
    project.spec("acme", |_| {});
    let (_daemon, probes) = Probes::start(&project);
    project.await_ended("acme", "Partial");
    let at = |rest: &str| format!("/batches/acme/documents/{rest}");
    let file = page(&probes, &at("V-1/files/0"));
    assert!(file.contains("cover-1.png") && file.contains("<dd>300</dd>"), "{file}");
    assert!(
        file.contains("/documents/V%2D1/files/0/picture\"") || file.contains("/documents/V-1/files/0/picture\""),
        "{file}"
    );
    let (head, picture) = probes.bytes(&at("V-1/files/0/picture"));
    assert!(head.contains("content-type: image/png") && head.contains("sandbox; default-src 'none'"), "{head}");
    assert_eq!(picture, std::fs::read(project.path("src/ACME/voucher/2025/01/02/V-1/cover-1.png")).unwrap());
    // What only its name calls a picture is none.
    let (head, body) = probes.bytes(&at("V-2/files/0/picture"));
    assert!(head.starts_with("HTTP/1.1 415"), "{head}");
    assert!(!String::from_utf8_lossy(&body).contains("alert(1)"));
    for lost in ["V-1/files/2", "V-1/files/-1", "V-1/files/x", "V-9/files/0"] {
        let (head, _) = probes.bytes(&at(lost));
        assert!(head.starts_with("HTTP/1.1 404"), "{lost}: {head}");
    }
    // Another object at the key is not the file that was listed.
    project.put("ACME/voucher/2025/01/02/V-1/cover-1.png", b"another");
    let (head, body) = probes.bytes(&at("V-1/files/0"));
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert!(!String::from_utf8_lossy(&body).contains("another\n"), "its bytes are not shown");
}

#[test]
fn a_pdf_is_opened_by_the_browsers_own_viewer_which_only_our_pages_frame() {
    let pdf = include_bytes!("../data/images/linearized.pdf");
    let project = listening();
    project.put_document("2025/01/02", "V-1");
    project.put("ACME/voucher/2025/01/02/V-1/attachment-1.pdf", pdf);
    project.spec("acme", |_| {});
    let (_daemon, probes) = Probes::start(&project);
    project.await_ended("acme", "Complete");
    let at = "/batches/acme/documents/V-1/files/0";
    let (head, file) = probes.bytes(at);
    let file = String::from_utf8(file).unwrap();
    assert!(head.contains("frame-src 'self'") && head.contains("frame-ancestors 'none'"), "{head}");
    assert!(file.contains("<iframe") && file.contains("/files/0/picture#page=1"), "{file}");
    let (head, picture) = probes.bytes(&format!("{at}/picture"));
    assert_eq!(picture, pdf);
    assert!(head.contains("content-type: application/pdf") && head.contains("nosniff"), "{head}");
    assert!(head.contains("default-src 'none'; frame-ancestors 'self'"), "{head}");
    assert!(head.contains("x-frame-options: SAMEORIGIN") && !head.contains("sandbox"), "{head}");
    // No other page frames anything.
    let (head, _) = probes.bytes("/batches/acme/documents/V-1/files/1");
    assert!(!head.contains("frame-src"), "{head}");
}
