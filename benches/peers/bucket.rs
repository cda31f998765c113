//! Buckets of the two servers: the first is read, the second written.

use std::process::Command;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;

use crate::need;

/// Where a server answers.
pub fn endpoint(server: usize) -> String {
    need(["S3_ENDPOINT", "S3_ENDPOINT_2"][server])
}

/// A bucket as a program sees it.
pub fn open(server: usize, name: &str) -> Arc<dyn ObjectStore> {
    let builder = AmazonS3Builder::new()
        .with_endpoint(endpoint(server))
        .with_region("us-east-1")
        .with_bucket_name(name)
        .with_access_key_id(need("S3_ACCESS_KEY_ID"))
        .with_secret_access_key(need("S3_SECRET_ACCESS_KEY"))
        .with_allow_http(true);
    Arc::new(builder.build().expect("a sound configuration"))
}

/// Makes a bucket.
pub fn make(server: usize, name: &str) {
    assert!(ask("PUT", server, name), "the bucket {name} could not be made");
}

/// Removes a bucket with all that is in it, so that the disk does not fill.
pub fn remove(server: usize, name: &str) {
    if !ask("DELETE", server, name) {
        println!("the bucket {name} was left behind");
    }
}

/// Buckets are made and removed by curl, which signs requests; `object_store` has no call for it.
fn ask(method: &str, server: usize, name: &str) -> bool {
    let user = format!("{}:{}", need("S3_ACCESS_KEY_ID"), need("S3_SECRET_ACCESS_KEY"));
    let url = format!("{}/{name}", endpoint(server));
    let mut curl = Command::new("curl");
    curl.args(["-fsS", "-X", method, "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", &user, &url]);
    curl.status().expect("curl").success()
}
