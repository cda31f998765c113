//! A long listing without folders goes in ranges of keys, where the source lists in order.

use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::listing_server::{ListingServer, Manner, StartAfter};
use crate::project::{Done, Project, signal, wait_until};

/// Says so where documents are not looked at one by one.
const AS_IT_WAS: &str = "everything is listed as it was";

/// Documents of one file, all in one folder.
const DOCUMENTS: usize = 4_000;

fn keys() -> BTreeSet<String> {
    let key = |number| format!("scans/IMG{number:06}_ACME_voucher_20250105_cover-1.png");
    (0..DOCUMENTS).map(key).collect()
}

fn config(server: &ListingServer, ordered: bool) -> Value {
    let source = json!({"url": "s3://bucket", "endpoint": server.endpoint, "credentials": {"env": "TEST_"},
        "orderedListing": ordered, "requestTimeout": "2s"});
    json!({"stores": {"src": source, "dst": {"url": "file:dst"}}})
}

/// A batch of all that lies below a prefix, whose documents lack a role, so that nothing needs to be fetched.
fn spec(project: &Project, prefix: &str) {
    project.spec("batch", |spec| {
        spec["source"]["prefix"] = json!(prefix);
        let keys = "{imageNumber}_{organization}_{documentType}_{collected:%Y%m%d}_{role}-{sequence}.{extension}";
        spec["source"]["catalog"]["keys"] = json!(keys);
        spec["checks"] = json!({"requiredRoles": {"attachment": 1}});
    });
}

struct Scene {
    server: ListingServer,
    project: Project,
}

impl Scene {
    /// A source that lists so, of small pages: what is left of 32 of them is a long listing.
    async fn of(start_after: StartAfter, ordered: bool) -> Self {
        Self::with(keys(), start_after, ordered).await
    }

    async fn with(keys: BTreeSet<String>, start_after: StartAfter, ordered: bool) -> Self {
        let server = ListingServer::start_in(keys, Manner { page: 20, start_after }).await;
        let project = Project::with_config(&config(&server, ordered));
        spec(&project, "scans/");
        Self { server, project }
    }

    async fn does(&self, words: &[&str]) -> Done {
        let mut command = self.project.command(words);
        command.env("BATCHFERRY_LOG", "info");
        tokio::task::spawn_blocking(move || Done::of(&mut command)).await.unwrap()
    }

    /// Requests of the current listing as the program tells them, and files.
    fn told(&self) -> (u64, u64) {
        let show = self.project.show("batch");
        let number = |value: &Value| value.as_u64().unwrap();
        (number(&show["listed"]["requests"]), number(&show["files"]["inScope"]))
    }

    /// The codes of what failed.
    fn failures(&self) -> Vec<String> {
        let show = self.project.show("batch");
        let failures = show["failures"].as_array().unwrap().iter();
        failures.map(|failure| failure["code"].as_str().unwrap().to_owned()).collect()
    }

