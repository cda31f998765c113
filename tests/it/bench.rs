//! `bench`: what is measured, what is advised, and that nothing stays.

use http::Method;
use serde_json::{Value, json};

use crate::project::{PNG, Project, objects_below, signal, wait_until};
use crate::support::fault::Fault;
use crate::support::s3::S3Server;

/// Two buckets, of which one has an archive, and two folders.
fn stores() -> (S3Server, Project) {
    let server = S3Server::start();
    let project = Project::with_config(&config(&server));
    for bucket in ["old", "new"] {
        server.make_bucket(bucket);
    }
    for n in 0..5 {
        server.plant("old", &format!("2024/scan-{n}.png"), PNG);
    }
    server.plant("new", "kept.png", PNG);
    (server, project)
}

fn config(server: &S3Server) -> Value {
    let bucket = |name: &str| {
        json!({"url": format!("s3://{name}"), "endpoint": server.endpoint(), "credentials": {"env": "TEST_"},
            "conditionalPut": true, "checksum": "sha256"})
    };
    json!({"stores": {"old": bucket("old"), "new": bucket("new"), "src": {"url": "file:src"}, "dst": {"url": "file:dst"}}})
}

const SHORT: [&str; 4] = ["--duration", "400ms", "--most", "4"];

fn bench(project: &Project, words: &[&str], exit: i32) -> Value {
    project.run(&[&["bench"], words, &SHORT, &["-o", "json"]].concat()).exit(exit).json()
}

fn objects(server: &S3Server, bucket: &str) -> Vec<String> {
    let objects = objects_below(&server.folder(bucket));
    // The server's own notes on metadata and uploads.
    objects.into_keys().filter(|key| !key.starts_with(".s3s")).collect()
}

#[track_caller]
fn nothing_is_left(server: &S3Server) {
    assert_eq!(objects(server, "new"), ["kept.png"]);
    assert_eq!(objects(server, "old").len(), 5, "{:?}", objects(server, "old"));
}

#[test]
fn what_is_measured_is_advised_and_nothing_stays() {
    let (server, project) = stores();
    let view = bench(&project, &["--source", "old", "--target", "new", "--size", "2KiB"], 0);
    assert_eq!(
        (&view["size"], &view["objects"], &view["failure"], &view["left"]),
        (&json!(2048), &json!(16), &json!(null), &json!([]))
    );
    let steps = view["steps"].as_array().unwrap();
    let tried: Vec<u64> = steps.iter().map(|step| step["concurrency"].as_u64().unwrap()).collect();
    assert_eq!(tried, [1, 2, 4]);
    for step in steps {
        let number = |name: &str| step[name].as_f64().unwrap();
        assert!(number("files") > 0.0 && number("medianMs") > 0.0 && number("medianMs") <= number("p95Ms"), "{step}");
        assert!((number("filesPerSecond") * 2048.0 - number("bytesPerSecond")).abs() < 1.0, "{step}");
    }
    let chosen = view["advice"]["concurrency"].as_u64().unwrap();
    assert!(tried.contains(&chosen));
    assert_eq!(view["advice"]["spec"], json!([format!("transfer: {{concurrency: {chosen}}}")]));
    assert_eq!(view["advice"]["config"], json!([]));
    nothing_is_left(&server);
    let text = project.run(&[&["bench", "--source", "old", "--target", "new"], &SHORT[..]].concat()).exit(0);
    text.says("files/s").says("  for the spec:\n    transfer: {concurrency: ");
    nothing_is_left(&server);
}

#[test]
fn a_source_that_may_only_be_read_is_only_read() {
    let (server, project) = stores();
    server.on_request(|request| match request.uri.path() {
        path if path.starts_with("/old") && request.method != Method::GET => Fault::Status(403, "AccessDenied", None),
        _ => Fault::None,
    });
    let view = bench(&project, &["--source", "old", "--prefix", "2024/", "--target", "new"], 0);
    assert_eq!((&view["objects"], &view["size"]), (&json!(5), &json!(PNG.len())));
    nothing_is_left(&server);
    project
        .run(&[&["bench", "--source", "old", "--target", "new"], &SHORT[..]].concat())
        .exit(3)
        .says("AccessDenied")
        .says("with --prefix, objects that are there are read");
    project
        .run(&["bench", "--source", "old", "--prefix", "1999/", "--target", "new"])
        .exit(3)
        .says("nothing that has any bytes is listed at the source below \"1999/\"");
    nothing_is_left(&server);
}

#[test]
fn large_objects_go_in_parts_and_what_they_take_of_memory_is_told() {
    let (server, project) = stores();
    let mut config = config(&server);
    config["limits"] = json!({"memory": "8MiB"});
    project.configure(&config);
    for (source, target) in [("old", "new"), ("src", "dst")] {
        let words = ["--source", source, "--target", target, "--size", "6MiB"];
        let view = bench(&project, &words, 0);
        assert_eq!(view["size"], 6 << 20);
        let memory = 10 * view["advice"]["concurrency"].as_u64().unwrap();
        assert_eq!(view["advice"]["config"], json!([format!("limits: {{memory: {memory}MiB}}")]));
    }
    assert!(server.log().iter().any(|line| line.contains("partNumber=2")), "in parts");
    nothing_is_left(&server);
    assert_eq!((project.objects("src").len(), project.objects("dst").len()), (0, 0));
}

