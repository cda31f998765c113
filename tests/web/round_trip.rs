//! Every request arrives as it was asked, and every reply comes back as it was given.

use std::time::Duration;

use batchferry::model::audit::{Anchor, EventFilter};
use batchferry::model::control::{MAX_ROWS, Refusal, RefusalKind, Request};
use batchferry::model::event::Sample;
use batchferry::model::failure::Code;
use batchferry::model::ids::{Digest, ImageNumber};
use batchferry::model::spec::ResyncScope;
use batchferry::model::status::ItemStatus;
use batchferry::model::units::Span;

use crate::daemon::{Daemon, own_name};
use crate::views::{EVIL, full};

/// Names that a careless encoding would change.
const NAMES: [&str; 14] = [
    "acme-expenses-2025-q1",
    "MB-20250402-0007",
    "jobs/财务/acme vouchers.yaml",
    "a b/c%2Fd?e#f+g&h=i",
    "\"'`\\;,:@$!*()[]{}|^~<>",
    "发票-0001",
    "🙂👩‍👩‍👧",
    "\u{0}\u{1}\t\r\n\u{1b}[31m\u{7f}",
    "\u{202e}gpj.exe\u{feff}",
    ".",
    "..",
    "/",
    " ",
    EVIL,
];

fn instant(nanosecond: i128) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(nanosecond).unwrap()
}

/// Every kind of request, about `name`.
fn requests(name: &str) -> Vec<Request> {
    let batch = || name.to_owned();
    let image = || ImageNumber::new(name);
    let documents = |status, code, after| Request::Documents { batch: batch(), status, code, after, limit: MAX_ROWS };
    vec![
        Request::Batches { after: None, limit: 1 },
        Request::Batches { after: Some(batch()), limit: MAX_ROWS },
        Request::Batch { batch: batch() },
        documents(None, None, None),
        documents(Some(ItemStatus::AlreadyAtTarget), Some(Code::UnlistableKeys), Some(image())),
        Request::Files { batch: batch(), image: image() },
        Request::Chains { after: Some(batch()), limit: 1 },
        Request::Events { batch: batch(), filter: EventFilter::default(), after: None, limit: 1 },
        Request::Events {
            batch: batch(),
            filter: EventFilter { from: Some(instant(1)), until: Some(instant(2)), image: Some(image()) },
            after: Some(batch()),
            limit: MAX_ROWS,
        },
        Request::CheckAudit { batch: batch(), against: None },
        Request::CheckAudit { batch: batch(), against: Some(Anchor { event: u64::MAX, digest: Digest::of(b"a") }) },
        Request::Verify { batch: batch(), sample: None },
        Request::Verify { batch: batch(), sample: Some(Sample { size: u32::MAX, seed: batch() }) },
        Request::Spec { batch: batch() },
        Request::Records { batch: batch(), after: None, image: None, limit: 1 },
        Request::Records { batch: batch(), after: Some(image()), image: Some(image()), limit: MAX_ROWS },
        Request::Report { batch: batch() },
        Request::WriteReport { batch: batch() },
        Request::Plan { file: batch(), text: format!("metadata: {{name: {name}}}\n"), within: None },
        Request::Plan { file: batch(), text: batch(), within: Some(Span(Duration::from_millis(90_500))) },
        Request::CheckSpec { file: batch(), text: format!("metadata: {{name: {name}}}\n") },
        Request::WriteSpec { file: batch(), text: format!("metadata: {{name: {name}}}\n") },
        Request::Resync { batch: batch(), scope: ResyncScope::Failed },
        Request::Resync { batch: batch(), scope: ResyncScope::All },
        Request::Suspend { batch: batch() },
        Request::Resume { batch: batch() },
        Request::Cancel { batch: batch() },
        Request::Delete { batch: batch() },
        Request::Rescan,
    ]
}

#[tokio::test]
async fn every_request_and_every_reply_goes_through_unchanged() {
    let daemon = Daemon::answering(full).await;
    let client = daemon.client().await;
    let long = "发".repeat(1_000);
    for request in NAMES.iter().copied().chain([long.as_str()]).flat_map(requests) {
        let reply = client.ask(request.clone()).await;
        assert_eq!(reply, full(&request), "{request:?}");
        let (seen, operator) = daemon.seen.lock().unwrap().pop().unwrap();
        assert_eq!(seen, request);
        assert_eq!((operator.name, operator.commit), (own_name(), None));
    }
}

#[tokio::test]
async fn every_status_and_code_goes_through() {
    let daemon = Daemon::answering(full).await;
    let client = daemon.client().await;
    let statuses = ItemStatus::ALL.map(|status| (Some(status), None));
    let codes = Code::ALL.iter().map(|code| (None, Some(*code)));
    for (status, code) in statuses.into_iter().chain(codes) {
        let request = Request::Documents { batch: "a".to_owned(), status, code, after: None, limit: 9 };
        client.ask(request.clone()).await.unwrap();
        assert_eq!(daemon.seen.lock().unwrap().pop().unwrap().0, request);
    }
}

#[tokio::test]
async fn refusals_come_back_as_they_were_given() {
    for kind in [
        RefusalKind::NotFound,
        RefusalKind::Refused,
        RefusalKind::Invalid,
        RefusalKind::TooLarge,
        RefusalKind::Busy,
        RefusalKind::Unavailable,
    ] {
        let refusal = Refusal::new(kind, EVIL);
        let given = refusal.clone();
        let daemon = Daemon::answering(move |_| Err(given.clone())).await;
        assert_eq!(daemon.client().await.ask(Request::Rescan).await, Err(refusal));
    }
}

#[tokio::test]
async fn what_no_daemon_would_take_is_refused_before_it_is_sent() {
    let daemon = Daemon::answering(full).await;
    let client = daemon.client().await;
    let plan = |bytes| Request::Plan { file: "a".to_owned(), text: "x".repeat(bytes), within: None };
    for (request, says) in [
        (Request::Batch { batch: String::new() }, "empty"),
        (Request::Suspend { batch: String::new() }, "empty"),
        (Request::Batch { batch: "发".repeat(20_000) }, "too long"),
        (plan(2 << 20), "too many bytes"),
    ] {
        let refusal = client.ask(request).await.unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Invalid);
        assert!(refusal.message.contains(says), "{refusal}");
    }
    client.ask(plan(256 << 10)).await.unwrap();
    assert_eq!(daemon.seen.lock().unwrap().len(), 1);
}
