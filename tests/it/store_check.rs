//! `store check`: what servers can do, and those that only say so.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::project::{PNG, Project, objects_below, signal, wait_until};
use crate::support::fault::Fault;
use crate::support::s3::S3Server;

fn server() -> (S3Server, Project) {
    let server = S3Server::with_bucket("scans");
    let config = json!({"stores": {
        "s3": {"url": "s3://scans/some prefix/", "endpoint": server.endpoint(), "credentials": {"env": "TEST_"}},
        "declared": {
            "url": "s3://scans", "endpoint": server.endpoint(), "credentials": {"env": "TEST_"},
            "conditionalPut": true, "checksum": "sha256", "serverSideCopy": true, "orderedListing": true,
        },
    }});
    server.plant("scans", "some prefix/scan.png", PNG);
    (server, Project::with_config(&config))
}

/// Outcomes by ability, and the whole answer.
fn check(project: &Project, words: &[&str], exit: i32) -> (BTreeMap<String, String>, Value) {
    let view = project.run(&[&["store", "check"], words, &["-o", "json"]].concat()).exit(exit).json();
    let text = |tried: &Value, name: &str| tried[name].as_str().unwrap().to_owned();
    let tried = view["abilities"].as_array().unwrap().iter();
    (tried.map(|tried| (text(tried, "ability"), text(tried, "outcome"))).collect(), view)
}

fn is_race(request: &Parts) -> bool {
    request.method == Method::PUT && request.uri.path().contains("-race-")
}

/// Of several writes of one key, only the first gets through: what the server of these tests does not do by itself.
fn atomic(request: &Parts, seen: &Mutex<Vec<String>>) -> Fault {
    let (mut seen, path) = (seen.lock().unwrap(), request.uri.path().to_owned());
    if !is_race(request) {
        return Fault::None;
    }
    if seen.contains(&path) {
        return Fault::Status(412, "PreconditionFailed", None);
    }
    seen.push(path);
    Fault::None
}

#[track_caller]
fn nothing_is_left(server: &S3Server) {
    let left = objects_below(&server.folder("scans"));
    let left: Vec<_> = left.keys().filter(|key| !key.starts_with(".s3s")).collect();
    assert_eq!(left, ["some prefix/scan.png"]);
}

#[test]
fn a_server_that_does_all_of_it_gets_the_lines_to_declare_and_is_left_as_it_was() {
    let (server, project) = server();
    server.copy_well();
    let seen = Mutex::default();
    server.on_request(move |request| atomic(request, &seen));
    let (tried, view) = check(&project, &["s3"], 0);
    assert!(tried.values().all(|outcome| outcome == "works"), "{view:#}");
    assert_eq!(tried.len(), 11);
    assert_eq!(
        view["declare"],
        json!(["conditionalPut: true", "checksum: sha256", "serverSideCopy: true", "orderedListing: true"])
    );
    assert_eq!(view["differences"].as_array().unwrap().len(), 4, "nothing is declared: {view:#}");
    nothing_is_left(&server);
    let (_, view) = check(&project, &["declared"], 0);
    assert_eq!(view["differences"], json!([]));
    project.run(&["store", "check", "s3"]).exit(0).says("conditionalPut: true").says("differs: it is taken for");
    nothing_is_left(&server);
}

#[test]
fn a_server_that_accepts_and_ignores_what_safety_rests_on_is_found_out() {
    let (server, project) = server();
    server.on_request(|request| {
        let ignored = &["if-none-match", "x-amz-checksum-sha256", "x-amz-sdk-checksum-algorithm"];
        if request.method == Method::PUT { Fault::IgnoreHeaders(ignored) } else { Fault::None }
    });
    let (tried, view) = check(&project, &["s3"], 0);
    assert_eq!((&*tried["conditionalPut"], &*tried["checksum"]), ("doesNot", "doesNot"), "{view:#}");
    // Such a server is looked at before each copy, too.
    assert_eq!(
        view["declare"],
        json!(["conditionalPut: false", "checksum: none", "serverSideCopy: true", "orderedListing: true"])
    );
    assert_eq!(view["differences"].as_array().unwrap().len(), 2, "nothing is declared, and nothing is relied on");
    nothing_is_left(&server);
    let (_, view) = check(&project, &["declared"], 1);
    assert_eq!(view["differences"].as_array().unwrap().len(), 2);
    project.run(&["store", "check", "declared"]).exit(1).says("does NOT work").says("conditionalPut: false");
    nothing_is_left(&server);
}

#[test]
fn copies_that_are_not_what_batches_need_are_found_out() {
    let copy = |request: &Parts| request.headers.contains_key("x-amz-copy-source");
    for (fault, why) in [
        (Fault::None, "replaces what is there"),
        (Fault::Status(501, "NotImplemented", None), "HTTP 501 NotImplemented"),
        (Fault::IgnoreHeaders(&["x-amz-copy-source-if-match"]), "not the one that was asked for"),
        (Fault::IgnoreHeaders(&["x-amz-copy-source", "x-amz-checksum-algorithm"]), "makes an empty object"),
        (Fault::IgnoreHeaders(&["x-amz-metadata-directive"]), "not the metadata"),
    ] {
        let (server, project) = server();
        let seen = Mutex::default();
        server.on_request(move |request| if copy(request) { fault.clone() } else { atomic(request, &seen) });
        let (tried, view) = check(&project, &["declared"], 1);
        assert_eq!(tried["copy"], "doesNot", "{view:#}");
        assert!(view.to_string().contains(why), "{why}: {view:#}");
        assert!(view["declare"].as_array().unwrap().contains(&json!("serverSideCopy: false")), "{view:#}");
        nothing_is_left(&server);
    }
}

