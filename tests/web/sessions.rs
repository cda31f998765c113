//! Sessions of browsers: a token for a cookie, and what a page of another site cannot do with it.

use crate::raw::Answer;
use crate::tcp::{Listener, OPERATOR, VIEWER, grants};
use crate::views::full;

const BATCHES: &str = "/api/v1/batches";
const RESCAN: &str = "/api/v1/rescan";
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A header of an answer; its name in lower case, its value as `Answer` has it.
fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// What a browser sends back, and what its pages are told.
struct Signed {
    cookie: String,
    csrf: String,
}

async fn sign_in(listener: &Listener, token: &str) -> Signed {
    let answer = listener.ask("POST", "/sign-in", &[JSON], &format!("{{\"token\":\" {token}\\n\"}}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = header(&answer, "set-cookie").unwrap();
    for part in ["; path=/", "; httponly", "; samesite=strict", "; max-age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("; secure"), "a browser would not send it back over http: {cookie}");
    let csrf = answer.json()["csrfToken"].as_str().unwrap().to_owned();
    Signed { cookie: cookie.split(';').next().unwrap().to_owned(), csrf }
}

#[tokio::test]
async fn a_session_reads_and_with_its_secret_and_from_our_own_pages_commands() {
    let listener = Listener::local(Some(grants()), full).await;
    let signed = sign_in(&listener, OPERATOR).await;
    let (cookie, csrf) = (("cookie", signed.cookie.as_str()), ("x-csrf-token", signed.csrf.as_str()));
    assert_eq!(listener.ask("GET", BATCHES, &[cookie], "").await.status, 200);
    let own = format!("http://{}", listener.host());
    let answer = listener.ask("POST", RESCAN, &[cookie, csrf, ("origin", &own)], "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(listener.operators(), ["olga (by token)"; 2]);
}

#[tokio::test]
async fn another_site_commands_nothing_with_a_cookie() {
    let listener = Listener::local(Some(grants()), full).await;
    let (signed, other) = (sign_in(&listener, OPERATOR).await, sign_in(&listener, OPERATOR).await);
    let (cookie, csrf) = (("cookie", signed.cookie.as_str()), ("x-csrf-token", signed.csrf.as_str()));
    let own = format!("http://{}", listener.host());
    let own = ("origin", own.as_str());
    let port = format!("http://localhost:{}", u32::from(listener.address.port()) ^ 1);
    for headers in [
        vec![cookie],
        vec![cookie, own],
        vec![cookie, csrf],
        vec![cookie, csrf, ("origin", "null")],
        vec![cookie, csrf, ("origin", "https://evil.example")],
        vec![cookie, csrf, ("origin", &port)],
        vec![cookie, own, ("x-csrf-token", "")],
        vec![cookie, own, ("x-csrf-token", &other.csrf)],
        vec![cookie, own, csrf, csrf],
    ] {
        let said = listener.ask("POST", RESCAN, &headers, "").await.problem(403);
        assert!(said.contains("X-CSRF-Token"), "{headers:?}: {said}");
    }
    assert!(listener.operators().is_empty());
}

#[tokio::test]
async fn a_viewers_session_commands_nothing_and_made_up_ones_read_nothing() {
    let listener = Listener::local(Some(grants()), full).await;
    let signed = sign_in(&listener, VIEWER).await;
    let own = format!("http://{}", listener.host());
    let headers = [("cookie", signed.cookie.as_str()), ("x-csrf-token", &signed.csrf), ("origin", &own)];
    assert!(listener.ask("POST", RESCAN, &headers, "").await.problem(403).contains("viewer"));
    for cookie in
        ["batchferry-session=", "batchferry-session=00", &signed.cookie.to_uppercase(), &format!("{}0", signed.cookie)]
    {
        listener.ask("GET", BATCHES, &[("cookie", cookie)], "").await.problem(401);
    }
    listener.access.replace(Some(grants().split_off(1)));
    let said = listener.ask("GET", BATCHES, &headers[..1], "").await.problem(401);
    assert!(said.contains("no more"), "{said}");
}

#[tokio::test]
async fn signing_out_ends_a_session_if_its_own_pages_ask() {
    let listener = Listener::local(Some(grants()), full).await;
    let signed = sign_in(&listener, VIEWER).await;
    let (cookie, csrf) = (("cookie", signed.cookie.as_str()), ("x-csrf-token", signed.csrf.as_str()));
    let own = format!("http://{}", listener.host());
    let own = ("origin", own.as_str());
    listener.ask("POST", "/sign-out", &[cookie, JSON], "{}").await.problem(403);
    listener
        .ask("POST", "/sign-out", &[cookie, csrf, JSON, ("origin", "http://evil.example")], "{}")
        .await
        .problem(403);
    assert_eq!(listener.ask("GET", BATCHES, &[cookie], "").await.status, 200);
    let gone = listener.ask("POST", "/sign-out", &[cookie, csrf, own, JSON], "{}").await;
    assert_eq!(gone.status, 200);
    assert!(header(&gone, "set-cookie").unwrap().contains("max-age=0"), "{gone:?}");
    listener.ask("GET", BATCHES, &[cookie], "").await.problem(401);
    assert_eq!(listener.ask("POST", "/sign-out", &[cookie, JSON], "{}").await.status, 200, "once more does no harm");
}

#[tokio::test]
async fn forms_sign_in_and_are_led_on_to_our_own_paths_alone() {
    let listener = Listener::local(Some(grants()), full).await;
    let own = format!("https://{}", listener.host());
    for (next, leads) in [
        ("", "/"),
        ("&next=/batches/a", "/batches/a"),
        ("&next=//evil.example", "/"),
        ("&next=https://evil.example", "/"),
    ] {
        let answer =
            listener.ask("POST", "/sign-in", &[FORM, ("origin", &own)], &format!("token={VIEWER}{next}")).await;
        assert_eq!((answer.status, header(&answer, "location")), (303, Some(leads)), "{next}");
        assert!(header(&answer, "set-cookie").unwrap().ends_with("; secure"), "it came by https: {answer:?}");
    }
    for (next, leads) in
        [("", ""), ("&next=/batches/a?x=1", "&next=%2fbatches%2fa%3fx%3d1"), ("&next=//evil.example", "")]
    {
        let wrong = listener.ask("POST", "/sign-in", &[FORM], &format!("token=x{next}")).await;
        let back = format!("/sign-in?why=wrong{leads}");
        assert_eq!((wrong.status, header(&wrong, "location")), (303, Some(back.as_str())));
        assert_eq!(header(&wrong, "set-cookie"), None);
    }
    let foreign = [FORM, ("origin", "https://evil.example")];
    listener.ask("POST", "/sign-in", &foreign, &format!("token={VIEWER}")).await.problem(403);
}

#[tokio::test]
async fn what_is_no_sign_in_is_a_problem() {
    let listener = Listener::local(Some(grants()), full).await;
    for (content_type, body, status) in [
        (JSON, "", 400),
        (JSON, "{}", 400),
        (JSON, "{\"token\":7}", 400),
        (JSON, "{\"token\":\"x\",\"name\":\"olga\"}", 400),
        (FORM, "", 400),
        (FORM, "token=x&name=olga", 400),
        (("content-type", "text/plain"), "token=x", 415),
        (JSON, "{\"token\":\"\"}", 401),
    ] {
        let answer = listener.ask("POST", "/sign-in", &[content_type], body).await;
        answer.problem(status);
    }
    assert!(listener.ask("PUT", "/sign-in", &[], "").await.problem(405).contains("Allow"));
    let big = format!("token={}", "x".repeat(1 << 20));
    listener.ask("POST", "/sign-in", &[FORM], &big).await.problem(413);
}

#[tokio::test]
async fn guesses_at_signing_in_are_counted_like_any_other() {
    let listener = Listener::local(Some(grants()), full).await;
    let mut last = 0;
    for _ in 0..12 {
        last = listener.ask("POST", "/sign-in", &[JSON], "{\"token\":\"guess\"}").await.status;
    }
    assert_eq!(last, 429);
    let form = listener.ask("POST", "/sign-in", &[FORM], "token=guess").await;
    let back = header(&form, "location").unwrap();
    assert!(form.status == 303 && back.starts_with("/sign-in?why=often&seconds="), "{back}");
    sign_in(&listener, OPERATOR).await;
}
