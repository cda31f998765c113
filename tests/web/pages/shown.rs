//! What each page shows, in both languages.

use batchferry::model::document::FileState;

use super::daemon::{Pages, QUOTES, ROUTE, SCRIPT, TURNED};
use super::signing::Browser;
use crate::ledger::{commit, finish, migrated};
use crate::tcp::{OPERATOR, grants};

const BATCH: &str = "/batches/MB-20250402-0001";

/// Percent-encodes everything but letters and digits.
fn encoded(name: &str) -> String {
    let byte =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(byte).collect()
}

/// A page without what differs from one build or process to the next.
fn settled(html: &str) -> String {
    let mut text = html.to_owned();
    for (start, end) in [("/assets/page-", "."), ("/assets/new-", "."), ("since=", "&")] {
        let mut parts = text.split(start);
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (_, rest) = part.split_once(end).unwrap();
            out.push_str(&format!("{start}…{end}{rest}"));
        }
        text = out;
    }
    text
}

#[tokio::test]
async fn every_page_is_as_it_was_looked_at() {
    let pages = Pages::filled().await;
    for (name, target) in [
        ("list", "/".to_owned()),
        ("batch", BATCH.to_owned()),
        ("documents", format!("{BATCH}/documents")),
        ("document", format!("{BATCH}/documents/A%2D3")),
        ("audit", format!("{BATCH}/audit")),
        ("invalid", "/invalid".to_owned()),
        ("lost", "/batches/none".to_owned()),
    ] {
        for language in ["en", "zh-CN"] {
            let answer = pages.get(&target, language).await;
            assert_eq!(answer.status, if name == "lost" { 404 } else { 200 }, "{target}: {}", answer.body);
            assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{target}");
            insta::assert_snapshot!(format!("{name}_{language}"), settled(&answer.body));
        }
    }
}

#[tokio::test]
async fn a_file_has_the_versions_of_both_sides_where_stores_give_any() {
    let pages = Pages::filled().await;
    let without = pages.get(&format!("{BATCH}/documents/A%2D1"), "en").await.body;
    assert!(without.contains("Arrival") && !without.contains("Version at"), "{without}");
    let mut outcome = migrated("B-1", 2, 1);
    for file in &mut outcome.files {
        let FileState::Migrated(receipt) = &mut file.state else { panic!("not migrated") };
        (receipt.source.version, receipt.version) = (Some("s<1".to_owned()), Some("t2".to_owned()));
    }
    commit(&pages.ledger, finish(1, outcome)).await;
    for (language, source, target) in
        [("en", "Version at the source", "Version at the target"), ("zh-CN", "数据源版本", "目标端版本")]
    {
        let body = pages.get(&format!("{BATCH}/documents/B%2D1"), language).await.body;
        for (name, version) in [(source, "s&#60;1"), (target, "t2")] {
            assert_eq!(body.matches(&format!("<dt>{name}</dt><dd><code>{version}</code></dd>")).count(), 2, "{body}");
        }
    }
}

#[tokio::test]
async fn what_operators_see_is_as_it_was_looked_at() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    let csrf = browser.csrf().await;
    for (name, target) in
        [("operators_batch", BATCH), ("operators_list", "/"), ("sign_in", "/sign-in?why=wrong&next=%2Finvalid")]
    {
        for language in ["en", "zh-CN"] {
            let body = browser.get_in(target, language).await.body.replace(&csrf, "CSRF");
            insta::assert_snapshot!(format!("{name}_{language}"), settled(&body));
        }
    }
}

