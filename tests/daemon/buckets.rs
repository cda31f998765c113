//! Two buckets of a server that can be made slow or silent, and a project between them.

use http::request::Parts;
use serde_json::{Value, json};

use crate::project::{Project, distinct};
use crate::support::s3::S3Server;

/// A server with buckets `src` and `dst`, and a project with both as stores, changed as the test wants it.
pub fn buckets(change: impl FnOnce(&mut Value)) -> (S3Server, Project) {
    let server = S3Server::start();
    server.make_bucket("src");
    server.make_bucket("dst");
    let mut config = json!({
        "stores": {"src": store(&server, "src"), "dst": store(&server, "dst")},
        "watch": {"rescan": "1s", "settle": "200ms"},
    });
    change(&mut config);
    let project = Project::with_config(&config);
    (server, project)
}

/// A bucket as a store of the config, with the abilities that the server has.
pub fn store(server: &S3Server, bucket: &str) -> Value {
    let mut store = serde_json::to_value(server.config(bucket)).unwrap();
    store["credentials"] = json!({"env": "TEST_"});
    store
}

/// Puts documents of one file each into the source.
pub fn plant(server: &S3Server, prefix: &str, documents: usize) {
    for n in 0..documents {
        let key = format!("{prefix}ACME/voucher/2025/01/05/IMG-{n:03}/cover-1.png");
        server.plant("src", &key, &distinct(&key));
    }
}

/// Whether a request reads an object of the source whose key holds this.
pub fn reads(request: &Parts, part: &str) -> bool {
    let path = request.uri.path();
    request.method == http::Method::GET && path.starts_with("/src/") && path.contains(part) && path.ends_with(".png")
}
