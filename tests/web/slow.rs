//! Clients that dawdle, take nothing, go away, and daemons that stop meanwhile.
//!
//! While something is waited for, the clock is paused: it leaps to the next timeout once nothing else can happen, so no
//! test waits and none depends on the speed of the machine. It also leaps while bytes arrive for a task of their own, so
//! it never runs beyond one short step at once, nor while a client of ours counts its own seconds.

use std::time::Duration;

use batchferry::model::control::{RefusalKind, Reply, ReportFile, Request};
use batchferry::web::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::daemon::Daemon;
use crate::raw::read;
use crate::views::rescanned;

async fn connect(daemon: &Daemon) -> UnixStream {
    UnixStream::connect(daemon.socket()).await.unwrap()
}

/// The most that the clock leaps at once: shorter than every limit.
const STEP: Duration = Duration::from_secs(1);

/// Waits for what must come within an hour, which is far beyond every limit.
pub async fn within_an_hour<T>(awaited: impl Future<Output = T>) -> T {
    tokio::pin!(awaited);
    tokio::time::pause();
    for _ in 0..3600 {
        if let Ok(done) = tokio::time::timeout(STEP, awaited.as_mut()).await {
            tokio::time::resume();
            return done;
        }
    }
    panic!("it never came");
}

/// Everything up to the end of a connection.
async fn rest(stream: &mut UnixStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // However it ends, it ends.
    let _ = within_an_hour(stream.read_to_end(&mut bytes)).await;
    bytes
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let daemon = Daemon::answering(rescanned).await;
    for beginning in ["", "P", "POST /api/v1/rescan HTTP/1.1\r\nhost: "] {
        let mut stream = connect(&daemon).await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{beginning}");
    }
    daemon.client().await.ask(Request::Rescan).await.unwrap();
}

#[tokio::test]
async fn a_connection_on_which_nothing_more_is_asked_ends() {
    let daemon = Daemon::answering(rescanned).await;
    let mut stream = connect(&daemon).await;
    stream.write_all(b"POST /api/v1/rescan HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(rest(&mut stream).await.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_problem() {
    let daemon = Daemon::answering(rescanned).await;
    let mut stream = connect(&daemon).await;
    let head =
        "POST /api/v1/plan HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = within_an_hour(read(&mut stream)).await;
    assert!(answer.problem(408).contains("did not arrive"));
    assert!(daemon.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_loses_it() {
    const MUCH: usize = 8 << 20;
    let much = |_: &Request| Ok(Reply::Report(vec![ReportFile { name: "a".to_owned(), text: "x".repeat(MUCH) }]));
    let daemon = Daemon::answering(much).await;
    let mut stream = connect(&daemon).await;
    stream.write_all(b"GET /api/v1/batches/a/report HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream.readable().await.unwrap();
    tokio::time::pause();
    for _ in 0..60 {
        tokio::time::sleep(STEP).await;
    }
    tokio::time::resume();
    assert!(rest(&mut stream).await.len() < MUCH);
    daemon.client().await.ask(Request::Report { batch: "a".to_owned() }).await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_question_back() {
    let (daemon, mut asks) = Daemon::unanswered().await;
    let client = daemon.client().await;
    let asking =
        tokio::spawn(
            async move { client.ask(Request::Plan { file: "a".into(), text: "b".into(), within: None }).await },
        );
    let mut asked = asks.recv().await.unwrap();
    asking.abort();
    asked.reply.closed().await;
    // Nobody is there to hear it, and the next one is served.
    assert!(asked.reply.send(rescanned(&Request::Rescan)).is_err());
    let client = daemon.client().await;
    let next = tokio::spawn(async move { client.ask(Request::Rescan).await });
    asks.recv().await.unwrap().reply.send(rescanned(&Request::Rescan)).unwrap();
    next.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_waited_for_30_seconds_and_a_plan_for_as_long_as_it_takes() {
    let (daemon, mut asks) = Daemon::unanswered().await;
    let client = daemon.client().await;
    let asking = tokio::spawn(async move { (client.ask(Request::Rescan).await, client) });
    let asked = asks.recv().await.unwrap();
    let (refusal, client) = within_an_hour(asking).await.unwrap();
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unavailable);
    assert!(refusal.message.contains("30 s"), "{refusal}");
    drop(asked);
    let plan = Request::Report { batch: "a".to_owned() };
    let asking = tokio::spawn({
        let plan = plan.clone();
        async move { client.ask(plan).await }
    });
    let asked = asks.recv().await.unwrap();
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    tokio::time::resume();
    asked.reply.send(Ok(Reply::Report(vec![]))).unwrap();
    assert_eq!(asking.await.unwrap(), Ok(Reply::Report(vec![])));
}

#[tokio::test]
async fn a_daemon_that_stops_answers_what_it_can_and_gives_up_the_rest() {
    let (mut daemon, mut asks) = Daemon::unanswered().await;
    let ask = |client: Client| tokio::spawn(async move { client.ask(Request::Rescan).await });
    let (first, second) = (ask(daemon.client().await), ask(daemon.client().await));
    let (answered, _given_up) = (asks.recv().await.unwrap(), asks.recv().await.unwrap());
    daemon.stop();
    // Once it stops, nobody new is let in.
    while UnixStream::connect(daemon.socket()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    answered.reply.send(rescanned(&Request::Rescan)).unwrap();
    daemon.stopped().await;
    let answers = [first.await.unwrap(), second.await.unwrap()];
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let refusal = answers.into_iter().find_map(Result::err).unwrap();
    assert!(refusal.message.contains("broke off"), "{refusal}");
}
