//! The pages of a real daemon.

use serde_json::json;

use crate::daemon::Daemon;
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
    project.await_file("jobs/acme.report/report.html", "acme");
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
    project.await_ended("acme", "Failed");
    project.run(&["rescan"]).exit(0);
    let none = page(&probes, "/invalid");
    assert!(none.contains("Every spec in the jobs directory is accepted"), "{none}");
    drop(daemon);
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
fn nothing_is_shown_where_nothing_listens() {
    let project = Project::local();
    let daemon = Daemon::start(&project);
    assert_eq!(daemon.stop(), Some(0));
}
