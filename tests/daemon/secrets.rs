//! No secret stands anywhere, whatever a server makes of what it was sent: not in logs of any level, not in what commands
//! print, not in reports, ledger, audit log or evidence.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use http::request::Parts;
use serde_json::json;

use crate::daemon::{Daemon, has};
use crate::faulty::{Buckets, buckets, reads, writes};
use crate::project::Project;
use crate::support::fault::Fault;
use crate::support::s3::{ACCESS_KEY, SECRET_KEY};

const TOKEN: &str = "FwoGZXIvYXdzEJrSessionTokenOfThisTest==";
const URL_SIGNATURE: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

/// Signatures that the server has seen.
type Seen = Arc<Mutex<Vec<String>>>;

/// An error that repeats the request with all its headers, and more than the server can know.
fn echo(request: &Parts, code: &str, seen: &Seen) -> String {
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()));
    let headers: Vec<String> = headers.collect();
    let authorization = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = authorization.rsplit("Signature=").next().unwrap_or_default().to_owned();
    assert!(!signature.is_empty(), "every request is signed");
    seen.lock().unwrap().push(signature.clone());
    let url = format!("https://b.example/k?X-Amz-Security-Token={TOKEN}&X-Amz-Signature={URL_SIGNATURE}");
    let message = format!(
        "you sent {signature} with {SECRET_KEY} and {TOKEN}; {}; go to {}",
        headers.join("; "),
        url.replace('&', "&amp;")
    );
    format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message><Token>{TOKEN}</Token></Error>"
    )
}

/// The same at the front of a message, which is cut at its end.
fn echo_signature(request: &Parts, code: &str, seen: &Seen) -> String {
    let whole = echo(request, code, seen);
    let authorization = request.headers["authorization"].to_str().unwrap();
    whole.replace("<Message>", &format!("<Message>{authorization} x-amz-security-token={TOKEN} "))
}

fn write_credentials(project: &Project) {
    let credentials = json!({"accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "sessionToken": TOKEN});
    fs::write(project.path("credentials.json"), credentials.to_string()).unwrap();
}

/// Every file below a folder but the credentials themselves.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if !path.ends_with("credentials.json")
            && let Ok(bytes) = fs::read(&path)
        {
            found.push((path.display().to_string(), bytes));
        }
    }
}

fn traced(project: &Project, words: &[&str]) -> Command {
    let mut command = project.command(words);
    command.env("BATCHFERRY_LOG", "trace").env_remove("TEST_SECRET_ACCESS_KEY");
    command
}

/// Refuses an object, a write, and once sends a read to another place.
fn of_objects(request: &Parts, seen: &Seen, redirected: &AtomicBool) -> Fault {
    match request.uri.path() {
        path if path.contains("IMG-1/") && reads(request, "src") => {
            Fault::Answer(400, "application/xml", echo_signature(request, "Odd", seen))
        }
        path if path.contains("IMG-2/") && writes(request, "dst") => {
            Fault::Answer(403, "application/xml", echo(request, "AccessDenied", seen))
        }
        path if path.contains("IMG-3/") && reads(request, "src") && !redirected.swap(true, Ordering::SeqCst) => {
            let location = format!("http://127.0.0.1:9/k?X-Amz-Signature={URL_SIGNATURE}&X-Amz-Security-Token={TOKEN}");
            Fault::Redirect(location, echo_signature(request, "TemporaryRedirect", seen))
        }
        _ => Fault::None,
    }
}

#[test]
fn no_secret_is_repeated_anywhere_whatever_a_server_answers() {
    let Buckets { server, project } = buckets(4, |config| {
        for store in ["src", "dst"] {
            config["stores"][store]["credentials"] = json!({"file": "credentials.json"});
        }
    });
    write_credentials(&project);
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "1s", "attempts": 2}));
    let seen = Seen::default();
    let mut said: Vec<(String, Vec<u8>)> = Vec::new();
    let mut run = |words: &[&str]| {
        let done = traced(&project, words).output().unwrap();
        said.push((format!("stdout of {words:?}"), done.stdout));
        said.push((format!("stderr of {words:?}"), done.stderr));
        done.status.code()
    };
    // The store as such refuses; then objects; then it sends elsewhere.
    let plan = seen.clone();
    server.on_request(move |request| {
        Fault::Answer(403, "application/xml", echo(request, "SignatureDoesNotMatch", &plan))
    });
    assert_eq!(run(&["run"]), Some(3));
    run(&["store", "check", "src"]);
    let (plan, redirected) = (seen.clone(), AtomicBool::new(false));
    server.on_request(move |request| of_objects(request, &plan, &redirected));
    assert_eq!(run(&["run"]), Some(1));
    for words in [
        &["show", "batch", "-o", "json"][..],
        &["documents", "batch"],
        &["files", "batch", "IMG-1", "-o", "json"],
        &["audit", "export", "batch"],
        &["audit", "verify"],
        &["verify", "batch"],
        &["download", "batch", "--to", "bag"],
        &["plan", "jobs/batch.yaml"],
        &["validate", "jobs"],
    ] {
        run(words);
    }
    let plan = seen.clone();
    server.on_request(move |request| {
        Fault::Answer(403, "application/xml", echo_signature(request, "ExpiredToken", &plan))
    });
    project.spec("later", |spec| spec["target"]["prefix"] = json!("later/"));
    let mut daemon = Daemon::of(traced(&project, &["serve", "--log-format", "json"]));
    daemon.logs("ready");
    project.await_batch("later", |show| has(show, "CredentialsRejected"));
    said.push(("the daemon's log".to_owned(), daemon.all().join("\n").into_bytes()));
    drop(daemon);
    files(&project.path("."), &mut said);
    let report = |text: &str| said.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(text));
    assert!(report("HTTP 400 Odd") && report("***"), "the servers' words are told, and stars stand in them");
    assert!(report("TRACE") && report("\"level\":\"TRACE\""), "logs have all that there is to tell");
    none_stands_in(&said, &seen.lock().unwrap());
}

/// Demands that nothing secret was said anywhere.
fn none_stands_in(said: &[(String, Vec<u8>)], signatures: &[String]) {
    assert!(signatures.len() > 10);
    let secrets = signatures.iter().map(String::as_str).chain([SECRET_KEY, TOKEN, URL_SIGNATURE]);
    let secrets: Vec<_> = secrets.map(|secret| (secret, memchr::memmem::Finder::new(secret.as_bytes()))).collect();
    for (place, bytes) in said {
        for (secret, finder) in &secrets {
            assert!(finder.find(bytes).is_none(), "{secret} stands in {place}: {}", context(bytes, finder));
        }
    }
}

/// What stands around a secret, for whoever mends it.
fn context(bytes: &[u8], finder: &memchr::memmem::Finder<'_>) -> String {
    let at = finder.find(bytes).unwrap_or_default();
    String::from_utf8_lossy(&bytes[at.saturating_sub(200)..(at + 200).min(bytes.len())]).into_owned()
}
