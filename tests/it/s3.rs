//! From bucket to bucket over HTTP, with a server that can be made to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::listing_server::ListingServer;
use crate::project::{Project, distinct};
use crate::support::{Fault, S3Server};

pub struct Buckets {
    pub server: S3Server,
    pub project: Project,
}

/// A server with two buckets as stores `src` and `dst`, and documents in the first one.
pub fn buckets(documents: u32, change: impl FnOnce(&mut Value)) -> Buckets {
    let server = S3Server::start();
    server.make_bucket("old-archive");
    server.make_bucket("new-archive");
    for n in 0..documents {
        for file in ["cover-1.png", "invoice-1.png"] {
            let key = format!("ACME/voucher/2025/01/05/IMG-{n}/{file}");
            server.plant("old-archive", &key, &distinct(&key));
        }
    }
    let store = |bucket: &str| {
        json!({"url": format!("s3://{bucket}"), "endpoint": server.endpoint(), "credentials": {"env": "TEST_"},
            "conditionalPut": true, "checksum": "sha256"})
    };
    let mut config = json!({"stores": {"src": store("old-archive"), "dst": store("new-archive")}});
    change(&mut config);
    let project = Project::with_config(&config);
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s"}));
    Buckets { server, project }
}

pub fn objects(server: &S3Server, bucket: &str) -> BTreeMap<String, Vec<u8>> {
    let mut objects = crate::project::objects_below(&server.folder(bucket));
    // The server's own notes on metadata and uploads.
    objects.retain(|key, _| !key.starts_with('.'));
    objects
}

pub fn is_get_of(request: &Parts, part: &str) -> bool {
    request.method == Method::GET && request.uri.path().contains(part)
}

/// Each object meets the fault once.
pub fn first_time(fault: Fault, method: Method) -> impl Fn(&Parts) -> Fault + Send + Sync {
    let met = Mutex::new(BTreeSet::new());
    move |request| {
        let is_object = request.method == method && request.uri.path().contains(".png");
        let first = is_object && met.lock().unwrap().insert(request.uri.path().to_owned());
        if first { fault.clone() } else { Fault::None }
    }
}

#[test]
fn a_small_file_takes_one_get_and_one_put_and_nothing_else() {
    let Buckets { server, project } = buckets(5, |_| {});
    project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"));
    assert_eq!((server.requests("GET"), server.requests("PUT"), server.requests("HEAD")), (10, 10, 0));
    assert_eq!(project.show("batch")["listed"]["requests"], server.requests("LIST"));
    let before = server.all_requests();
    project.run(&["run"]).exit(0).says("nothing to do");
    assert_eq!(server.all_requests(), before);
    project.run(&["resync", "batch", "--all"]).exit(0);
    assert_eq!((server.requests("GET"), server.requests("PUT")), (10, 10), "a new listing is all that it takes");
}

#[test]
fn where_a_store_is_not_known_to_refuse_it_is_looked_at_first_and_read_back_after() {
    let Buckets { server, project } = buckets(2, |config| {
        config["stores"]["dst"]["conditionalPut"] = json!(false);
        config["stores"]["dst"]["checksum"] = json!("none");
    });
    server.plant("new-archive", "ACME/voucher/2025/01/05/IMG-0/cover-1.png", b"something else");
    project.run(&["run"]).exit(1).says("Conflict");
    assert_eq!(objects(&server, "new-archive")["ACME/voucher/2025/01/05/IMG-0/cover-1.png"], b"something else");
    assert_eq!(project.documents("batch")["IMG-1"], "Migrated");
    assert_eq!(server.requests("PUT"), 2, "of the document with a conflict nothing is copied");
}

#[test]
fn faults_that_pass_are_waited_for() {
    for fault in [
        Fault::Status(503, "SlowDown", Some(0)),
        Fault::Status(500, "InternalError", None),
        Fault::TruncateBody,
        Fault::Reset,
    ] {
        let Buckets { server, project } = buckets(3, |_| {});
        server.on_request(first_time(fault.clone(), Method::GET));
        let done = project.run(&["run"]);
        assert_eq!(done.code, Some(0), "{fault:?}: {done:#?}");
        assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"), "{fault:?}");
    }
}

