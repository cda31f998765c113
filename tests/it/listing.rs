//! Only what can match is listed, and the report says with how many requests.

use std::collections::BTreeSet;

use serde_json::json;

use crate::listing_server::ListingServer;
use crate::project::Project;

/// A year of documents of two organizations and three types.
fn archive(objects: usize) -> BTreeSet<String> {
    let key = |n: usize| {
        let (document, organization, kind) =
            (n / 2, ["ACME", "GLOBEX"][n / 2 % 2], ["expense", "voucher", "contract"][n / 4 % 3]);
        let day = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(i64::try_from(document % 365).unwrap());
        let file = ["cover-1", "invoice-1"][n % 2];
        format!("scans/{organization}/{kind}/{}/IMG-{document:07}/{file}.png", day.strftime("%Y/%m/%d"))
    };
    (0..objects).map(key).collect()
}

/// Requests for a full listing of the archive, at 1,000 keys a page.
const FULL: u64 = 200;

/// What the report says was listed.
struct Listed {
    requests: u64,
    files: u64,
    warnings: u64,
}

/// Runs a batch, whose documents lack a role, so that nothing needs to be fetched, against a server of `keys` that counts.
async fn listed(keys: BTreeSet<String>, change: impl FnOnce(&mut serde_json::Value)) -> Listed {
    let server = ListingServer::start(keys).await;
    let project = Project::with_config(&json!({"stores": {
        "src": {"url": "s3://bucket", "endpoint": server.endpoint, "region": "eu", "credentials": {"env": "TEST_"}},
        "dst": {"url": "file:dst"}
    }}));
    project.spec("batch", |spec| {
        spec["source"]["prefix"] = json!("scans/");
        spec["checks"] = json!({"requiredRoles": {"attachment": 1}});
        change(spec);
    });
    let mut command = project.command(&["run"]);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    let show = project.show("batch");
    let requests = show["listed"]["requests"].as_u64().unwrap();
    assert_eq!(requests, server.requests(), "the report counts every request");
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    let warnings = number(&show["listed"]["unrecognised"]);
    Listed { requests, files: number(&show["files"]["inScope"]), warnings }
}

struct OneDay {
    requests: u64,
    files: u64,
    of_the_day: BTreeSet<String>,
}

/// Runs a batch of one day with these filters.
async fn one_day(filters: serde_json::Value) -> OneDay {
    let keys = archive(200_000);
    let of_the_day = keys.iter().filter(|key| key.contains("/2025/06/15/")).cloned().collect();
    let Listed { requests, files, .. } = listed(keys, |spec| {
        spec["collected"]["from"] = json!("2025-06-15");
        spec["collected"]["to"] = json!("2025-06-15");
        spec["filters"] = filters;
    })
    .await;
    OneDay { requests, files, of_the_day }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_out_of_a_year_needs_under_two_percent_of_the_requests_of_a_full_listing() {
    let day = one_day(json!({"organizations": ["ACME"], "documentTypes": ["expense"]})).await;
    let wanted = day.of_the_day.iter().filter(|key| key.starts_with("scans/ACME/expense/")).count();
    assert_eq!(day.files, wanted as u64);
    assert_eq!(day.requests, 1, "one organization, one type, one day");
    assert!(day.requests * 100 < 2 * FULL, "{} of {FULL}", day.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_the_spec_leaves_open_are_found_by_one_request_for_each_folder() {
    let day = one_day(json!({})).await;
    assert_eq!(day.files, day.of_the_day.len() as u64);
    // The organizations: 1. The types of each of two: 2. The day of each of six types: 6.
    assert_eq!(day.requests, 9);
}

/// A batch of a year of one organization and type, of so many documents of one file, with days written so.
async fn a_year(documents: usize, days: &str, more: &[&str]) -> Listed {
    let key = |n: usize| {
        let day = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(i64::try_from(n % 365).unwrap());
        format!("scans/ACME/expense/{}/IMG-{n:07}/cover-1.png", day.strftime(days))
    };
    let more = more.iter().map(|key| format!("scans/ACME/expense/{key}"));
    listed((0..documents).map(key).chain(more).collect(), |spec| {
        spec["collected"]["from"] = json!("2025-01-01");
        spec["collected"]["to"] = json!("2025-12-31");
        spec["filters"] = json!({"organizations": ["ACME"], "documentTypes": ["expense"]});
        let keys = format!(
            "{{organization}}/{{documentType}}/{{collected:{days}}}/{{imageNumber}}/{{role}}-{{sequence}}.{{extension}}"
        );
        spec["source"]["catalog"]["keys"] = json!(keys);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_more_than_a_page_is_listed_by_its_folders_side_by_side() {
    let strays = ["2025/note.txt", "2025/13/07/IMG-X/cover-1.png"];
    let listed = a_year(6_000, "%Y/%m/%d", &strays).await;
    // The first page and the folders of the year, and those twelve and one more, whose document has no date and is in scope.
    assert_eq!((listed.files, listed.warnings, listed.requests), (6_001, 1, 2 + 13), "every key once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_one_page_is_listed_by_one_request() {
    let listed = a_year(900, "%Y/%m/%d", &[]).await;
    assert_eq!((listed.files, listed.requests), (900, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_folders_are_listed_as_a_whole() {
    let listed = a_year(6_000, "%Y/%j", &[]).await;
    // One more, which finds 365 folders.
    assert_eq!((listed.files, listed.requests), (6_000, 6 + 1));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_keeps_the_batch_from_complete() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    std::os::unix::fs::symlink("..", project.path("src/ACME/voucher/2025/01/05/LOOP")).unwrap();
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(1);
    let show = project.show("batch");
    assert_eq!((&show["syncStatus"], &show["documents"]["migrated"]), (&json!("Partial"), &json!(1)), "{show:#}");
}
