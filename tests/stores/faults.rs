//! What goes wrong between us and an S3 server, and whose failure it is.

use std::time::Duration;

use batchferry::model::credentials::Credentials;
use batchferry::model::failure::Code::{self, *};
use batchferry::model::failure::Disposition::{self, *};
use batchferry::model::ids::{Digest, StoreName};
use batchferry::model::receipt::Pin;
use batchferry::model::units::Span;
use batchferry::stores::{Carried, PutIf, Store, StoreError};
use bytes::Bytes;

use super::places::{part, pinned, put};
use crate::support::configs::config;
use crate::support::fault::once;
use crate::support::{Fault, S3Server};

struct Scene {
    server: S3Server,
    store: Store,
    pin: Pin,
}

const KEY: &str = "a.jpg";

async fn scene() -> Scene {
    let server = S3Server::with_bucket("scans");
    let store = server.store_with("scans", |config| config.request_timeout = Some(Span(Duration::from_millis(300))));
    let written = put(&store, KEY, &[7; 100_000]).await;
    let pin = Pin { etag: written.etag, ..pinned(&store, KEY).await };
    Scene { server, store, pin }
}

impl Scene {
    async fn get(&self) -> StoreError {
        self.store.get(KEY, &self.pin).await.unwrap_err()
    }

    async fn put(&self) -> StoreError {
        let bytes = Bytes::from_static(b"x");
        self.store.put("b.jpg", bytes, &Digest::of(b"x"), PutIf::Any, &Carried::default()).await.unwrap_err()
    }

    async fn list(&self) -> StoreError {
        self.store.list("", false, None).await.unwrap_err()
    }
}

fn expect(error: &StoreError, expected: (Code, Disposition)) {
    assert_eq!((error.code, error.disposition), expected, "{error}");
}

