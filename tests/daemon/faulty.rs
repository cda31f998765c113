//! A batch between two buckets of a server that can be made to fail.

use std::collections::BTreeMap;
use std::fs;

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::buckets::store;
use crate::project::{Project, distinct, objects_below};
use crate::support::s3::{ACCESS_KEY, S3Server};

/// The server and the project.
pub struct Buckets {
    pub server: S3Server,
    pub project: Project,
}

/// Documents in the bucket `src`, a spec `batch` that moves them to `dst`, and short waits. `change` has the config.
pub fn buckets(documents: usize, change: impl FnOnce(&mut Value)) -> Buckets {
    buckets_of(S3Server::start(), documents, change)
}

/// The same on a server of the test's own.
pub fn buckets_of(server: S3Server, documents: usize, change: impl FnOnce(&mut Value)) -> Buckets {
    server.make_bucket("src");
    server.make_bucket("dst");
    for n in 0..documents {
        for file in ["cover-1.png", "invoice-1.png"] {
            let key = format!("ACME/voucher/2025/01/05/IMG-{n}/{file}");
            server.plant("src", &key, &distinct(&key));
        }
    }
    let mut config = json!({
        "stores": {"src": store(&server, "src"), "dst": store(&server, "dst")},
        "watch": {"rescan": "1s", "settle": "200ms"}, "listen": "127.0.0.1:0",
    });
    change(&mut config);
    let project = Project::with_config(&config);
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 2, "timeout": "2s"}));
    Buckets { server, project }
}

/// Objects that lie in a bucket, without the server's own notes on metadata and uploads.
pub fn objects(server: &S3Server, bucket: &str) -> BTreeMap<String, Vec<u8>> {
    let mut objects = objects_below(&server.folder(bucket));
    objects.retain(|key, _| !key.starts_with('.'));
    objects
}

/// Writes a file of credentials in one step, as secrets are rotated.
pub fn write_credentials(project: &Project, file: &str, secret: &str) {
    let credentials = json!({"accessKeyId": ACCESS_KEY, "secretAccessKey": secret});
    fs::write(project.path("new.json"), credentials.to_string()).unwrap();
    fs::rename(project.path("new.json"), project.path(file)).unwrap();
}

/// Whether a request reads an object of a bucket.
pub fn reads(request: &Parts, bucket: &str) -> bool {
    request.method == Method::GET && is_object(request, bucket)
}

/// Whether a request writes an object of a bucket.
pub fn writes(request: &Parts, bucket: &str) -> bool {
    request.method == Method::PUT && is_object(request, bucket)
}

fn is_object(request: &Parts, bucket: &str) -> bool {
    request.uri.path().starts_with(&format!("/{bucket}/ACME"))
}

/// The condition of a kind, if it holds: its reason and its message.
pub fn condition(show: &Value, kind: &str) -> Option<(String, String)> {
    let held = show["conditions"].as_array().unwrap().iter().find(|held| held["type"] == kind)?;
    Some((held["reason"].as_str().unwrap().to_owned(), held["message"].as_str().unwrap().to_owned()))
}

impl Project {
    /// Waits until a batch is stalled for this reason, and gives the message.
    #[track_caller]
    pub fn await_stalled(&self, name: &str, reason: &str) -> String {
        let stalled = |show: &Value| condition(show, "Stalled").filter(|(held, _)| held == reason);
        let show = self.await_batch(name, |show| stalled(show).is_some());
        stalled(&show).unwrap().1
    }

    /// Demands that every document of a batch arrived, file by file, and that nothing holds it up any more.
    #[track_caller]
    pub fn await_proven(&self, name: &str, server: &S3Server, documents: u64) -> Value {
        let show = self.await_ended(name, "Complete");
        assert_eq!((&show["documents"]["migrated"], &show["conditions"]), (&json!(documents), &json!([])), "{show:#}");
        crate::daemon::assert_reconciles(&show);
        assert_eq!(objects(server, "dst"), objects(server, "src"));
        show
    }
}
