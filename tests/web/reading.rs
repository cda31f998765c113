//! What reads over TCP: tags, pages, streams, heads, and more connections than are served at once.

use batchferry::model::control::{Page, Refusal, RefusalKind, Reply, Request};
use batchferry::model::failure::Code;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::raw::read;
use crate::slow::within_an_hour;
use crate::tcp::{Listener, OPERATOR, VIEWER, grants};
use crate::views::{full, rescanned};

const BATCH: &str = "/api/v1/batches/a";

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let listener = Listener::local(None, full).await;
    let first = listener.ask("GET", BATCH, &[], "").await;
    let tag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let again = listener.ask("GET", BATCH, &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert!(
        again.head.contains(&format!("etag: {tag}")) && again.head.contains("cache-control: no-store"),
        "{again:?}"
    );
    assert_eq!(listener.ask("GET", BATCH, &[("if-none-match", "\"other\"")], "").await.status, 200);
    let elsewhere = listener.ask("GET", &format!("{BATCH}/spec"), &[("if-none-match", &tag)], "").await;
    assert_eq!(elsewhere.status, 200, "each has its own");
}

#[tokio::test]
async fn refusals_have_the_status_of_their_kind_and_words() {
    for (kind, status) in [
        (RefusalKind::NotFound, 404),
        (RefusalKind::Refused, 409),
        (RefusalKind::Invalid, 400),
        (RefusalKind::TooLarge, 413),
        (RefusalKind::Busy, 503),
        (RefusalKind::Unavailable, 503),
    ] {
        let listener = Listener::local(None, move |_| Err(Refusal::new(kind, "<b>\"发票\"</b>"))).await;
        for target in [BATCH, "/api/v1/batches/a/events.jsonl"] {
            let answer = listener.ask("GET", target, &[], "").await;
            assert_eq!(answer.problem(status), "<b>\"发票\"</b>", "{target}");
            assert!(answer.head.contains("x-content-type-options: nosniff"), "{}", answer.head);
            assert_eq!(answer.head.contains("retry-after: 10"), kind == RefusalKind::Busy, "{}", answer.head);
        }
    }
}

/// Two pages of events, of which the second is asked for by the first's cursor.
#[expect(clippy::unnecessary_wraps, reason = "what a daemon answers may also be a refusal")]
fn two_pages(request: &Request) -> Result<Reply, Refusal> {
    let Request::Events { after, .. } = request else { panic!("{request:?}") };
    let Ok(Reply::Events(mut page)) = full(request) else { panic!("{request:?}") };
    page.next = match after.as_deref() {
        None => Some("9".to_owned()),
        Some("9") => None,
        other => panic!("{other:?}"),
    };
    Ok(Reply::Events(page))
}

#[tokio::test]
async fn an_export_has_every_page_a_line_for_each_event() {
    let listener = Listener::local(Some(grants()), two_pages).await;
    let target = format!("{BATCH}/events.jsonl?from=2025-01-01T00:00:00Z&image=IMG-1");
    let answer = listener.with_token(VIEWER, "GET", &target, "").await;
    assert_eq!(answer.status, 200);
    for header in ["content-type: application/jsonl", "cache-control: no-store", "transfer-encoding: chunked"] {
        assert!(answer.head.contains(header), "{header}: {}", answer.head);
    }
    let Ok(Reply::Events(page)) = full(&events(None)) else { panic!() };
    let lines = answer.body.lines().filter(|line| line.starts_with('{'));
    let read: Vec<batchferry::model::audit::AuditRow> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, [page.rows.clone(), page.rows].concat());
    assert!(answer.body.ends_with("0\r\n\r\n"), "it says that it is whole");
    assert!(!answer.body.contains('\u{202e}'), "nothing in it turns a terminal's text around");
    let asked: Vec<Request> = listener.seen.lock().unwrap().iter().map(|(request, _)| request.clone()).collect();
    assert!(matches!(&asked[1], Request::Events { filter, .. } if filter.from.is_some() && filter.image.is_some()));
}

