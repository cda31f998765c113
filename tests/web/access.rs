//! Who may use the API over TCP.

use batchferry::model::access::AccessRole;

use crate::tcp::{Listener, OPERATOR, VIEWER, grant, grants};
use crate::views::full;

const BATCHES: &str = "/api/v1/batches";
/// Everything that changes something, or takes long: method, path and body.
const COMMANDS: [(&str, &str, &str); 9] = [
    ("POST", "/api/v1/batches/a/resync", "{\"scope\":\"All\"}"),
    ("POST", "/api/v1/batches/a/verify", "{}"),
    ("POST", "/api/v1/batches/a/suspend", ""),
    ("POST", "/api/v1/batches/a/resume", ""),
    ("POST", "/api/v1/batches/a/cancel", ""),
    ("POST", "/api/v1/batches/a/report", ""),
    ("DELETE", "/api/v1/batches/a", ""),
    ("POST", "/api/v1/rescan", ""),
    ("POST", "/api/v1/plan", "{\"file\":\"a\",\"text\":\"b\"}"),
];

#[tokio::test]
async fn without_access_this_machine_reads_and_commands_nothing() {
    let listener = Listener::local(None, full).await;
    assert_eq!(listener.ask("GET", BATCHES, &[], "").await.status, 200);
    assert_eq!(listener.ask("HEAD", BATCHES, &[], "").await.status, 200);
    assert_eq!(listener.operators(), ["unknown", "unknown"]);
    for (method, path, body) in COMMANDS {
        let said = listener.ask(method, path, &[("content-type", "application/json")], body).await.problem(403);
        assert!(said.contains("no `access`") && said.contains("control.sock"), "{said}");
    }
    // There is nobody whose token it could be, and nobody to sign in as.
    assert_eq!(listener.with_token(OPERATOR, "GET", BATCHES, "").await.status, 200);
    listener.with_token(OPERATOR, "POST", "/api/v1/rescan", "").await.problem(403);
    let body = format!("{{\"token\":\"{OPERATOR}\"}}");
    let said = listener.ask("POST", "/sign-in", &[("content-type", "application/json")], &body).await.problem(409);
    assert!(said.contains("nobody to sign in as"), "{said}");
    assert_eq!(listener.operators(), ["unknown"]);
}

#[tokio::test]
async fn without_access_a_name_of_another_site_reads_nothing() {
    let listener = Listener::local(None, full).await;
    let port = listener.address.port();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), "10.0.0.1".to_owned(), String::new()] {
        let said = listener.say("GET", BATCHES, &[("host", &host)], "").await.problem(403);
        assert!(said.contains(&format!("{host:?}")) && said.contains("localhost"), "{said}");
    }
    listener.say("GET", BATCHES, &[], "").await.problem(403);
    listener.say("GET", BATCHES, &[("host", "localhost"), ("host", "evil.example")], "").await.problem(403);
    for host in ["localhost".to_owned(), format!("127.0.0.1:{port}"), "[::1]".to_owned()] {
        assert_eq!(listener.say("GET", BATCHES, &[("host", &host)], "").await.status, 200, "{host}");
    }
    // Probes say nothing that a page could use, and orchestrators ask for them by any name.
    assert_eq!(listener.say("GET", "/livez", &[("host", "evil.example")], "").await.status, 200);
}

#[tokio::test]
async fn an_open_listener_without_access_serves_probes_alone() {
    let listener = Listener::at("0.0.0.0:0", None, full).await;
    for target in [BATCHES, "/api/v1/openapi.json", "/api/v1/nothing"] {
        let said = listener.ask("GET", target, &[], "").await.problem(404);
        assert!(said.contains("no `access`") && said.contains("--unix-socket"), "{said}");
    }
    listener.ask("POST", "/sign-in", &[("content-type", "application/json")], "{\"token\":\"\"}").await.problem(404);
    assert_eq!(listener.ask("GET", "/livez", &[], "").await.status, 200);
    let named = Listener::at("0.0.0.0:0", Some(grants()), full).await;
    assert_eq!(named.with_token(VIEWER, "GET", BATCHES, "").await.status, 200);
    let host = ("host", "ferry.example");
    let bearer = format!("Bearer {VIEWER}");
    assert_eq!(named.say("GET", BATCHES, &[host, ("authorization", &bearer)], "").await.status, 200);
}

