//! A store that fails as such stalls its batches with a code and a remedy that fit, and they go on by themselves.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use http::request::Parts;
use serde_json::{Value, json};

use crate::daemon::Daemon;
use crate::faulty::{Buckets, buckets, buckets_of, objects, writes};
use crate::metrics::Probes;
use crate::project::Project;
use crate::support::s3::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::{Fault, tls};

const DOCUMENTS: usize = 8;

/// From the sixth object on the target answers every request like this.
fn later(status: u16, code: &'static str) -> impl Fn(&Parts) -> Fault + Send + Sync {
    let written = AtomicU64::new(0);
    move |request| {
        let before = written.fetch_add(u64::from(writes(request, "dst")), Ordering::SeqCst);
        let is_target = request.uri.path().starts_with("/dst");
        if before >= 5 && is_target { Fault::Status(status, code, None) } else { Fault::None }
    }
}

#[test]
fn what_the_target_says_of_itself_stalls_the_batch_until_it_says_it_no_more() {
    for (status, said, code, remedy) in [
        (403, "RequestTimeTooSkewed", "ClockSkewed", "Set the clock of this machine"),
        (404, "NoSuchBucket", "StoreMissing", "Check the store's url"),
        (507, "XMinioStorageFull", "QuotaExceeded", "Make room at the target"),
        (507, "", "QuotaExceeded", "Make room at the target"),
    ] {
        let Buckets { server, project } = buckets(DOCUMENTS, |_| {});
        server.on_request(later(status, said));
        let _daemon = Daemon::start(&project);
        let message = project.await_stalled("batch", code);
        assert!(message.contains("dst") && message.contains(&status.to_string()), "{message}");
        assert!(project.run(&["show", "batch"]).exit(0).stdout.contains(remedy), "{code}");
        let stalled = project.show("batch");
        assert_eq!(stalled["documents"]["failed"], 0);
        assert!(stalled["documents"]["pending"].as_u64().unwrap() > 0);
        server.heal();
        let show = project.await_proven("batch", &server, DOCUMENTS as u64);
        assert_eq!(show["runs"].as_array().unwrap().len(), 1, "{said}: the same run went on");
    }
}

#[test]
fn a_full_target_holds_up_no_batch_of_other_stores_and_is_counted() {
    let Buckets { server, project } = buckets(DOCUMENTS, |config| {
        config["stores"]["other"] = json!({"url": "file:other"});
        config["limits"] = json!({"batches": 1});
    });
    fs::create_dir(project.path("other")).unwrap();
    server.on_request(later(507, "XMinioStorageFull"));
    let (_daemon, probes) = Probes::start(&project);
    project.await_stalled("batch", "QuotaExceeded");
    probes.await_metric("batchferry_batches_stalled 1");
    project.spec("second", |spec| spec["target"]["store"] = json!("other"));
    project.await_ended("second", "Complete");
    assert_eq!(project.objects("other"), objects(&server, "src"));
    assert_ne!(project.show("batch")["runStatus"], "Ended");
    server.heal();
    project.await_proven("batch", &server, DOCUMENTS as u64);
    probes.await_metric("batchferry_batches_stalled 0");
}

fn write_credentials(project: &Project, token: &str) {
    let credentials = json!({"accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "sessionToken": token});
    fs::write(project.path("new.json"), credentials.to_string()).unwrap();
    fs::rename(project.path("new.json"), project.path("credentials.json")).unwrap();
}

#[test]
fn credentials_that_expire_midway_are_read_anew_from_their_file() {
    for code in ["ExpiredToken", "InvalidAccessKeyId"] {
        let Buckets { server, project } = buckets(DOCUMENTS, |config| {
            config["stores"]["dst"]["credentials"] = json!({"file": "credentials.json"});
        });
        let expires = later(403, code);
        server.on_request(move |request| {
            let token = request.headers.get("x-amz-security-token").map(http::HeaderValue::as_bytes);
            if token == Some(b"of-today") { Fault::None } else { expires(request) }
        });
        write_credentials(&project, "of-yesterday");
        let _daemon = Daemon::start(&project);
        project.await_stalled("batch", "CredentialsRejected");
        project.run(&["show", "batch"]).exit(0).says("Renew the credentials");
        write_credentials(&project, "of-today");
        project.await_proven("batch", &server, DOCUMENTS as u64);
    }
}

#[test]
fn a_certificate_that_nobody_trusts_stalls_the_batch_until_its_authority_is_named() {
    let Buckets { server, project } = buckets_of(S3Server::start_tls(), DOCUMENTS, |_| {});
    let daemon = Daemon::start(&project);
    let message = project.await_stalled("batch", "StoreUnavailable");
    assert!(message.contains("certificate") && message.contains("caFile"), "{message}");
    assert_eq!(server.all_requests(), 0);
    let mut config: Value =
        serde_json::from_str(&fs::read_to_string(project.path("batchferry.yaml")).unwrap()).unwrap();
    for store in ["src", "dst"] {
        config["stores"][store]["caFile"] = json!(tls::file("ca.pem"));
    }
    project.configure(&config);
    daemon.signal("HUP");
    project.await_proven("batch", &server, DOCUMENTS as u64);
}