#[tokio::test]
async fn a_new_batch_is_as_it_was_looked_at() {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    let csrf = browser.csrf().await;
    let sound = "name=acme-new&from=2025-01-01&to=2025-01-31&zone=UTC&source=src&sourcePrefix=scans/&target=dst&targetPrefix=\
                 &keys={collected:%25Y-%25m-%25d}/{imageNumber}/{fileName}&conflict=KeepTarget&organizations=A*%0d%0a&types=&file=";
    let wrong = sound.replace("name=acme-new", &format!("name={}", encoded(SCRIPT))).replace("=dst", "=old");
    for (name, form) in [
        ("new_wrong", format!("{wrong}&do=plan&csrf={csrf}")),
        ("new_planned", format!("{sound}&do=plan&csrf={csrf}")),
        ("new_unwritten", format!("{}&do=write&csrf={csrf}", sound.replace("acme-new", "initech"))),
    ] {
        for language in ["en", "zh-CN"] {
            let answer = browser.post_in("/new", &form, language).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            insta::assert_snapshot!(format!("{name}_{language}"), settled(&answer.body.replace(&csrf, "CSRF")));
        }
    }
    for language in ["en", "zh-CN"] {
        let body = browser.get_in("/new", language).await.body.replace(&csrf, "CSRF");
        insta::assert_snapshot!(format!("new_{language}"), settled(&body));
    }
}

#[tokio::test]
async fn a_name_is_nothing_but_text_wherever_it_stands() {
    let pages = Pages::filled().await;
    let long = "L".repeat(1_000);
    let mut targets = vec!["/".to_owned(), BATCH.to_owned(), format!("{BATCH}/documents"), format!("{BATCH}/audit")];
    targets.push("/invalid".to_owned());
    let name_pages = [SCRIPT, QUOTES, TURNED, ROUTE, &long].map(|name| format!("{BATCH}/documents/{}", encoded(name)));
    targets.extend(name_pages);
    for parameter in ["q", "organization", "label", "sort", "after", "run"] {
        targets.push(format!("/?{parameter}={}", encoded(SCRIPT)));
    }
    for parameter in ["image", "organization", "type", "code", "from", "after", "status"] {
        targets.push(format!("{BATCH}/documents?{parameter}={}", encoded(&format!("{QUOTES}{SCRIPT}"))));
    }
    targets.push(format!("/{}", encoded(SCRIPT)));
    targets.push(format!("/batches/{}", encoded(SCRIPT)));
    for target in &targets {
        let body = pages.get(target, "en").await.body;
        assert!(body.contains("<h1"), "{target}: {body}");
        assert!(!body.contains("<script>alert"), "{target}: a script");
        assert!(!body.contains("onmouseover='"), "{target}: an attribute");
        assert!(!body.contains('\u{202e}'), "{target}: turned");
        assert!(!body.contains("</pre><b>"), "{target}: an element");
    }
}

