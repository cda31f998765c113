//! What the API says to those who speak HTTP themselves, and to those who speak it badly.

use batchferry::model::control::{MAX_ROWS, Page, Reply, Request};
use batchferry::model::failure::Code;
use batchferry::model::ids::ImageNumber;
use batchferry::model::status::ItemStatus;
use serde_json::json;

use crate::daemon::Daemon;
use crate::raw::{ask, post, send};
use crate::views::{full, rescanned};

const BATCHES: &str = "/api/v1/batches";

fn last(daemon: &Daemon) -> Request {
    daemon.seen.lock().unwrap().pop().unwrap().0
}

#[tokio::test]
async fn answers_are_json_that_nobody_keeps() {
    let daemon = Daemon::answering(full).await;
    let answer = ask(&daemon.socket(), "GET", &format!("{BATCHES}?limit=2")).await;
    assert_eq!(answer.status, 200);
    for header in ["content-type: application/json\r\n", "cache-control: no-store", "x-content-type-options: nosniff"] {
        assert!(answer.head.contains(header), "{header}: {}", answer.head);
    }
    assert_eq!(answer.json()["rows"].as_array().unwrap().len(), 2);
    let head = ask(&daemon.socket(), "HEAD", BATCHES).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn lists_have_rows_and_next_and_what_was_written_has_a_folder() {
    let daemon = Daemon::answering(full).await;
    for rest in ["/documents", "/files?image=1", "/report"] {
        let json = ask(&daemon.socket(), "GET", &format!("{BATCHES}/a{rest}")).await.json();
        assert!(json["rows"].is_array() && json.get("next").is_some(), "{rest}: {json}");
    }
    let written = post(&daemon.socket(), &format!("{BATCHES}/a/report"), "application/json", "").await.json();
    assert!(written["folder"].is_string(), "{written}");
}

#[tokio::test]
async fn a_list_is_read_to_its_end_by_its_cursor() {
    let documents = |request: &Request| {
        let Request::Documents { after, .. } = request else { panic!("{request:?}") };
        let next = match after.as_ref().map(ImageNumber::as_str) {
            None => Some("+ &#".to_owned()),
            Some("+ &#") => None,
            other => panic!("{other:?}"),
        };
        Ok(Reply::Documents(Page::new(vec![], next)))
    };
    let daemon = Daemon::answering(documents).await;
    let first = ask(&daemon.socket(), "GET", &format!("{BATCHES}/a/documents")).await.json();
    assert_eq!(first["next"], "+ &#");
    let second = ask(&daemon.socket(), "GET", &format!("{BATCHES}/a/documents?after=%2B%20%26%23")).await.json();
    assert_eq!(second["next"], json!(null));
}

#[tokio::test]
async fn parameters_are_read_without_regard_to_case_and_limits_are_clamped() {
    let daemon = Daemon::answering(full).await;
    ask(&daemon.socket(), "GET", &format!("{BATCHES}/a%2Fb/documents?code=missingrole&status=FAILED&limit=5000")).await;
    let expected = Request::Documents {
        batch: "a/b".to_owned(),
        status: Some(ItemStatus::Failed),
        code: Some(Code::MissingRole),
        after: None,
        limit: MAX_ROWS,
    };
    assert_eq!(last(&daemon), expected);
}

#[tokio::test]
async fn what_makes_no_sense_is_a_problem_that_says_what_would() {
    let daemon = Daemon::answering(full).await;
    let socket = daemon.socket();
    for (method, path, status, says) in [
        ("GET", "?limt=3", 400, "there are after, limit"),
        ("GET", "?limit=3&limit=4", 400, "twice"),
        ("GET", "?limit=many", 400, "from 1 to 1000"),
        ("GET", "/a/documents?status=lost", 400, "Pending, Migrated, AlreadyAtTarget, Failed"),
        ("GET", "/a/documents?code=Lost", 400, "batchferry explain"),
        ("GET", "/a/files", 400, "?image=IMAGE_NUMBER"),
        ("GET", "/a?verbose=1", 400, "there are none"),
        ("GET", "/a%FF", 400, "cannot be read"),
        ("POST", "/a/suspend?now", 400, "there are none"),
        ("GET", "/a/nothing", 404, "the batches are at /api/v1/batches"),
        ("GET", "/a/b/c/d", 404, "the batches are at /api/v1/batches"),
        ("GET", "/", 404, "the batches are at /api/v1/batches"),
        ("PUT", "/a", 405, "Allow"),
        ("GET", "/a/suspend", 405, "Allow"),
        ("POST", "/a/resync", 415, "application/json"),
    ] {
        let answer = ask(&socket, method, &format!("{BATCHES}{path}")).await;
        let detail = answer.problem(status);
        assert!(detail.contains(says), "{method} {path}: {detail}");
        if status == 405 {
            assert!(answer.head.contains("\r\nallow: "), "{}", answer.head);
        }
    }
    assert!(ask(&socket, "GET", "/").await.problem(404).contains("/api/v1/batches"));
    assert!(daemon.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn bodies_are_the_json_asked_for_and_nothing_else() {
    let daemon = Daemon::answering(full).await;
    let socket = daemon.socket();
    let resync = format!("{BATCHES}/a/resync");
    for (body, says) in [
        ("", "an object"),
        ("{", "EOF"),
        ("[\"All\"]", "an object"),
        ("null", "an object"),
        ("{}", "scope"),
        ("{\"scope\":\"Some\"}", "`Failed` or `All`"),
        ("{\"scope\":\"All\",\"force\":true}", "unknown field `force`"),
        ("{\"scope\":\"All\"} x", "trailing"),
    ] {
        let detail = post(&socket, &resync, "application/json", body).await.problem(400);
        assert!(detail.contains(says), "{body}: {detail}");
    }
    let form = post(&socket, &resync, "application/x-www-form-urlencoded", "{\"scope\":\"All\"}").await;
    assert!(form.problem(415).contains("application/json"));
    assert!(daemon.seen.lock().unwrap().is_empty());
    let good = post(&socket, &resync, "application/json; charset=utf-8", "{\"scope\":\"All\"}").await;
    assert_eq!(good.status, 200);
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_whether_announced_or_not() {
    let daemon = Daemon::answering(full).await;
    let socket = daemon.socket();
    let body = format!("{{\"file\":\"a\",\"text\":\"{}\"}}", "x".repeat(1 << 20));
    let announced = post(&socket, "/api/v1/plan", "application/json", &body).await;
    assert!(announced.problem(413).contains("1048576"));
    let head = "POST /api/v1/plan HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let chunked = send(&socket, chunked.as_bytes()).await;
    assert!(chunked.problem(413).contains("1048576"));
    assert!(daemon.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_http_is_answered_400_and_harms_nobody() {
    let daemon = Daemon::answering(rescanned).await;
    let socket = daemon.socket();
    for text in
        ["nonsense\r\n\r\n", "GET  /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nno colon\r\n\r\n", "\u{16}\u{3}\u{1}"]
    {
        assert_eq!(send(&socket, format!("{text}\r\n\r\n").as_bytes()).await.status, 400, "{text:?}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000));
    assert!(matches!(send(&socket, long.as_bytes()).await.status, 414 | 431));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5_000));
    assert_eq!(send(&socket, many.as_bytes()).await.status, 431);
    daemon.client().await.ask(Request::Rescan).await.unwrap();
}