    /// Keys behind which a page, and not only one key, was asked for.
    fn ranges(&self) -> Vec<String> {
        let queries = self.server.queries().into_iter().filter(|query| !query.contains("max-keys=1&"));
        let begin =
            |query: String| query.split('&').find_map(|pair| pair.strip_prefix("start-after=").map(str::to_owned));
        queries.filter_map(begin).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_long_listing_goes_in_ranges_and_comes_again_as_it_was() {
    let scene = Scene::of(StartAfter::Honoured, true).await;
    scene.does(&["run"]).await.exit(1);
    let (requests, files) = scene.told();
    assert_eq!(
        (requests, files),
        (scene.server.requests(), DOCUMENTS as u64),
        "each key once, and each request is told"
    );
    let (first, ranges) = (scene.server.requests(), scene.ranges());
    let begun: BTreeSet<_> = ranges.iter().map(|key| key.trim_start_matches("scans%2FIMG")).collect();
    // The first 640 numbers, then by thousands, of which each after its first 640 by hundreds.
    let (numbers, behind) = (["001", "002", "003"], |number| format!("{number}639_ACME_voucher_20250105_cover-1.png"));
    let thousands = numbers.map(str::to_owned).into_iter().chain(["000", "001", "002", "003"].map(behind));
    let hundreds = numbers.iter().flat_map(|number| (7..10).map(move |digit| format!("{number}{digit}")));
    let expected: BTreeSet<String> = thousands.chain(hundreds).collect();
    assert_eq!(begun, expected.iter().map(String::as_str).collect());
    assert_eq!(ranges.len(), expected.len(), "each range once");

    scene.does(&["resync", "batch", "--all"]).await.exit(1).says(AS_IT_WAS);
    assert_eq!((scene.told(), scene.server.requests()), ((requests, files), 2 * first));
    scene.project.run(&["ledger", "check"]).exit(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_relied_on_or_begins_elsewhere_is_listed_page_by_page() {
    for (start_after, ordered) in [(StartAfter::Honoured, false), (StartAfter::Ignored, true)] {
        let scene = Scene::of(start_after, ordered).await;
        scene.does(&["run"]).await.exit(1);
        assert_eq!(scene.told(), (scene.server.requests(), DOCUMENTS as u64));
        // One more, which finds that it begins elsewhere.
        assert_eq!((scene.server.requests(), scene.ranges().len()), (DOCUMENTS as u64 / 20 + u64::from(ordered), 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_keys_on_the_way_to_a_range_are_gone_through() {
    let scene = Scene::of(StartAfter::ThroughEmptyPages, true).await;
    scene.does(&["run"]).await.exit(1);
    assert_eq!(scene.told(), (scene.server.requests(), DOCUMENTS as u64));
    assert!(scene.ranges().len() > 10, "{:?}", scene.ranges());
    assert_eq!(scene.failures(), ["MissingRole"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_the_mark_of_what_cannot_be_read_is_in_its_place_like_any_other() {
    let odd = "scans/IMG002500\u{FFFD}_ACME_voucher_20250105_cover-1.png".to_owned();
    let scene = Scene::with(keys().into_iter().chain([odd]).collect(), StartAfter::Honoured, true).await;
    scene.does(&["run"]).await.exit(1);
    assert_eq!(scene.told().1, DOCUMENTS as u64 + 1);
    assert!(scene.ranges().len() > 10, "{:?}", scene.ranges());
    assert_eq!(scene.failures(), ["MissingRole"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_of_a_part_of_a_bucket_hold_keys_that_cannot_be_addressed() {
    let key = |number| format!("scans/IMG{number:06}_ACME_voucher_20250105_cover-1.png");
    // One of them at the end of the first pages, one where the second range begins.
    let odd = ["scans/IMG000639//x", "scans/IMG001", "scans/IMG001//x"].map(str::to_owned);
    let keys: BTreeSet<_> = (0..1_200).map(key).chain(odd).collect();
    let count = keys.len() as u64;
    let scene = Scene::with(keys, StartAfter::Honoured, true).await;
    let mut config = config(&scene.server, true);
    config["stores"]["src"]["prefix"] = json!("scans/");
    scene.project.configure(&config);
    spec(&scene.project, "");
    scene.does(&["run"]).await.exit(1);
    let show = scene.project.show("batch");
    assert_eq!(
        (&show["listed"]["objects"], scene.told()),
        (&json!(count), (scene.server.requests(), 1_200)),
        "{show:#}"
    );
    assert!(!scene.ranges().is_empty());
    let report = scene.project.report("batch").to_string();
    assert!(["IMG000639//x", "IMG001//x"].iter().all(|key| report.contains(key)), "{report}");
}

/// Runs a batch that must not take what it lists for all there is.
async fn is_never_complete(scene: &Scene, keys: usize) {
    scene.does(&["run"]).await.exit(1);
    let show = scene.project.show("batch");
    assert_eq!((&show["syncStatus"], &show["runStatus"]), (&json!("Failed"), &json!("Ended")), "{show:#}");
    let report = scene.project.report("batch").to_string();
    assert!(
        report.contains("store src does not list in the order of its keys: declare `orderedListing: false`"),
        "{report}"
    );
    assert!(scene.told().1 < keys as u64);
    assert_eq!(scene.told().0, scene.server.requests(), "each request is told");
    // What it says to do helps.
    scene.project.configure(&config(&scene.server, false));
    scene.does(&["resync", "batch", "--all"]).await.exit(1);
    assert_eq!(scene.told().1, keys as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_out_of_order_never_pass_for_all_of_a_range() {
    is_never_complete(&Scene::of(StartAfter::Backwards, true).await, DOCUMENTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_order_puts_between_two_ranges_is_noticed() {
    let key = |letter, number| format!("scans/{letter}{number:04}_ACME_voucher_20250105_cover-1.png");
    let keys: BTreeSet<_> = [("a", 800), ("á", 30), ("b", 30)]
        .into_iter()
        .flat_map(|(letter, count)| (0..count).map(move |number| key(letter, number)))
        .collect();
    let count = keys.len();
    is_never_complete(&Scene::with(keys, StartAfter::OfALanguage, true).await, count).await;
}

/// A run that was stopped while the ranges of what is left were listed.
async fn interrupted() -> Scene {
    let scene = Scene::of(StartAfter::Honoured, true).await;
    // 32 pages, what it takes to cut what is left, and some pages of its ranges.
    scene.server.answer_only(75);
    let mut child = scene.project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let server = scene.server;
    let (server, code) = tokio::task::spawn_blocking(move || {
        // Ranges have asked for pages that do not come.
        wait_until("ranges wait", || server.requests() >= 77);
        signal("-INT", child.id());
        (server, child.wait().unwrap().code())
    })
    .await
    .unwrap();
    assert_eq!(code, Some(130));
    let scene = Scene { server, ..scene };
    let before = scene.ranges();
    assert!((4..16).contains(&before.len()), "{before:?}");
    scene.server.heal();
    scene
}

/// How often a listing of all keys has begun.
fn beginnings(scene: &Scene) -> usize {
    let is_first = |query: &&String| {
        query.contains("max-keys=1000&") && !query.contains("start-after=") && !query.contains("continuation")
    };
    scene.server.queries().iter().filter(is_first).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_were_interrupted_go_on_where_they_stopped() {
    let scene = interrupted().await;
    scene.does(&["run"]).await.exit(1);
    let show = scene.project.show("batch");
    assert_eq!((&show["listed"]["objects"], scene.told().1), (&json!(DOCUMENTS), DOCUMENTS as u64), "each key once");
    assert_eq!(beginnings(&scene), 1, "nothing begins anew");
    scene.does(&["resync", "batch", "--all"]).await.exit(1);
    assert_eq!(scene.told().1, DOCUMENTS as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_of_a_source_that_is_not_relied_on_any_more_are_listed_anew_as_a_whole() {
    let scene = interrupted().await;
    scene.project.configure(&config(&scene.server, false));
    let before = scene.ranges().len();
    scene.does(&["run"]).await.exit(1);
    let show = scene.project.show("batch");
    assert_eq!((&show["listed"]["objects"], scene.told().1), (&json!(DOCUMENTS), DOCUMENTS as u64));
    assert_eq!((beginnings(&scene), scene.ranges().len()), (2, before));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_listed_and_is_gone_when_the_listing_begins_anew_is_in_the_totals() {
    let scene = interrupted().await;
    let fewer = keys().into_iter().filter(|key| !key.contains("IMG000005")).collect();
    let server = ListingServer::start_in(fewer, Manner { page: 20, start_after: StartAfter::Honoured }).await;
    scene.project.configure(&config(&server, false));
    scene.does(&["run"]).await.exit(1);
    let report = scene.project.report("batch");
    let (listed, files) = (&report["listed"]["objects"], &report["files"]["inScope"]);
    assert_eq!((listed, files), (&json!(DOCUMENTS), &json!(DOCUMENTS)));
    // The next listing does not find it any more, and says so.
    scene.does(&["resync", "batch", "--all"]).await.exit(1);
    let report = scene.project.report("batch");
    let (listed, missed) = (&report["listed"]["objects"], &report["notListed"]);
    assert_eq!((listed, missed), (&json!(DOCUMENTS - 1), &json!(1)));
}
