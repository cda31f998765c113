//! Signing in on a page: who is led there, what it says, and who the pages then say is there.

use super::daemon::{Pages, QUOTES, SCRIPT};
use crate::tcp::{OPERATOR, VIEWER, grants};

const BATCH: &str = "/batches/MB-20250402-0001";

/// A browser that has signed in.
pub struct Browser<'a> {
    pub pages: &'a Pages,
    pub cookie: String,
    origin: String,
}

impl<'a> Browser<'a> {
    /// With a token.
    pub async fn signed_in(pages: &'a Pages, token: &str) -> Self {
        let origin = format!("http://{}", pages.host());
        let answer = pages.post("/sign-in", &[("origin", &origin)], &format!("token={token}&next=%2F")).await;
        assert_eq!((answer.status, answer.location.as_deref()), (303, Some("/")), "{answer:?}");
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        Self { pages, cookie: cookie.split(';').next().unwrap().to_owned(), origin }
    }

    /// A page in English.
    pub async fn get(&self, target: &str) -> crate::raw::Answer {
        self.get_in(target, "en").await
    }

    /// A page.
    pub async fn get_in(&self, target: &str, language: &str) -> crate::raw::Answer {
        let (host, cookie) = (self.pages.host(), &self.cookie);
        let headers =
            format!("host: {host}\r\naccept: text/html\r\naccept-language: {language}\r\ncookie: {cookie}\r\n");
        self.pages.ask(target, &headers).await
    }

    /// Sends a form of one of our pages.
    pub async fn post(&self, target: &str, form: &str) -> crate::raw::Answer {
        self.pages.post(target, &[("cookie", &self.cookie), ("origin", &self.origin)], form).await
    }

    /// The same in a language.
    pub async fn post_in(&self, target: &str, form: &str, language: &str) -> crate::raw::Answer {
        let headers = [("cookie", self.cookie.as_str()), ("origin", &self.origin), ("accept-language", language)];
        self.pages.post(target, &headers, form).await
    }

    /// What the forms of its pages repeat.
    pub async fn csrf(&self) -> String {
        hidden(&self.get("/").await.body, "csrf").unwrap()
    }
}

/// The value of a hidden field.
pub fn hidden(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn a_browser_without_a_session_is_led_to_sign_in_and_back() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    for (target, next) in [
        ("/", "%2F"),
        ("/?q=a%26b&sort=name", "%2F%3Fq%3Da%2526b%26sort%3Dname"),
        (BATCH, "%2Fbatches%2FMB-20250402-0001"),
        ("/invalid", "%2Finvalid"),
    ] {
        let answer = pages.get(target, "en").await;
        let expected = format!("/sign-in?next={next}");
        assert_eq!((answer.status, answer.location.as_deref()), (303, Some(expected.as_str())), "{target}");
        assert!(answer.body.is_empty() && answer.head.contains("cache-control: no-store"), "{answer:?}");
        let form = pages.get(&expected, "en").await;
        assert_eq!(form.status, 200);
        // Browsers withhold the cookie where a link of another site led here: from our own page they send it.
        assert_eq!(form.body.contains("Go on</a>"), target != "/", "{}", form.body);
        let carried = hidden(&form.body, "next").unwrap().replace("&#38;", "&");
        let signed = pages.post("/sign-in", &[], &format!("token={VIEWER}&next={}", encoded(&carried))).await;
        assert_eq!((signed.status, signed.location.as_deref()), (303, Some(target)));
    }
    // What the form needs to look right is there before anyone has signed in.
    let form = pages.get("/sign-in", "zh-CN").await;
    assert!(form.body.contains("<h1>登录</h1>") && !form.body.contains("acme"), "{}", form.body);
    let style = form.body.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(pages.get(&format!("/assets/{style}"), "en").await.status, 200);
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn programs_and_streams_are_told_instead_of_led() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    let host = pages.host();
    for headers in [
        "accept: text/event-stream\r\n".to_owned(),
        "accept: */*\r\n".to_owned(),
        "accept: text/html\r\nauthorization: Bearer wrong-wrong-wrong-wrong-wrong-wrong\r\n".to_owned(),
    ] {
        let answer = pages.ask("/events", &format!("host: {host}\r\n{headers}")).await;
        assert_eq!(answer.status, 401, "{headers}: {answer:?}");
        assert!(!answer.body.contains("acme"));
    }
    let bearer = format!("host: {host}\r\naccept: text/html\r\nauthorization: Bearer {OPERATOR}\r\n");
    let answer = pages.ask("/", &bearer).await;
    assert!(answer.status == 200 && answer.body.contains("olga") && !answer.body.contains("csrf"), "{answer:?}");
}

