//! Notices reach a real receiver: signed, again when that may help, and never at the cost of whoever sends them.

use std::sync::Arc;
use std::time::Duration;

use batchferry::model::view::BatchView;
use batchferry::rules::retrying::Backoff;
use batchferry::web::{Deliveries, Exposition, Hook, Metrics, Notice, NoticeEvent, Pace};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::receiver::{Answer, Receiver};
use crate::views::batch;

/// As patient as the real one, but with short pauses.
fn pace() -> Pace {
    let backoff = Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(5) };
    Pace { backoff, ..Pace::default() }
}

fn notice(event: NoticeEvent) -> Notice {
    Notice::new(event, "2025-04-01T00:00:00Z".parse().unwrap(), batch())
}

/// A hook at work.
struct Running {
    hook: Hook,
    metrics: Arc<Metrics>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    fn to(receiver: &Receiver, secret: Option<&[u8]>, pace: Pace) -> Self {
        let metrics = Arc::new(Metrics::default());
        let (hook, deliveries) = Hook::new(&receiver.url, secret.map(<[u8]>::to_vec), metrics.clone(), pace).unwrap();
        let (stop, task) = run(deliveries);
        Self { hook, metrics, stop, task }
    }

    /// Stops it and gives how many were delivered, failed and dropped.
    async fn close(self) -> [u64; 3] {
        drop(self.stop);
        self.task.await.unwrap();
        counted(&self.metrics)
    }

    /// Waits until this many are done with, one way or another.
    async fn done(&self, all: u64) {
        while counted(&self.metrics).iter().sum::<u64>() < all {
            tokio::task::yield_now().await;
        }
    }
}

fn run(deliveries: Deliveries) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel();
    (stop, tokio::spawn(deliveries.run(async { drop::<Result<(), _>>(stopped.await) })))
}