#[test]
fn a_put_whose_answer_was_lost_is_ours_and_is_not_sent_twice_in_vain() {
    let Buckets { server, project } = buckets(2, |_| {});
    server.on_request(first_time(Fault::ResetAfterwards, Method::PUT));
    project.run(&["run"]).exit(0);
    assert_eq!(project.show("batch")["files"]["migrated"], 4);
    assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"));
}

#[test]
fn a_request_that_hangs_is_given_up_and_sent_again() {
    let Buckets { server, project } = buckets(1, |_| {});
    project.spec("batch", |spec| spec["transfer"] = json!({"timeout": "300ms"}));
    server.on_request(first_time(Fault::Hang, Method::GET));
    project.run(&["run"]).exit(0);
}

#[test]
fn an_object_that_changed_after_it_was_listed_fails_its_document() {
    let Buckets { server, project } = buckets(2, |_| {});
    server.on_request(|request| {
        let changed = is_get_of(request, "IMG-1/cover");
        if changed { Fault::Header("last-modified", b"Wed, 01 Jan 2020 00:00:00 GMT".to_vec()) } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((documents["IMG-0"].as_str(), documents["IMG-1"].as_str()), ("Migrated", "ChangedDuringRun"));
    assert!(objects(&server, "new-archive").keys().all(|key| key.contains("IMG-0")));
}

#[test]
fn an_object_that_may_not_be_read_fails_its_document_and_no_other() {
    let Buckets { server, project } = buckets(2, |_| {});
    server.on_request(|request| {
        if is_get_of(request, "IMG-1/cover") { Fault::Status(403, "AccessDenied", None) } else { Fault::None }
    });
    project.run(&["run"]).exit(1).says("AccessDenied");
    assert_eq!(project.documents("batch")["IMG-0"], "Migrated");
}

#[test]
fn credentials_that_stop_working_midway_stall_the_batch_and_fail_no_document() {
    let Buckets { server, project } = buckets(20, |_| {});
    let answered = AtomicU64::new(0);
    server.on_request(move |request| {
        let is_object = request.uri.path().contains(".png");
        let late = is_object && answered.fetch_add(1, Ordering::SeqCst) >= 10;
        if late { Fault::Status(403, "ExpiredToken", None) } else { Fault::None }
    });
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s", "concurrency": 2}));
    project.run(&["run"]).exit(3).says("CredentialsRejected");
    let show = project.show("batch");
    assert_eq!(show["documents"]["failed"], 0, "{show:#}");
    assert!(show["documents"]["pending"].as_u64().unwrap() > 0, "{show:#}");
    assert!(!show.to_string().contains(crate::support::s3::SECRET_KEY));
    server.heal();
    project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"));
}

#[test]
fn a_bucket_that_does_not_exist_stalls_and_is_no_empty_archive() {
    let Buckets { server, project } = buckets(1, |config| config["stores"]["src"]["url"] = json!("s3://gone"));
    project.run(&["run"]).exit(3).says("StoreMissing");
    drop(server);
}

#[test]
fn an_answer_that_is_no_listing_is_no_empty_archive() {
    let Buckets { server, project } = buckets(1, |_| {});
    server.on_request(|_| Fault::Answer(200, "text/html", "<html>please log in</html>".to_owned()));
    project.run(&["run"]).exit(3).says("StoreUnavailable");
}

#[test]
fn a_fault_that_stays_fails_its_document_with_its_code() {
    let Buckets { server, project } = buckets(2, |_| {});
    project.spec("batch", |spec| spec["transfer"] = json!({"attempts": 2, "timeout": "1s"}));
    server.on_request(|request| {
        if is_get_of(request, "IMG-1/cover") { Fault::Status(503, "SlowDown", None) } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((documents["IMG-0"].as_str(), documents["IMG-1"].as_str()), ("Migrated", "Throttled"));
}

#[test]
fn a_slow_server_is_no_fault() {
    let Buckets { server, project } = buckets(1, |_| {});
    server.on_request(|_| Fault::Delay(Duration::from_millis(100)));
    project.run(&["run"]).exit(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_keys_never_end_a_listing_and_are_never_lost() {
    let document = "ACME/voucher/2025/01/05/IMG-1";
    let keys = [
        format!("{document}/cover-1.png"),
        format!("{document}//page.png"),
        format!("{document}/"),
        "ACME/voucher/2025/01/05//lost.png".to_owned(),
    ];
    let server = ListingServer::start(keys.into()).await;
    let store = json!({"url": "s3://bucket", "endpoint": server.endpoint, "credentials": {"env": "TEST_"}});
    let project = Project::with_config(&json!({"stores": {"src": store, "dst": {"url": "file:dst"}}}));
    project.spec("batch", |spec| {
        spec["allowEmpty"] = json!(true);
    });
    let mut command = project.command(&["run"]);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(project.documents("batch")["IMG-1"], "UnrecognisedFile");
    let show = project.show("batch");
    assert_ne!(show["syncStatus"], "Complete");
    // The page below `//` is a file of its document, and the empty mark of a folder is none.
    let files = project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    let keys: Vec<_> = files.as_array().unwrap().iter().map(|file| file["sourceKey"].as_str().unwrap()).collect();
    assert_eq!(keys, [format!("{document}//page.png"), format!("{document}/cover-1.png")]);
    assert_eq!(show["listed"]["objects"], 4, "{show:#}");
    assert_eq!(show["listed"]["outOfScopeBy"], json!({"folderMarkers": 1}));
    assert_eq!(show["listed"]["unrecognised"], 1, "a key with an empty segment, of no document");
}

#[test]
fn one_target_key_that_may_not_be_looked_at_fails_its_document_and_no_other() {
    let look_first = |config: &mut Value| config["stores"]["dst"]["conditionalPut"] = json!(false);
    let Buckets { server, project } = buckets(2, look_first);
    server.on_request(|request| {
        let asked = request.method == "HEAD" || request.method == "GET";
        let refused =
            asked && request.uri.path().starts_with("/new-archive/") && request.uri.path().contains("IMG-1/cover");
        if refused { Fault::Status(403, "AccessDenied", None) } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((documents["IMG-0"].as_str(), documents["IMG-1"].as_str()), ("Migrated", "AccessDenied"));
    assert_eq!(project.show("batch")["runStatus"], "Ended");
}

#[test]
fn what_lies_below_a_prefix_that_cannot_be_listed_any_more_stays_as_it_is_known() {
    let Buckets { server, project } = buckets(1, |_| {});
    server.plant("old-archive", "ACME/voucher/2025/01/06/IMG-6/cover-1.png", &distinct("six"));
    // Folders are discovered down to the day: each day is a listing of its own.
    project.spec("batch", |spec| {
        spec["transfer"] = json!({"storeWait": "0s", "attempts": 1});
        spec["collected"]["from"] = json!("2025-01-05");
        spec["collected"]["to"] = json!("2025-01-06");
    });
    project.run(&["run"]).exit(0);
    let of_the_day = |status: u16, code: &'static str| {
        move |request: &http::request::Parts| {
            let query = request.uri.query().unwrap_or_default();
            let day = query.contains("prefix=ACME%2Fvoucher%2F2025%2F01%2F06%2F");
            if day { Fault::Status(status, code, None) } else { Fault::None }
        }
    };
    // It may come back: waited for, and nothing is decided meanwhile.
    server.on_request(of_the_day(500, "InternalError"));
    project.run(&["resync", "batch", "--all"]).exit(3);
    // Refused: the batch is not complete, and nobody takes the documents there for gone.
    server.on_request(of_the_day(403, "AccessDenied"));
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-6"], "Migrated");
    assert_eq!(project.show("batch")["syncStatus"], "Partial");
    assert_eq!(project.show("batch")["notListed"], 1);
    let report = std::fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap();
    assert!(report.contains("could not be listed"), "the report is of this run: {report}");
}