#[tokio::test]
async fn a_session_that_has_ended_says_so_and_leads_back_to_the_page_whose_form_it_was() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    let csrf = browser.csrf().await;
    pages.access.replace(Some(grants().split_off(2)));
    let led = browser.get(BATCH).await.location.unwrap();
    assert_eq!(led, "/sign-in?why=ended&next=%2Fbatches%2FMB-20250402-0001");
    assert!(pages.get(&led, "en").await.body.contains("Your session has ended"));
    let led = browser.post(&format!("{BATCH}/actions/suspend"), &format!("csrf={csrf}")).await.location.unwrap();
    assert_eq!(led, "/sign-in?why=ended&next=%2Fbatches%2FMB-20250402-0001");
}

#[tokio::test]
async fn a_wrong_token_is_told_in_words_and_too_many_with_the_time_to_wait() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    let wrong = pages.post("/sign-in", &[], "token=guess&next=%2Finvalid").await;
    let led = wrong.location.unwrap();
    assert_eq!((wrong.status, led.as_str()), (303, "/sign-in?why=wrong&next=%2Finvalid"));
    let form = pages.get(&led, "en").await.body;
    assert!(form.contains("This token is nobody") && !form.contains("guess"), "{form}");
    assert_eq!(hidden(&form, "next").as_deref(), Some("/invalid"));
    let mut last = led;
    for _ in 0..12 {
        last = pages.post("/sign-in", &[], "token=guess").await.location.unwrap();
    }
    let form = pages.get(&last, "zh-CN").await.body;
    assert!(last.starts_with("/sign-in?why=often&seconds=") && form.contains("秒后重试"), "{last}: {form}");
    // Who has the right one is not kept out.
    Browser::signed_in(&pages, VIEWER).await;
}

#[tokio::test]
async fn the_form_takes_no_words_and_no_way_from_a_link_of_anothers() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    for name in [SCRIPT, QUOTES, "//evil.example", "https://evil.example", "/\\evil.example"] {
        let name = encoded(name);
        let body = pages.get(&format!("/sign-in?why={name}&seconds={name}&next={name}"), "en").await.body;
        assert_eq!(hidden(&body, "next").as_deref(), Some("/"), "{body}");
        let shown = body.split("<main").nth(1).unwrap();
        assert!(!shown.contains("class=\"notice") && !shown.contains("evil") && !shown.contains("alert"), "{body}");
        assert!(!body.contains("<script>alert") && !body.contains("onmouseover='"), "{body}");
    }
    let long = format!("/?q={}", "x".repeat(20_000));
    let led = pages.get(&long, "en").await.location.unwrap();
    assert_eq!(led, "/sign-in", "an address that would become too long is left out");
}

#[tokio::test]
async fn pages_say_who_is_signed_in_until_they_sign_out() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    for (token, name, role, chinese) in [(VIEWER, "vera", "viewer", "查看者"), (OPERATOR, "olga", "operator", "操作人")]
    {
        let browser = Browser::signed_in(&pages, token).await;
        for (language, role) in [("en", role), ("zh-CN", chinese)] {
            let body = browser.get_in(BATCH, language).await.body;
            assert!(body.contains(name) && body.contains(&format!("class=\"soft\">{role}<")), "{body}");
        }
        let csrf = browser.csrf().await;
        assert_eq!(browser.post("/sign-out", "csrf=guess&next=%2F").await.status, 403);
        assert_eq!(browser.get("/").await.status, 200);
        let out = browser.post("/sign-out", &format!("csrf={csrf}&next=%2Fsign-in%3Fwhy%3Dout")).await;
        assert_eq!((out.status, out.location.as_deref()), (303, Some("/sign-in?why=out")));
        assert!(pages.get("/sign-in?why=out", "en").await.body.contains("You are signed out"));
        assert_eq!(browser.get("/").await.status, 303, "the cookie is worth nothing any more");
    }
}

#[tokio::test]
async fn where_nobody_is_named_there_is_no_sign_in() {
    let pages = Pages::filled().await;
    let answer = pages.get("/sign-in", "en").await;
    assert_eq!((answer.status, answer.location.as_deref()), (303, Some("/")));
    let body = pages.get("/", "en").await.body;
    assert!(!body.contains("sign-out") && !body.contains("sign-in"), "{body}");
}