fn counted(metrics: &Metrics) -> [u64; 3] {
    let text = metrics.text(Exposition::Prometheus);
    ["delivered", "failed", "dropped"].map(|result| {
        let series = format!("batchferry_webhook_deliveries_total{{result=\"{result}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
    })
}

#[tokio::test]
async fn a_notice_says_what_happened_and_is_signed() {
    let mut receiver = Receiver::with_statuses(&[]).await;
    let running = Running::to(&receiver, Some(b"key"), pace());
    for event in [NoticeEvent::BatchStarted, NoticeEvent::BatchEnded] {
        running.hook.send(&notice(event));
        let seen = receiver.seen.recv().await.unwrap();
        assert_eq!(seen.header("X-Batchferry-Event"), event.as_str());
        assert_eq!(seen.header("content-type"), "application/json");
        seen.demand_signature(b"key");
        let json = seen.json();
        assert_eq!((json["formatVersion"].as_u64(), json["event"].as_str()), (Some(1), Some(event.as_str())));
        assert_eq!(json["at"], "2025-04-01T00:00:00Z");
        let view: BatchView = serde_json::from_value(json["batch"].clone()).unwrap();
        assert_eq!(view, batch());
        let sent: i64 = seen.header("X-Batchferry-Timestamp").parse().unwrap();
        assert!((jiff::Timestamp::now().as_second() - sent).abs() < 3600);
    }
    assert_eq!(running.close().await, [2, 0, 0]);
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let mut receiver = Receiver::with_statuses(&[]).await;
    let running = Running::to(&receiver, None, pace());
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    assert!(!receiver.seen.recv().await.unwrap().headers.contains_key("X-Batchferry-Signature"));
    running.done(1).await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_with_the_same_id() {
    let zero = Some(("retry-after", "0".to_owned()));
    let past = Some(("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT".to_owned()));
    let answers = [Answer::Status(503, past), Answer::Status(429, zero), Answer::Reset, Answer::Status(408, None)];
    let mut receiver = Receiver::answering(answers).await;
    let running = Running::to(&receiver, Some(b"key"), pace());
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    let first = receiver.seen.recv().await.unwrap();
    for _ in 0..4 {
        let again = receiver.seen.recv().await.unwrap();
        assert_eq!(again.header("X-Batchferry-Delivery"), first.header("X-Batchferry-Delivery"));
        assert_eq!(again.body, first.body);
        again.demand_signature(b"key");
    }
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    let other = receiver.seen.recv().await.unwrap();
    assert_ne!(other.header("X-Batchferry-Delivery"), first.header("X-Batchferry-Delivery"));
    running.done(2).await;
    assert_eq!(running.close().await, [2, 0, 0]);
}

#[tokio::test]
async fn five_tries_are_enough() {
    let mut receiver = Receiver::with_statuses(&[500; 9]).await;
    let running = Running::to(&receiver, None, pace());
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    running.done(1).await;
    assert_eq!(running.close().await, [0, 1, 0]);
    assert_eq!(std::iter::from_fn(|| receiver.seen.try_recv().ok()).count(), 5);
}

#[tokio::test]
async fn what_cannot_pass_is_given_up_at_once() {
    let elsewhere = Answer::Status(302, Some(("location", "http://127.0.0.1:1/".to_owned())));
    let tomorrow = Answer::Status(503, Some(("retry-after", "86400".to_owned())));
    for answer in [Answer::Status(400, None), Answer::Status(404, None), Answer::Status(410, None), elsewhere, tomorrow]
    {
        let mut receiver = Receiver::answering([answer]).await;
        let running = Running::to(&receiver, None, pace());
        running.hook.send(&notice(NoticeEvent::BatchEnded));
        running.done(1).await;
        assert_eq!(running.close().await, [0, 1, 0]);
        assert_eq!(std::iter::from_fn(|| receiver.seen.try_recv().ok()).count(), 1);
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_is_tried_again() {
    let mut receiver = Receiver::answering([Answer::Hang]).await;
    let running = Running::to(&receiver, None, Pace { each: Duration::from_millis(200), ..pace() });
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    running.done(1).await;
    assert_eq!(running.close().await, [1, 0, 0]);
    assert!(std::iter::from_fn(|| receiver.seen.try_recv().ok()).count() >= 2);
}

#[tokio::test]
async fn when_too_many_wait_the_oldest_go_and_nobody_is_held_up() {
    let mut receiver = Receiver::with_statuses(&[]).await;
    let metrics = Arc::new(Metrics::default());
    let (hook, deliveries) = Hook::new(&receiver.url, None, metrics.clone(), pace()).unwrap();
    // Nobody delivers yet: a send that waited would wait for ever.
    for _ in 0..3 {
        hook.send(&notice(NoticeEvent::BatchStarted));
    }
    for _ in 0..1_000 {
        hook.send(&notice(NoticeEvent::BatchEnded));
    }
    assert_eq!(counted(&metrics), [0, 0, 3]);
    let (_stop, _task) = run(deliveries);
    for _ in 0..1_000 {
        assert_eq!(receiver.seen.recv().await.unwrap().header("X-Batchferry-Event"), "BatchEnded");
    }
}

#[tokio::test]
async fn what_waits_when_the_daemon_stops_has_one_more_chance() {
    // The first try is under way and the second of its pauses would take an hour.
    let hour = Answer::Status(503, Some(("retry-after", "3600".to_owned())));
    let mut receiver = Receiver::answering([hour]).await;
    let patient = Pace { within: Duration::from_secs(7200), ..pace() };
    let running = Running::to(&receiver, None, patient);
    for _ in 0..3 {
        running.hook.send(&notice(NoticeEvent::BatchEnded));
    }
    let first = receiver.seen.recv().await.unwrap();
    assert_eq!(running.close().await, [3, 0, 0]);
    assert_eq!(receiver.seen.recv().await.unwrap().body, first.body);
}

#[tokio::test]
async fn a_receiver_that_hangs_does_not_hold_up_the_end() {
    let mut receiver = Receiver::answering([Answer::Hang, Answer::Hang, Answer::Hang]).await;
    let running = Running::to(&receiver, None, Pace { last_chance: Duration::from_millis(50), ..pace() });
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    running.hook.send(&notice(NoticeEvent::BatchEnded));
    receiver.seen.recv().await.unwrap();
    assert_eq!(running.close().await, [0, 0, 2]);
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_refused_without_being_repeated() {
    for (url, says) in [("", "not a URL"), ("receiver/secret", "not a URL"), ("ftp://secret@x/", "http")] {
        let error = Hook::new(url, None, Arc::default(), pace()).err().unwrap().to_string();
        assert!(error.starts_with("notify.url") && error.contains(says) && !error.contains("secret"), "{error}");
    }
}
