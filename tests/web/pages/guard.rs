//! Who may read, and what a browser may do with what it gets.

use super::daemon::Pages;

#[tokio::test]
async fn every_page_keeps_a_browser_from_doing_what_it_should_not() {
    let pages = Pages::filled().await;
    for target in ["/", "/batches/MB-20250402-0001", "/batches/MB-20250402-0001/documents", "/invalid", "/nothing"] {
        let head = pages.get(target, "en").await.head;
        let policy = head.split("content-security-policy: ").nth(1).unwrap().lines().next().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"), "{policy}");
        for header in ["x-content-type-options: nosniff", "referrer-policy: same-origin", "cache-control: no-store"] {
            assert!(head.contains(header), "{target}: {head}");
        }
    }
}

#[tokio::test]
async fn nothing_in_a_page_needs_what_the_policy_forbids() {
    let pages = Pages::filled().await;
    for target in ["/", "/batches/MB-20250402-0001", "/batches/MB-20250402-0001/documents/A%2D3", "/invalid"] {
        let body = pages.get(target, "en").await.body;
        for forbidden in [" style=", "<style", " onclick", " onload", "javascript:", "http:", "https:", "src=\"//"] {
            assert!(!body.contains(forbidden), "{target}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn what_never_changes_is_kept_by_browsers_and_an_old_name_is_not_found() {
    let pages = Pages::new().await;
    let body = pages.get("/", "en").await.body;
    for (start, content_type) in [("/assets/page-", "text/css"), ("src=\"/assets/page-", "text/javascript")] {
        let rest = body.split(start).nth(1).unwrap();
        let name = rest.split('"').next().unwrap();
        let answer = pages.get(&format!("/assets/page-{name}"), "en").await;
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.head.contains(&format!("content-type: {content_type}")), "{}", answer.head);
        assert!(answer.head.contains("max-age=31536000, immutable"), "{}", answer.head);
    }
    assert_eq!(pages.get("/assets/page-0000000000000000.css", "en").await.status, 404);
    assert_eq!(pages.get("/assets/..%2F..%2FCargo.toml", "en").await.status, 404);
}

#[tokio::test]
async fn names_that_others_can_make_lead_here_and_proxies_are_refused() {
    let pages = Pages::filled().await;
    for target in ["/", "/batches/MB-20250402-0001", "/events", "/invalid"] {
        for (status, headers) in [
            (421, "host: evil.example:9464\r\n"),
            (421, "host: localhost.evil.example\r\n"),
            (403, "host: localhost\r\nx-forwarded-for: 203.0.113.9\r\n"),
            (403, "host: 127.0.0.1:9464\r\nforwarded: for=203.0.113.9\r\n"),
        ] {
            let answer = pages.ask(target, headers).await;
            assert_eq!(answer.status, status, "{target} {headers}: {}", answer.body);
            assert!(!answer.body.contains("acme"), "{target} {headers}: {}", answer.body);
        }
    }
    // Whoever scrapes and probes comes under any name.
    assert_eq!(pages.ask("/metrics", "host: batchferry.internal\r\n").await.status, 200);
    assert_eq!(pages.ask("/livez", "host: batchferry.internal\r\n").await.status, 200);
}

#[tokio::test]
async fn a_language_is_chosen_remembered_and_else_what_the_browser_likes() {
    let pages = Pages::new().await;
    let lang = |body: &str| body.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let chosen = pages.get("/?lang=zh-CN", "en").await;
    assert_eq!(lang(&chosen.body), "zh-CN");
    assert!(
        chosen.head.contains("set-cookie: lang=zh-cn; path=/; max-age=31536000; samesite=lax; httponly"),
        "{}",
        chosen.head
    );
    let later = pages.ask("/", "host: localhost\r\ncookie: lang=zh-CN\r\naccept-language: en\r\n").await;
    assert_eq!(lang(&later.body), "zh-CN");
    assert!(!later.head.contains("set-cookie"));
    assert_eq!(lang(&pages.get("/?lang=tlh", "zh").await.body), "zh-CN");
    // The other language is the same page.
    let other = pages.get("/?q=a%26b&sort=name&lang=en", "en").await.body;
    assert!(other.contains("href=\"/?q=a%26b&#38;sort=name&#38;lang=zh-CN\""), "{other}");
}

#[tokio::test]
async fn pages_are_only_read() {
    let pages = Pages::filled().await;
    let mut stream = tokio::net::TcpStream::connect(pages.address).await.unwrap();
    let text = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, text.as_bytes()).await.unwrap();
    crate::raw::read(&mut stream).await.problem(405);
}