#[tokio::test]
async fn with_access_every_request_names_who_asks() {
    let listener = Listener::local(Some(grants()), full).await;
    for target in [BATCHES, "/api/v1/openapi.json", "/api/v1/nothing"] {
        let answer = listener.ask("GET", target, &[], "").await;
        assert!(answer.problem(401).contains("Authorization: Bearer"), "{target}");
        assert!(answer.head.contains("www-authenticate: bearer realm=\"batchferry\"\r\n"), "{}", answer.head);
    }
    assert_eq!(listener.with_token(VIEWER, "GET", BATCHES, "").await.status, 200);
    assert_eq!(listener.with_token(OPERATOR, "GET", BATCHES, "").await.status, 200);
    let lower = format!("bearer  {OPERATOR}");
    assert_eq!(listener.ask("GET", BATCHES, &[("authorization", &lower)], "").await.status, 200);
    assert_eq!(listener.operators(), ["vera (by token)", "olga (by token)", "olga (by token)"]);
    listener.with_token(VIEWER, "GET", "/api/v1/nothing", "").await.problem(404);
    assert_eq!(listener.ask("GET", "/livez", &[], "").await.status, 200);
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_after_many_the_next_is_told_to_wait() {
    let listener = Listener::local(Some(grants()), full).await;
    let short = &OPERATOR[..OPERATOR.len() - 1];
    let basic = format!("Basic {OPERATOR}");
    let wrong = [
        format!("Bearer {short}"),
        format!("Bearer {OPERATOR}x"),
        format!("Bearer {}", OPERATOR.to_uppercase()),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
        basic,
        OPERATOR.to_owned(),
    ];
    for header in &wrong {
        let answer = listener.ask("GET", BATCHES, &[("authorization", header)], "").await;
        answer.problem(401);
        assert!(answer.head.contains("error=\"invalid_token\""), "{header}: {}", answer.head);
    }
    let good = format!("Bearer {OPERATOR}");
    let twice = [("authorization", good.as_str()), ("authorization", good.as_str())];
    listener.ask("GET", BATCHES, &twice, "").await.problem(401);
    let mut last = None;
    for _ in 0..4 {
        last = Some(listener.ask("POST", "/api/v1/rescan", &[("authorization", &wrong[0])], "").await);
    }
    let last = last.unwrap();
    assert!(last.problem(429).contains("too often"), "{last:?}");
    assert!(last.head.contains("retry-after: "), "{}", last.head);
    assert!(listener.operators().is_empty());
    // Who shares the address with those who guess is not kept out.
    assert_eq!(listener.with_token(OPERATOR, "GET", BATCHES, "").await.status, 200);
}

#[tokio::test]
async fn a_viewer_commands_nothing_and_an_operator_everything_by_name() {
    let listener = Listener::local(Some(grants()), full).await;
    for (method, path, body) in COMMANDS {
        let said = listener.with_token(VIEWER, method, path, body).await.problem(403);
        assert!(said.contains("viewer"), "{said}");
    }
    assert!(listener.operators().is_empty());
    for (method, path, body) in COMMANDS {
        let answer = listener.with_token(OPERATOR, method, path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
    }
    assert_eq!(listener.operators(), ["olga (by token)"; 9]);
}

#[tokio::test]
async fn a_token_that_is_not_granted_any_more_is_wrong_from_then_on() {
    let listener = Listener::local(Some(grants()), full).await;
    assert_eq!(listener.with_token(OPERATOR, "POST", "/api/v1/rescan", "").await.status, 200);
    listener.access.replace(Some(vec![grant("olga", AccessRole::Viewer, OPERATOR)]));
    listener.with_token(OPERATOR, "POST", "/api/v1/rescan", "").await.problem(403);
    listener.with_token(VIEWER, "GET", BATCHES, "").await.problem(401);
    listener.access.replace(Some(vec![]));
    listener.with_token(OPERATOR, "GET", BATCHES, "").await.problem(401);
    listener.access.replace(None);
    assert_eq!(listener.ask("GET", BATCHES, &[], "").await.status, 200);
}

#[tokio::test]
async fn commands_beyond_a_rate_are_told_to_wait_and_reads_are_not() {
    let listener = Listener::local(Some(grants()), full).await;
    let mut refused = None;
    for _ in 0..1_000 {
        let answer = listener.with_token(OPERATOR, "POST", "/api/v1/rescan", "").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert!(refused.problem(429).contains("ask again in"), "{refused:?}");
    assert!(refused.head.contains("retry-after: 1\r\n"), "{}", refused.head);
    assert!(listener.operators().len() >= 120);
    assert_eq!(listener.with_token(OPERATOR, "GET", BATCHES, "").await.status, 200);
}