#[tokio::test]
async fn every_link_of_a_list_leads_to_its_document_whatever_its_name_is() {
    let pages = Pages::filled().await;
    let list = pages.get(&format!("{BATCH}/documents"), "en").await.body;
    let links: Vec<&str> =
        list.split("<a class=\"long\" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 9);
    for link in links {
        let answer = pages.get(link, "en").await;
        assert_eq!(answer.status, 200, "{link}: {}", answer.body);
    }
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    let pages = Pages::filled().await;
    let names = |body: &str| -> Vec<String> {
        body.split("class=\"name\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("", vec!["initech", "globex", "acme-2025-q1"]),
        ("?sort=name", vec!["acme-2025-q1", "globex", "initech"]),
        ("?sort=name&direction=down", vec!["initech", "globex", "acme-2025-q1"]),
        ("?sort=documents", vec!["acme-2025-q1", "initech", "globex"]),
        ("?sort=failed&direction=up", vec!["globex", "initech", "acme-2025-q1"]),
        ("?q=ACME", vec!["acme-2025-q1"]),
        ("?q=mb-20250402-0002", vec!["globex"]),
        ("?condition=stalled", vec!["globex"]),
        ("?run=ended", vec!["acme-2025-q1"]),
        ("?sync=Partial", vec!["acme-2025-q1"]),
        ("?label=team", vec!["initech", "acme-2025-q1"]),
        ("?label=team%3Dops", vec!["initech"]),
        ("?organization=org-glo", vec!["globex"]),
        ("?q=nothing", vec![]),
        ("?q=&run=&sync=&label=", vec!["initech", "globex", "acme-2025-q1"]),
        ("?after=2.2", vec!["acme-2025-q1"]),
        ("?sort=name&after=2.globex", vec!["initech"]),
        ("?sort=failed&after=9.1", vec!["acme-2025-q1", "initech", "globex"]),
    ] {
        let body = pages.get(&format!("/{query}"), "en").await.body;
        assert_eq!(names(&body), expected, "{query}");
    }
}

#[tokio::test]
async fn documents_are_filtered_and_found_by_the_beginning_of_their_number() {
    let pages = Pages::filled().await;
    for (query, expected) in [
        ("", 9),
        ("?image=A", 3),
        ("?image=A-2", 1),
        ("?image=a", 1),
        ("?image=Z", 0),
        ("?status=failed", 1),
        ("?status=Pending", 1),
        ("?status=Migrated&image=A", 2),
        ("?code=missingrole", 1),
        ("?code=SequenceGap", 1),
        ("?organization=acme", 3),
        ("?type=VOUCH", 9),
        ("?from=2025-01-11", 1),
        ("?to=2025-01-11", 8),
        ("?from=2025-01-20&to=2025-01-20", 1),
        ("?from=2026-01-01", 0),
        ("?after=A-2", 4),
        ("?image=A&after=A-2", 1),
        ("?image=A&after=B", 0),
        ("?image=A&after=0", 3),
    ] {
        let body = pages.get(&format!("{BATCH}/documents{query}"), "en").await.body;
        assert_eq!(body.matches("<a class=\"long\" href=").count(), expected, "{query}: {body}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_or_is_not_there_is_told_with_the_way_back() {
    let pages = Pages::filled().await;
    for (status, target) in [
        (400, "/?after=x".to_owned()),
        (400, "/?after=1".to_owned()),
        (400, "/?after=-1.x".to_owned()),
        (400, "/?after=99999999999.1".to_owned()),
        (400, "/?sort=colour".to_owned()),
        (400, "/?direction=left".to_owned()),
        (400, "/?run=lost".to_owned()),
        (400, format!("{BATCH}/documents?status=lost")),
        (400, format!("{BATCH}/documents?code=Lost")),
        (400, format!("{BATCH}/documents?from=yesterday")),
        (400, format!("{BATCH}/audit?after=x")),
        (400, format!("{BATCH}/audit?after=-1")),
        (404, "/batches/MB-20250402-9999".to_owned()),
        (404, "/batches/nothing/documents".to_owned()),
        (404, "/batches/nothing/audit".to_owned()),
        (404, format!("{BATCH}/documents/nothing")),
        (404, format!("{BATCH}/report/report.json")),
        (404, format!("{BATCH}/report/..%2F..%2Fstate%2Fledger%2Fconf")),
        (404, "/nothing".to_owned()),
        (404, "/batches".to_owned()),
    ] {
        let answer = pages.get(&target, "en").await;
        assert_eq!(answer.status, status, "{target}: {}", answer.body);
        assert!(answer.body.contains("href=\"/\">Back to the list"), "{target}: {}", answer.body);
    }
    assert!(pages.get(&format!("{BATCH}/audit?after=999"), "en").await.body.contains("no further events"));
}

#[tokio::test]
async fn a_report_is_saved_and_not_shown_in_our_name() {
    let pages = Pages::filled().await;
    let answer = pages.get(&format!("{BATCH}/report/report.html"), "en").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "<p>report"));
    assert!(answer.head.contains("content-disposition: attachment; filename=\"report.html\""), "{}", answer.head);
    assert!(answer.head.contains("content-security-policy: sandbox;"), "{}", answer.head);
}
