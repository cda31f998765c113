//! Many requests, many connections, and more than the daemon takes at once.

use batchferry::model::control::{RefusalKind, Request};
use futures::StreamExt as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::daemon::Daemon;
use crate::views::{full, rescanned};

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_requests_are_each_answered() {
    let daemon = Daemon::answering(full).await;
    let client = daemon.client().await;
    let requests = (0..3_000).map(|n| Request::Batch { batch: format!("batch-{n}") });
    let answers = futures::stream::iter(requests).map(|request| client.ask(request)).buffer_unordered(48);
    answers.for_each(|answer| async move { drop(answer.unwrap()) }).await;
    let mut seen: Vec<_> = daemon.seen.lock().unwrap().drain(..).map(|(request, _)| format!("{request:?}")).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3_000);
}

#[tokio::test]
async fn thousands_of_requests_go_through_one_connection() {
    let daemon = Daemon::answering(rescanned).await;
    let mut stream = BufReader::new(UnixStream::connect(daemon.socket()).await.unwrap());
    for _ in 0..2_000 {
        stream.write_all(b"POST /api/v1/rescan HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut length = 0;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            assert!(stream.read_line(&mut line).await.unwrap() > 0);
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim().parse().unwrap();
            }
        }
        stream.read_exact(&mut vec![0; length]).await.unwrap();
    }
    assert_eq!(daemon.seen.lock().unwrap().len(), 2_000);
}

#[tokio::test]
async fn more_than_can_wait_are_refused_at_once() {
    let (daemon, mut asks) = Daemon::unanswered().await;
    let client = daemon.client().await;
    let all = asks.max_capacity();
    let waiting: Vec<_> = (0..all)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.ask(Request::Rescan).await })
        })
        .collect();
    while asks.len() < all {
        tokio::task::yield_now().await;
    }
    let refusal = client.ask(Request::Rescan).await.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unavailable);
    assert!(refusal.message.contains("too much"), "{refusal}");
    for _ in 0..all {
        asks.recv().await.unwrap().reply.send(rescanned(&Request::Rescan)).unwrap();
    }
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
}

/// The clock is paused, and leaps to the end of the idle ones' time.
#[tokio::test(start_paused = true)]
async fn connections_that_do_nothing_cannot_keep_others_out() {
    let daemon = Daemon::answering(rescanned).await;
    let mut idle = Vec::new();
    for _ in 0..400 {
        idle.push(UnixStream::connect(daemon.socket()).await.unwrap());
    }
    daemon.client().await.ask(Request::Rescan).await.unwrap();
}