#[test]
fn a_refusal_that_is_not_atomic_is_none() {
    let (server, project) = server();
    // A single write is refused, and those of a race are all accepted.
    server.on_request(|request| if is_race(request) { Fault::IgnoreHeaders(&["if-none-match"]) } else { Fault::None });
    let (tried, view) = check(&project, &["declared"], 1);
    assert_eq!(tried["conditionalPut"], "doesNot");
    assert!(view.to_string().contains("8 of 8 writers"), "{view:#}");
    nothing_is_left(&server);
}

#[test]
fn a_store_that_is_down_or_refuses_is_told_apart() {
    let (server, project) = server();
    server.on_request(|_| Fault::Status(500, "InternalError", None));
    let (tried, _) = check(&project, &["s3"], 3);
    assert_eq!((&*tried["list"], &*tried["write"]), ("couldNotTell", "notTried"));
    server.on_request(|_| Fault::Status(403, "InvalidAccessKeyId", None));
    assert_eq!(check(&project, &["s3"], 1).0["list"], "doesNot");
    server.on_request(|request| match request.method {
        Method::PUT => Fault::Status(403, "AccessDenied", None),
        _ => Fault::None,
    });
    let (tried, view) = check(&project, &["s3"], 1);
    assert_eq!((&*tried["list"], &*tried["write"], &*tried["read"]), ("works", "doesNot", "notTried"), "{view:#}");
    check(&project, &["declared", "--read-only"], 0);
    let (tried, view) = check(&project, &["s3", "--read-only"], 0);
    assert_eq!((&*tried["read"], &*tried["write"]), ("works", "notTried"), "{view:#}");
    nothing_is_left(&server);
    project.run(&["store", "check", "nosuch"]).exit(2).says("declared, s3");
}

#[test]
fn what_cannot_be_removed_is_named_and_what_was_written_is_removed_also_after_a_failure() {
    let (server, project) = server();
    server.on_request(|request| match request.method {
        Method::DELETE => Fault::Status(403, "AccessDenied", None),
        _ => Fault::None,
    });
    let (tried, view) = check(&project, &["s3"], 0);
    assert_eq!(tried["delete"], "doesNot");
    let left = view["left"].as_array().unwrap();
    assert!(
        !left.is_empty() && left.iter().all(|key| key.as_str().unwrap().starts_with(".batchferry-check-")),
        "{view:#}"
    );
    for key in left {
        fs::remove_file(server.folder("scans").join("some prefix").join(key.as_str().unwrap())).unwrap();
    }
    server.on_request(|request| match request.method {
        Method::GET if request.uri.path().contains("check") => Fault::CorruptBody,
        _ => Fault::None,
    });
    let (tried, view) = check(&project, &["s3"], 1);
    assert_eq!((&*tried["read"], &*tried["delete"]), ("doesNot", "works"), "{view:#}");
    nothing_is_left(&server);
}

#[test]
fn a_folder_needs_nothing_declared() {
    let project = Project::local();
    let (tried, view) = check(&project, &["dst"], 0);
    assert_eq!(
        (&*tried["conditionalPut"], &*tried["checksum"], &*tried["metadata"]),
        ("works", "notApplicable", "doesNot")
    );
    assert_eq!((&view["declare"], &view["differences"]), (&json!([]), &json!([])), "{view:#}");
    assert_eq!(project.objects("dst").len(), 0);
    project.put_document("2025/01/05", "DOC-1");
    let before = project.objects("src");
    assert_eq!(check(&project, &["src", "--read-only"], 0).0["pin"], "works");
    assert_eq!(project.objects("src"), before);
    project.run(&["store", "check", "dst", "--read-only"]).exit(3).says("nothing is listed");
    fs::remove_dir(project.path("dst")).unwrap();
    project.run(&["store", "check", "dst"]).exit(1).says("nothing was made");
    assert!(!project.path("dst").exists(), "perhaps a disk is not mounted there");
    fs::write(project.path("dst"), "no folder").unwrap();
    project.run(&["store", "check", "dst"]).exit(1).says("StoreMissing");
}

#[test]
fn a_check_that_is_interrupted_removes_what_it_wrote() {
    let (server, project) = server();
    server.on_request(|request| if is_race(request) { Fault::Hang } else { Fault::None });
    let mut command = project.command(&["store", "check", "s3"]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    wait_until("it is in the middle", || server.log().iter().any(|line| line.contains("-race-")));
    signal("-TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    nothing_is_left(&server);
}

#[test]
fn a_server_that_lists_in_another_order_or_begins_elsewhere_is_not_relied_on_for_ranges() {
    let asks = |request: &Parts, what| request.uri.query().is_some_and(|query| query.contains(what));
    for (fault, asked, why) in [
        (Fault::IgnoreStartAfter, "start-after", "asked to begin behind a key, it begins elsewhere"),
        (Fault::ListBackwards, "-order", "in another order than that of their bytes"),
    ] {
        let (server, project) = server();
        server.on_request(move |request| if asks(request, asked) { fault.clone() } else { Fault::None });
        let (tried, view) = check(&project, &["s3"], 0);
        assert_eq!(tried["orderedListing"], "doesNot", "{view:#}");
        assert!(view.to_string().contains(why), "{view:#}");
        assert!(view["declare"].as_array().unwrap().contains(&json!("orderedListing: false")), "{view:#}");
        nothing_is_left(&server);
        project.run(&["store", "check", "declared"]).exit(1).says(why);
    }
}
