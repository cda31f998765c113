//! Servers that `tests/clouds.sh` starts: real ones, each with the gaps that are its own.

use batchferry::model::config::{ChecksumAbility, StoreConfig};
use batchferry::model::credentials::{AzureKeys, Credentials, S3Keys};
use batchferry::model::ids::StoreName;
use batchferry::stores::Store;
use http::Method;
use object_store::ClientOptions;
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::{HttpConnector as _, HttpRequest, HttpRequestBody, HttpResponse, ReqwestConnector};

use super::places::{OF_AZURE, OF_SEAWEEDFS, Place};
use crate::support::Google;
use crate::support::configs::config;

/// What `tests/clouds.sh` says of a server; without it there is no test.
pub fn need(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this by tests/clouds.sh"))
}

/// A name for a bucket or container: small letters, digits and `-`.
fn bucket_name(test: &str) -> String {
    test.replace('_', "-").chars().take(60).collect()
}

/// Azurite's only account; its key is the same everywhere.
pub const ACCOUNT: &str = "devstoreaccount1";
const ACCOUNT_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

pub fn azure_keys() -> AzureKeys {
    AzureKeys { account_name: Some(ACCOUNT.to_owned()), account_key: Some(ACCOUNT_KEY.to_owned()), sas_token: None }
}

pub fn azure_config(container: &str) -> StoreConfig {
    StoreConfig {
        endpoint: Some(format!("{}/{ACCOUNT}", need("AZURITE_ENDPOINT"))),
        conditional_put: Some(true),
        ..config(format!("az://{container}"))
    }
}

/// An empty container of Azurite.
pub async fn azurite(test: &str) -> Place {
    let container = bucket_name(test);
    make_container(&container).await;
    let config = StoreConfig { prefix: "tenant/".to_owned(), ..azure_config(&container) };
    let store = Store::open(&StoreName::new("azurite"), &config, Some(Credentials::Azure(azure_keys()))).unwrap();
    Place::of(store).with(OF_AZURE)
}

/// `object_store` has no call that makes a container.
async fn make_container(name: &str) {
    azure_put(&format!("{name}?restype=container"), |_| {}).await;
}

/// Makes an empty blob, whatever its name.
pub async fn plant_blob(container: &str, name: &str) {
    azure_put(&format!("{container}/{name}"), |request| {
        request.headers_mut().insert("x-ms-blob-type", "BlockBlob".parse().unwrap());
    })
    .await;
}

/// A blob's access tier.
pub async fn tier_of(container: &str, name: &str) -> String {
    let response = azure(Method::HEAD, &format!("{container}/{name}"), |_| {}).await;
    response.headers()["x-ms-access-tier"].to_str().unwrap().to_owned()
}

async fn azure_put(target: &str, change: impl FnOnce(&mut HttpRequest)) {
    assert_eq!(azure(Method::PUT, target, change).await.status(), 201, "{target}");
}

async fn azure(method: Method, target: &str, change: impl FnOnce(&mut HttpRequest)) -> HttpResponse {
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.method_mut() = method;
    *request.uri_mut() = format!("{}/{ACCOUNT}/{target}", need("AZURITE_ENDPOINT")).parse().unwrap();
    request.headers_mut().insert("content-length", 0.into());
    change(&mut request);
    let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(ACCOUNT_KEY).unwrap());
    AzureAuthorizer::new(&credential, ACCOUNT).try_authorize(&mut request).unwrap();
    let client = ReqwestConnector::default().connect(&ClientOptions::new().with_allow_http(true)).unwrap();
    client.execute(request).await.unwrap()
}

pub fn s3_keys() -> S3Keys {
    S3Keys {
        access_key_id: need("S3_ACCESS_KEY_ID"),
        secret_access_key: need("S3_SECRET_ACCESS_KEY"),
        session_token: None,
    }
}

/// The bucket that the script makes; each test has a prefix of its own in it, since SeaweedFS sets space aside for each bucket.
pub const BUCKET: &str = "contract";

pub fn seaweedfs_config(prefix: &str) -> StoreConfig {
    StoreConfig {
        endpoint: Some(need("S3_ENDPOINT")),
        prefix: prefix.to_owned(),
        conditional_put: Some(true),
        checksum: Some(ChecksumAbility::Sha256),
        ..config(format!("s3://{BUCKET}"))
    }
}

/// A place of SeaweedFS.
pub fn seaweedfs(test: &str) -> Place {
    let config = seaweedfs_config(&format!("s3/{test}/"));
    let store = Store::open(&StoreName::new("seaweedfs"), &config, Some(Credentials::S3(s3_keys()))).unwrap();
    Place::of(store).with(OF_SEAWEEDFS)
}

/// Google's interface before SeaweedFS.
pub fn google_before_seaweedfs() -> Google {
    let S3Keys { access_key_id, secret_access_key, .. } = s3_keys();
    Google::before(&need("S3_ENDPOINT"), &access_key_id, &secret_access_key)
}

/// A place of SeaweedFS, asked by Google's interface.
pub fn google_seaweedfs(test: &str) -> Place {
    let google = google_before_seaweedfs();
    let store = google.store_with(BUCKET, |config| config.prefix = format!("google/{test}/"));
    Place::before(store, google).with(OF_SEAWEEDFS)
}

/// A place of JuiceFS's gateway, of which nothing is declared.
pub fn juicefs_config(prefix: &str) -> StoreConfig {
    StoreConfig {
        endpoint: Some(need("JUICEFS_ENDPOINT")),
        prefix: prefix.to_owned(),
        ..config(format!("s3://{BUCKET}"))
    }
}
