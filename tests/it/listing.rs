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

#[tokio::test(flavor = "multi_thread")]
async fn one_day_out_of_a_year_needs_under_two_percent_of_the_requests_of_a_full_listing() {
    let keys = archive(200_000);
    let of_the_day = keys.iter().filter(|key| key.contains("/2025/06/15/")).count();
    let server = ListingServer::start(keys).await;
    let project = Project::with_config(&json!({"stores": {
        "src": {"url": "s3://bucket", "endpoint": server.endpoint, "region": "eu", "credentials": {"env": "TEST_"}},
        "dst": {"url": "file:dst"}
    }}));
    project.spec("batch", |spec| {
        spec["collected"]["from"] = json!("2025-06-15");
        spec["collected"]["to"] = json!("2025-06-15");
        spec["source"]["prefix"] = json!("scans/");
        // Every file is larger than this server's one byte is allowed to be: nothing needs to be fetched.
        spec["checks"] = json!({"requiredRoles": {"attachment": 1}});
    });
    let mut command = project.command(&["run"]);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    let show = project.show("batch");
    let full = 200_000 / 1_000;
    let requests = show["listed"]["requests"].as_u64().unwrap();
    assert_eq!(show["files"]["inScope"].as_u64().unwrap(), of_the_day as u64, "{show:#}");
    assert_eq!(requests, server.requests(), "the report counts every request");
    // Two organizations and six types are found by name: 1 + 2 requests, then one for each of six days' folders.
    assert_eq!(requests, 9);
    let literal = project_with_literal_names(&server.endpoint);
    let mut command = literal.command(&["run"]);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let requests = literal.show("batch")["listed"]["requests"].as_u64().unwrap();
    assert_eq!(requests, 1, "one organization, one type, one day");
    assert!(requests * 100 < 2 * full, "{requests} of {full}");
}

fn project_with_literal_names(endpoint: &str) -> Project {
    let project = Project::with_config(&json!({"stores": {
        "src": {"url": "s3://bucket", "endpoint": endpoint, "region": "eu", "credentials": {"env": "TEST_"}},
        "dst": {"url": "file:dst"}
    }}));
    project.spec("batch", |spec| {
        spec["collected"]["from"] = json!("2025-06-15");
        spec["collected"]["to"] = json!("2025-06-15");
        spec["source"]["prefix"] = json!("scans/");
        spec["filters"] = json!({"organizations": ["ACME"], "documentTypes": ["expense"]});
        spec["checks"] = json!({"requiredRoles": {"attachment": 1}});
    });
    project
}