#[tokio::test]
async fn an_error_of_the_server_is_told_by_status_and_code() {
    let scene = scene().await;
    for (status, code, expected) in [
        (503, "SlowDown", (Throttled, Retry)),
        (429, "", (Throttled, Retry)),
        (500, "InternalError", (StoreUnavailable, Retry)),
        (503, "", (StoreUnavailable, Retry)),
        (403, "AccessDenied", (AccessDenied, Reject)),
        (403, "ExpiredToken", (CredentialsRejected, Stall)),
        (403, "RequestTimeTooSkewed", (ClockSkewed, Stall)),
        (401, "", (CredentialsRejected, Stall)),
        (404, "NoSuchBucket", (StoreMissing, Stall)),
        (507, "XMinioStorageFull", (QuotaExceeded, Stall)),
        (403, "QuotaExceeded", (QuotaExceeded, Stall)),
        (301, "PermanentRedirect", (StoreUnavailable, Stall)),
        (400, "AuthorizationHeaderMalformed", (StoreUnusable, Stall)),
    ] {
        scene.server.on_request(move |_| Fault::Status(status, code, Some(9)));
        for error in [scene.get().await, scene.put().await, scene.list().await] {
            expect(&error, expected);
            assert_eq!(error.retry_after, Some(Duration::from_secs(9)));
            let said = error.to_string();
            assert!(said.contains(&status.to_string()) && said.contains(code) && !said.contains("http://"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_refused_head_is_asked_again_for_its_reason() {
    let scene = scene().await;
    for (code, expected) in [("ExpiredToken", (CredentialsRejected, Stall)), ("AccessDenied", (AccessDenied, Reject))] {
        scene.server.on_request(move |_| Fault::Status(403, code, None));
        expect(&scene.store.head(KEY).await.unwrap_err(), expected);
    }
    scene.server.on_request(|_| Fault::Status(503, "SlowDown", None));
    expect(&scene.store.head(KEY).await.unwrap_err(), (Throttled, Retry));
}

#[tokio::test]
async fn a_refused_listing_is_no_reason_to_hold_a_store_for_lost() {
    let scene = scene().await;
    scene.server.on_request(|_| Fault::Status(403, "AccessDenied", None));
    scene.store.probe().await.unwrap();
    scene.server.on_request(|_| Fault::Status(403, "InvalidAccessKeyId", None));
    expect(&scene.store.probe().await.unwrap_err(), (CredentialsRejected, Stall));
}

#[tokio::test]
async fn nothing_is_tried_twice_here() {
    let scene = scene().await;
    for fault in [Fault::Status(503, "SlowDown", None), Fault::Reset, Fault::TruncateBody] {
        let before = scene.server.requests("GET");
        scene.server.on_request(move |_| fault.clone());
        scene.get().await;
        assert_eq!(scene.server.requests("GET"), before + 1);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_and_a_connection_that_breaks_are_tried_again() {
    let scene = scene().await;
    for fault in [Fault::TruncateBody, Fault::Reset, Fault::ResetAfterwards] {
        scene.server.on_request(move |_| fault.clone());
        expect(&scene.get().await, (StoreUnavailable, Retry));
        expect(&scene.list().await, (StoreUnavailable, Retry));
    }
    for fault in [Fault::Reset, Fault::ResetAfterwards] {
        scene.server.on_request(move |_| fault.clone());
        expect(&scene.put().await, (StoreUnavailable, Retry));
    }
    scene.server.on_request(once_get(Fault::TruncateBody));
    scene.get().await;
    assert_eq!(scene.store.get(KEY, &scene.pin).await.unwrap().bytes.len(), 100_000);
}

fn once_get(fault: Fault) -> Box<crate::support::fault::Plan> {
    once(|request| request.method == "GET", fault)
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let scene = scene().await;
    scene.server.on_request(|_| Fault::Hang);
    for error in [scene.get().await, scene.put().await, scene.list().await] {
        expect(&error, (Timeout, Retry));
    }
}

#[tokio::test]
async fn no_server_no_name_and_no_tls_stall() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = S3Server::with_bucket("scans");
    let no_tls = server.endpoint().replace("http://", "https://");
    for endpoint in [format!("http://{closed}"), "http://no-such-host.invalid".to_owned(), no_tls] {
        let mut config = config("s3://scans");
        config.endpoint = Some(endpoint.clone());
        let store = Store::open(&StoreName::new("s"), &config, Some(Credentials::S3(S3Server::credentials()))).unwrap();
        let error = store.probe().await.unwrap_err();
        expect(&error, (StoreUnavailable, Reconnect));
        assert!(error.to_string().contains("cannot connect"), "{endpoint} {error}");
    }
}

#[tokio::test]
async fn a_change_is_noticed_although_the_server_ignores_if_match() {
    let scene = scene().await;
    scene.server.on_request(|_| Fault::Header("etag", b"\"another\"".to_vec()));
    expect(&scene.get().await, (ChangedDuringRun, Reject));
    scene.server.on_request(|_| Fault::Status(412, "PreconditionFailed", None));
    expect(&scene.get().await, (ChangedDuringRun, Reject));
}

#[tokio::test]
async fn reads_ask_for_the_listed_entity_tag() {
    let scene = scene().await;
    let expected = scene.pin.etag.clone().unwrap();
    scene.server.on_request(move |request| match request.headers.get("if-match") {
        Some(etag) if etag.as_bytes() == expected.as_bytes() => Fault::None,
        _ => Fault::Status(400, "InvalidRequest", None),
    });
    scene.store.get(KEY, &scene.pin).await.unwrap();
    let unquoted =
        Pin { etag: scene.pin.etag.as_deref().map(|etag| etag.trim_matches('"').to_owned()), ..scene.pin.clone() };
    scene.store.get_range(KEY, &unquoted, 5..10).await.unwrap();
}

#[tokio::test]
async fn a_server_that_answers_nonsense_gives_no_listing() {
    let scene = scene().await;
    for body in [
        "<html><body>Sign in</body></html>",
        "",
        "{\"objects\": []}",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
    ] {
        scene.server.on_request(move |_| Fault::Answer(200, "text/html", body.to_owned()));
        expect(&scene.list().await, (UnlistableKeys, Reject));
    }
}

#[tokio::test]
async fn names_that_xml_cannot_hold_are_asked_for_encoded() {
    let scene = scene().await;
    scene.server.on_request(|request| {
        let encoded = request.uri.query().is_some_and(|query| query.contains("encoding-type=url"));
        let name = if encoded { "<EncodingType>url</EncodingType>" } else { "" };
        let key = if encoded { "a+%01.jpg" } else { "a \u{FFFD}.jpg" };
        let content = "<Size>1</Size><LastModified>2025-01-01T00:00:00Z</LastModified>";
        let page = format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated>{name}<Contents><Key>{key}</Key>{content}</Contents>\
             </ListBucketResult>"
        );
        Fault::Answer(200, "application/xml", page)
    });
    let page = scene.store.list("", false, None).await.unwrap();
    assert_eq!(page.unaddressable[0].0.key, "a \u{1}.jpg");
    assert_eq!(page.requests, 2);
}

#[tokio::test]
async fn a_part_that_failed_is_sent_again_without_the_others() {
    let scene = scene().await;
    let mut upload = scene.store.upload("big.tif", &Carried::default()).await.unwrap();
    let before = scene.server.requests("PUT");
    part(&mut upload, &Bytes::from(vec![1; 5 << 20])).send().await.unwrap();
    scene.server.on_request(once(|request| request.method == "PUT", Fault::Status(503, "SlowDown", None)));
    let last = part(&mut upload, &Bytes::from_static(b"end"));
    expect(&last.send().await.unwrap_err(), (Throttled, Retry));
    last.send().await.unwrap();
    upload.finish(PutIf::Any).await.unwrap();
    assert_eq!(scene.server.requests("PUT") - before, 3);
    assert_eq!(scene.store.head("big.tif").await.unwrap().unwrap().size, (5 << 20) + 3);
}

#[tokio::test]
async fn an_upload_that_fails_midway_says_so_and_leaves_no_object() {
    let scene = scene().await;
    let mut upload = scene.store.upload("big.tif", &Carried::default()).await.unwrap();
    scene.server.on_request(once(|request| request.method == "PUT", Fault::Status(503, "SlowDown", Some(3))));
    let error = part(&mut upload, &Bytes::from_static(b"part")).send().await.unwrap_err();
    expect(&error, (Throttled, Retry));
    assert_eq!(error.retry_after, Some(Duration::from_secs(3)));
    upload.abort().await.unwrap();
    assert_eq!(scene.store.head("big.tif").await.unwrap(), None);
}

#[tokio::test]
async fn an_error_after_status_200_is_an_error() {
    let scene = scene().await;
    let mut upload = scene.store.upload("big.tif", &Carried::default()).await.unwrap();
    part(&mut upload, &Bytes::from_static(b"part")).send().await.unwrap();
    let body = "<Error><Code>SlowDown</Code><Message>later</Message></Error>";
    let fault = Fault::Answer(200, "application/xml", body.to_owned());
    scene.server.on_request(once(|request| request.method == "POST", fault));
    expect(&upload.finish(PutIf::Any).await.unwrap_err(), (Throttled, Retry));
    // The parts are still there for another try.
    upload.finish(PutIf::Any).await.unwrap();
    assert_eq!(scene.server.requests("POST"), 3);
}
