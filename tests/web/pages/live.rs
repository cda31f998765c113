//! The stream of changes.

use std::time::Duration;

use batchferry::model::status::RunStatus;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

use super::daemon::{Pages, SCRIPT, accept, update};

/// A page that listens.
struct Listener {
    stream: BufReader<TcpStream>,
}

impl Listener {
    async fn new(pages: &Pages, target: &str, more: &str) -> Self {
        let stream = pages.connect(target, &format!("host: localhost\r\naccept-language: en\r\n{more}")).await;
        let mut listener = Self { stream: BufReader::new(stream) };
        let status = listener.line().await.unwrap();
        assert!(status.contains(" 200 "), "{status}");
        listener
    }

    /// A line; `None`: the stream has ended.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(60), self.stream.read_line(&mut line)).await;
        (read.expect("a line in time").unwrap() > 0).then_some(line)
    }

    /// The next event: its id and its data.
    async fn event(&mut self) -> (String, Value) {
        let mut id = String::new();
        loop {
            let line = self.line().await.expect("the stream goes on");
            if let Some(found) = line.strip_prefix("id: ") {
                id = found.trim().to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return (id, serde_json::from_str(data).unwrap());
            }
        }
    }
}

/// Where a page with these batches listens, from when it was made.
async fn address(pages: &Pages, only: &str) -> String {
    let body = pages.get("/", "en").await.body;
    let events = body.split("data-events=\"").nth(1).unwrap().split('"').next().unwrap();
    let since = events.split("since=").nth(1).unwrap().split('&').next().unwrap();
    format!("/events?since={since}&only={only}")
}

#[tokio::test]
async fn a_page_is_told_of_its_own_batches_and_of_no_others() {
    let pages = Pages::filled().await;
    let target = address(&pages, "MB-20250402-0003").await;
    let mut listener = Listener::new(&pages, &target, "").await;
    let (_, first) = listener.event().await;
    assert_eq!(first["batches"].as_array().unwrap().len(), 0, "nothing has changed yet: {first}");
    update(&pages.ledger, 1, |record| record.run_status = RunStatus::Queued).await;
    update(&pages.ledger, 3, |record| record.run_status = RunStatus::Running).await;
    let told = loop {
        let (_, event) = listener.event().await;
        if let Some(batch) = event["batches"].get(0) {
            break batch.clone();
        }
    };
    assert_eq!(told["number"], "MB-20250402-0003");
    assert!(told["row"].as_str().unwrap().contains("Running"), "{told}");
    assert!(told["head"].as_str().unwrap().contains("data-head=\"MB-20250402-0003\""), "{told}");
}

#[tokio::test]
async fn whoever_comes_again_is_told_what_was_missed_and_after_a_restart_everything() {
    let pages = Pages::filled().await;
    let target = address(&pages, "MB-20250402-0001,MB-20250402-0002").await;
    update(&pages.ledger, 2, |record| record.conditions.clear()).await;
    let mut listener = Listener::new(&pages, &target, "").await;
    let (id, missed) = listener.event().await;
    assert_eq!(missed["batches"].as_array().unwrap().len(), 1, "{missed}");
    assert_eq!(missed["batches"][0]["number"], "MB-20250402-0002");
    let mut again = Listener::new(&pages, &target, &format!("last-event-id: {id}\r\n")).await;
    assert_eq!(again.event().await.1["batches"].as_array().unwrap().len(), 0);
    for other in ["ff-3", "nonsense", &format!("{}<script>", "x".repeat(5_000))] {
        let mut restarted = Listener::new(&pages, &target, &format!("last-event-id: {other}\r\n")).await;
        assert_eq!(restarted.event().await.1["batches"].as_array().unwrap().len(), 2, "{other}");
    }
}

#[tokio::test]
async fn what_is_told_is_as_harmless_as_a_page() {
    let pages = Pages::filled().await;
    let mut listener = Listener::new(&pages, "/events?only=MB-20250402-0001,MB-20250402-0002", "").await;
    let (_, event) = listener.event().await;
    let text = event.to_string();
    assert_eq!(event["batches"].as_array().unwrap().len(), 2);
    assert!(text.contains("&#60;script&#62;") && !text.contains(SCRIPT), "{text}");
}

#[tokio::test]
async fn who_takes_nothing_is_let_go_and_everyone_else_is_told() {
    const MUCH: usize = 16 << 20;
    let pages = Pages::filled().await;
    // A row that no socket holds.
    accept(&pages.ledger, "large", json!({"team": "x".repeat(MUCH)})).await;
    let head = "host: localhost\r\naccept-language: en\r\n";
    let mut deaf = pages.connect("/events?only=MB-20250402-0004", head).await;
    deaf.readable().await.unwrap();
    tokio::time::pause();
    // Far beyond any patience, in steps: the clock leaps to the next of them once nothing else can happen.
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::resume();
    let target = address(&pages, "MB-20250402-0003").await;
    let mut told = Listener::new(&pages, &target, "").await;
    assert_eq!(told.event().await.1["batches"].as_array().unwrap().len(), 0);
    update(&pages.ledger, 3, |record| record.run_status = RunStatus::Running).await;
    let row = loop {
        if let Some(batch) = told.event().await.1["batches"].get(0) {
            break batch["row"].to_string();
        }
    };
    assert!(row.contains("Running"), "{row}");
    let mut taken = Vec::new();
    // However it ends, it ends.
    let _ = tokio::time::timeout(Duration::from_secs(60), deaf.read_to_end(&mut taken)).await.expect("an end");
    assert!(taken.len() < MUCH, "{} bytes were sent to someone who takes none", taken.len());
}

#[tokio::test]
async fn streams_end_when_the_daemon_does() {
    let mut pages = Pages::filled().await;
    let mut listener = Listener::new(&pages, "/events", "").await;
    listener.event().await;
    pages.stop();
    let mut rest = String::new();
    let read = tokio::time::timeout(Duration::from_secs(60), listener.stream.read_to_string(&mut rest)).await;
    read.expect("the stream ends").unwrap();
}

#[tokio::test]
async fn more_pages_than_can_be_told_are_refused_and_everything_else_is_answered() {
    let pages = Pages::filled().await;
    let mut listeners = Vec::new();
    for _ in 0..256 {
        listeners.push(Listener::new(&pages, "/events?only=MB-20250402-0001", "").await);
    }
    let refused = pages.ask("/events", "host: localhost\r\n").await;
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after: 30"), "{}", refused.head);
    assert_eq!(pages.get("/", "en").await.status, 200);
    drop(listeners);
}