#[test]
fn a_target_that_turns_requests_away_ends_the_rise_and_is_not_advised() {
    let (server, project) = stores();
    let busy = std::sync::Mutex::new(std::collections::BTreeSet::new());
    // As soon as a second worker writes.
    server.on_request(move |request| {
        let mut workers = busy.lock().unwrap();
        if request.method == Method::PUT && request.uri.path().starts_with("/new") {
            workers.insert(request.uri.path().to_owned());
        }
        if workers.len() > 1 && request.method == Method::PUT {
            Fault::Status(503, "SlowDown", None)
        } else {
            Fault::None
        }
    });
    let view = bench(&project, &["--source", "old", "--target", "new"], 0);
    let steps = view["steps"].as_array().unwrap();
    assert_eq!((steps.len(), &view["advice"]["concurrency"]), (2, &json!(1)), "{view:#}");
    assert!(steps[1]["throttled"].as_u64().unwrap() > 0 && view["failure"].is_null(), "{view:#}");
    nothing_is_left(&server);
}

#[test]
fn what_fails_is_told_and_what_stays_is_named() {
    let (server, project) = stores();
    server.on_request(|request| match request.method {
        Method::PUT if request.uri.path().starts_with("/new") => Fault::Status(403, "AccessDenied", None),
        _ => Fault::None,
    });
    let view = bench(&project, &["--source", "old", "--target", "new"], 1);
    assert!(view["failure"].as_str().unwrap().contains("AccessDenied") && view["advice"].is_null(), "{view:#}");
    nothing_is_left(&server);
    server.on_request(|request| match request.method {
        Method::DELETE if request.uri.path().starts_with("/new") => Fault::Status(403, "AccessDenied", None),
        _ => Fault::None,
    });
    let view = bench(&project, &["--source", "old", "--target", "new"], 1);
    let left: Vec<&str> = view["left"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(left.len(), 4, "one for each worker: {view:#}");
    assert!(left.iter().all(|key| server.folder("new").join(key).exists()), "{left:?}");
}

#[test]
fn policies_hold_and_wrong_words_are_refused() {
    let (server, project) = stores();
    let mut config = config(&server);
    let policy = |read: Value, write: Value| json!([{"specs": "**", "read": read, "write": write}]);
    let place = |store: &str, prefix: &str| json!({"store": store, "prefix": prefix});
    let words =
        ["bench", "--source", "old", "--prefix", "2024/", "--target", "new", "--duration", "100ms", "--most", "1"];
    for (read, write, said) in [
        (json!([place("old", "2025/")]), json!([place("new", "")]), "lets anyone read from store \"old\" at \"2024/\""),
        (
            json!([place("old", "")]),
            json!([place("new", "archive/")]),
            "lets anyone write to store \"new\" at \".batchferry-check-\"",
        ),
    ] {
        config["policies"] = policy(read, write);
        project.configure(&config);
        project.run(&words).exit(1).says(said);
    }
    config["policies"] = policy(json!([place("old", "2024/")]), json!([place("new", "")]));
    project.configure(&config);
    project.run(&words).exit(0);
    project.run(&["bench", "--source", "old", "--target", "new"]).exit(1).says("read from store \"old\"");
    assert_eq!(server.requests("PUT"), objects_put_by_one_worker(&server), "nothing else was written");
    project.run(&["bench", "--source", "nowhere", "--target", "new"]).exit(1);
    config.as_object_mut().unwrap().remove("policies");
    project.configure(&config);
    project.run(&["bench", "--source", "nowhere", "--target", "new"]).exit(2).says("is not in the config");
    project.run(&["bench", "--source", "old", "--target", "new", "--size", "0B"]).exit(2).says("expected 1 byte to");
    project.run(&["bench", "--source", "old", "--target", "new", "--size", "40KB", "--prefix", "a/"]).exit(2);
    project.run(&["bench", "--source", "old", "--target", "new", "--duration", "soon"]).exit(2);
    nothing_is_left(&server);
}

fn objects_put_by_one_worker(server: &S3Server) -> u64 {
    let puts = server
        .log()
        .into_iter()
        .filter(|line| line.starts_with("PUT /new/.batchferry-check-") && line.contains("target-0"));
    puts.count() as u64
}

#[test]
fn a_measurement_that_is_interrupted_removes_what_it_wrote() {
    let (server, project) = stores();
    let words = ["bench", "--source", "old", "--target", "new", "--duration", "10m", "-o", "json"];
    let mut command = project.command(&words);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let child = command.spawn().unwrap();
    wait_until("it is in the middle", || server.log().iter().any(|line| line.contains("target-0")));
    signal("-TERM", child.id());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(130));
    let view: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(view["advice"].is_null(), "{view:#}");
    nothing_is_left(&server);
}
