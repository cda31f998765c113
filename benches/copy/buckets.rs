//! The two endpoints, their buckets and what lies in the first.

use std::process::Command;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::need;

pub fn source() -> Arc<dyn ObjectStore> {
    bucket(&need("S3_ENDPOINT"), "first")
}

pub fn target() -> Arc<dyn ObjectStore> {
    bucket(&need("S3_ENDPOINT_2"), "second")
}

fn bucket(endpoint: &str, name: &str) -> Arc<AmazonS3> {
    let builder = AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_region("us-east-1")
        .with_bucket_name(name)
        .with_access_key_id(need("S3_ACCESS_KEY_ID"))
        .with_secret_access_key(need("S3_SECRET_ACCESS_KEY"))
        .with_allow_http(true);
    Arc::new(builder.build().expect("a sound configuration"))
}

/// Makes both buckets.
pub fn make() {
    make_bucket(&need("S3_ENDPOINT"), "first");
    make_bucket(&need("S3_ENDPOINT_2"), "second");
}

/// Makes the second bucket at the first server, too.
pub fn make_second_beside_the_first() {
    make_bucket(&need("S3_ENDPOINT"), "second");
}

/// Buckets are made by curl, which signs requests; object_store has no call for it.
fn make_bucket(endpoint: &str, name: &str) {
    let user = format!("{}:{}", need("S3_ACCESS_KEY_ID"), need("S3_SECRET_ACCESS_KEY"));
    let url = format!("{endpoint}/{name}");
    let done = Command::new("curl")
        .args(["-fsS", "-X", "PUT", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", &user, &url])
        .status()
        .expect("curl");
    assert!(done.success(), "the bucket {name} could not be made");
}

/// A PNG image of at least so many bytes; no two of them are equal.
pub fn content(n: usize, bytes: usize) -> Vec<u8> {
    let mut content = include_bytes!("../../tests/data/images/phys-300.png").to_vec();
    content.extend(n.to_le_bytes());
    content.resize(bytes.max(content.len()), 7);
    content
}

/// Puts `files` PNG images of `bytes` bytes below `prefix`, `roles` of them to a document.
pub async fn fill(prefix: &str, files: usize, bytes: usize, roles: usize) {
    let source = source();
    let put = |n: usize| {
        let source = source.clone();
        async move {
            let document = n / roles;
            let (day, role) = (document % 28 + 1, ["cover-1", "invoice-1", "attachment-1"][n % roles]);
            let key = format!("{prefix}/ACME/voucher/2025/01/{day:02}/IMG-{document:07}/{role}.png");
            source.put(&Key::parse(key).expect("a sound key"), content(n, bytes).into()).await.expect("a PUT");
        }
    };
    stream::iter((0..files).map(put)).buffer_unordered(64).count().await;
}