fn events(after: Option<String>) -> Request {
    let filter = batchferry::model::audit::EventFilter::default();
    Request::Events { batch: "a".to_owned(), filter, after, limit: 1 }
}

#[tokio::test]
async fn an_export_that_fails_midway_breaks_off_before_its_end() {
    let failing = |request: &Request| match request {
        Request::Events { after: None, .. } => full(request),
        _ => Err(Refusal::new(RefusalKind::Unavailable, "the disk is gone")),
    };
    let listener = Listener::local(None, failing).await;
    let answer = listener.ask("GET", &format!("{BATCH}/events.jsonl"), &[], "").await;
    assert!(answer.status == 200 && !answer.body.ends_with("0\r\n\r\n"), "{answer:?}");
}

#[tokio::test]
async fn an_export_is_not_gone_on_with_when_its_client_has_gone() {
    let (address, mut asks) = Listener::unanswered(None).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /api/v1/batches/a/events.jsonl HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let first = asks.recv().await.unwrap();
    first.reply.send(full(&first.request)).unwrap();
    stream.read_exact(&mut [0; 100]).await.unwrap();
    let mut second = asks.recv().await.unwrap();
    drop(stream);
    second.reply.closed().await;
}

#[tokio::test]
async fn heads_that_are_too_long_are_told_so() {
    let listener = Listener::local(None, rescanned).await;
    let long = format!("{BATCH}/files?image={}", "x".repeat(60_000));
    assert!(listener.ask("GET", &long, &[], "").await.problem(414).contains("60000"));
    let big = "x".repeat(40 << 10);
    assert!(listener.ask("GET", BATCH, &[("x-big", &big)], "").await.problem(431).contains("32768"));
    let many = vec![("x-many", "y"); 150];
    assert!(listener.ask("GET", BATCH, &many, "").await.problem(431).contains("at most 100"));
    // What is far beyond is cut off by the server itself.
    let most = vec![("x-many", "y"); 1_000];
    assert_eq!(listener.ask("GET", BATCH, &most, "").await.status, 431);
    assert_eq!(listener.ask("GET", "/livez", &[], "").await.status, 200);
    assert!(listener.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn filters_arrive_as_they_were_asked() {
    let documents = |request: &Request| {
        let Request::Documents { code, .. } = request else { panic!("{request:?}") };
        assert_eq!(*code, Some(Code::MissingRole));
        Ok(Reply::Documents(Page::new(vec![], None)))
    };
    let listener = Listener::local(None, documents).await;
    let answer = listener.ask("GET", &format!("{BATCH}/documents?code=MissingRole"), &[], "").await;
    assert_eq!(answer.json()["rows"], serde_json::json!([]));
}

#[tokio::test]
async fn who_dawdles_is_told_or_left() {
    let listener = Listener::local(Some(grants()), full).await;
    let head = format!(
        "POST /api/v1/plan HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {OPERATOR}\r\n\
         content-type: application/json\r\ncontent-length: 900\r\n\r\n{{"
    );
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(within_an_hour(read(&mut stream)).await.problem(408).contains("did not arrive"));
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    stream.write_all(b"GET /api/v1/batches HTTP/1.1\r\nhost: ").await.unwrap();
    let mut answer = Vec::new();
    // However it ends, it ends.
    let _ = within_an_hour(stream.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    assert!(listener.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_crowd_that_says_nothing_and_goes_leaves_the_listener_as_it_was() {
    let listener = Listener::local(None, full).await;
    let mut connecting = JoinSet::new();
    for n in 0..2_000 {
        let address = listener.address;
        connecting.spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(&b"GET /api/v1/batches HTTP/1.1\r\nhost: "[..n % 30]).await?;
            Ok::<_, std::io::Error>(stream)
        });
    }
    // As many as are served at once, and more that wait; whoever waits for a place in the line itself is not waited for.
    let mut crowd = Vec::new();
    while crowd.len() < 1_000 {
        crowd.push(connecting.join_next().await.unwrap().unwrap().unwrap());
    }
    connecting.shutdown().await;
    drop(crowd);
    assert_eq!(listener.ask("GET", BATCH, &[], "").await.status, 200);
}
