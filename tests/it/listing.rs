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

struct OneDay {
    requests: u64,
    files: u64,
    of_the_day: BTreeSet<String>,
}

/// Runs a batch of one day with these filters, against a server that counts.
async fn one_day(filters: serde_json::Value) -> OneDay {
    let keys = archive(200_000);
    let of_the_day = keys.iter().filter(|key| key.contains("/2025/06/15/")).cloned().collect();
    let server = ListingServer::start(keys).await;
    let project = Project::with_config(&json!({"stores": {
        "src": {"url": "s3://bucket", "endpoint": server.endpoint, "region": "eu", "credentials": {"env": "TEST_"}},
        "dst": {"url": "file:dst"}
    }}));
    project.spec("batch", |spec| {
        spec["collected"]["from"] = json!("2025-06-15");
        spec["collected"]["to"] = json!("2025-06-15");
        spec["source"]["prefix"] = json!("scans/");
        spec["filters"] = filters;
        // No document has one, so that nothing needs to be fetched.
        spec["checks"] = json!({"requiredRoles": {"attachment": 1}});
    });
    let mut command = project.command(&["run"]);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    let show = project.show("batch");
    let requests = show["listed"]["requests"].as_u64().unwrap();
    assert_eq!(requests, server.requests(), "the report counts every request");
    OneDay { requests, files: show["files"]["inScope"].as_u64().unwrap(), of_the_day }
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
