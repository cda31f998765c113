//! The API over TCP in the real daemon: who may use it, by which name the audit log knows them, and what SIGHUP changes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::daemon::{Daemon, has};
use crate::project::Project;

const OPERATOR: &str = "b5a1f0e2c4d39687b5a1f0e2c4d39687";
const VIEWER: &str = "00112233445566778899aabbccddeeff";
const OTHER: &str = "fedcba98765432100123456789abcdef";

/// A project with a document, a batch, and these who may use its API.
fn project(access: &Value) -> Project {
    let project = Project::with_config(&config(access));
    project.put_document("2025/01/06", "IMG-1");
    project.spec("batch", |_| ());
    for (name, token) in [("operator", OPERATOR), ("viewer", VIEWER)] {
        write_token(&project, name, token, 0o600);
    }
    project
}

fn config(access: &Value) -> Value {
    let mut config =
        json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}, "listen": "127.0.0.1:0"});
    if !access.is_null() {
        config["access"] = access.clone();
    }
    config
}

fn two() -> Value {
    json!([
        {"name": "olga", "role": "operator", "tokenFile": "operator.token"},
        {"name": "vera", "role": "viewer", "tokenFile": "viewer.token"},
    ])
}

fn write_token(project: &Project, name: &str, token: &str, mode: u32) {
    let path = project.path(&format!("{name}.token"));
    fs::write(&path, format!("{token}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A daemon and the address of its API.
fn start(project: &Project) -> (Daemon, String) {
    let mut daemon = Daemon::spawn(project);
    let line = daemon.logs("answers /livez");
    let port: String = line.split("127.0.0.1:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    daemon.logs("ready");
    (daemon, format!("127.0.0.1:{port}"))
}

/// Status and body of an answer.
fn ask(address: &str, method: &str, path: &str, token: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let bearer = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let head = format!("{method} /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{bearer}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn an_operator_with_a_token_acts_and_the_audit_log_says_that_it_was_by_token() {
    let project = project(&two());
    let (mut daemon, address) = start(&project);
    project.await_ended("batch", "Complete");
    assert_eq!(ask(&address, "GET", "/batches/batch", "").0, 401);
    assert_eq!(ask(&address, "GET", "/batches/batch", OTHER).0, 401);
    let (status, shown) = ask(&address, "GET", "/batches/batch", VIEWER);
    assert_eq!((status, &shown["syncStatus"]), (200, &json!("Complete")));
    assert_eq!(ask(&address, "POST", "/batches/batch/suspend", VIEWER).0, 403);
    assert!(!has(&project.show("batch"), "SuspendedByCommand"));
    assert_eq!(ask(&address, "POST", "/batches/batch/suspend", OPERATOR).0, 200);
    let message = project.show("batch")["conditions"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("suspended by olga (by token)"), "{message}");
    let log = project.run(&["audit", "export", "batch"]).exit(0).stdout;
    assert!(log.contains("\"operator\":{\"name\":\"olga (by token)\",\"commit\":null}"), "{log}");
    for (path, status) in
        [("/batches/nobody", 404), ("/batches/batch/files?image=none", 404), ("/batches?after=x", 400)]
    {
        let (found, problem) = ask(&address, "GET", path, VIEWER);
        assert_eq!((found, &problem["status"]), (status, &json!(status)), "{path}: {problem}");
    }
    let bad = ask(&address, "GET", "/batches?after=x", VIEWER).1;
    assert!(bad["detail"].as_str().unwrap().contains("begin again without it"), "{bad}");
    let said = daemon.all().join("\n");
    assert!(
        said.contains("serves the API to those named in `access`") && said.contains("a token that nobody has"),
        "{said}"
    );
    for secret in [OPERATOR, VIEWER, OTHER] {
        assert!(!said.contains(secret) && !log.contains(secret), "{said}");
    }
}

#[test]
fn another_token_takes_the_place_of_the_one_before_at_sighup_and_an_unsound_one_does_not() {
    let project = project(&two());
    let (mut daemon, address) = start(&project);
    write_token(&project, "operator", OTHER, 0o600);
    daemon.signal("HUP");
    daemon.logs("config reloaded");
    assert_eq!(ask(&address, "POST", "/rescan", OTHER).0, 200);
    assert_eq!(ask(&address, "POST", "/rescan", OPERATOR).0, 401, "its time is over");
    write_token(&project, "operator", "too-short", 0o600);
    daemon.signal("HUP");
    let said = daemon.logs("the one before stays in force");
    assert!(
        said.contains("the token of olga in") && said.contains("at least 32") && !said.contains("too-short"),
        "{said}"
    );
    assert_eq!(ask(&address, "POST", "/rescan", OTHER).0, 200);
    project.configure(&config(&Value::Null));
    daemon.signal("HUP");
    daemon.logs("config reloaded");
    assert_eq!(ask(&address, "GET", "/batches", "").0, 200);
    assert_eq!(ask(&address, "POST", "/rescan", OTHER).0, 403);
}

#[test]
fn a_daemon_does_not_start_with_a_token_that_is_none() {
    for (token, mode, says) in [
        ("short", 0o600, "at least 32"),
        (OPERATOR, 0o644, "mode 0644"),
        ("密码密码密码密码密码密码密码密码密码密码", 0o600, "letters, digits"),
    ] {
        let project = project(&two());
        write_token(&project, "viewer", token, mode);
        let done = project.run(&["serve"]).exit(3);
        assert!(done.stderr.contains(says) && done.stderr.contains("vera"), "{}", done.stderr);
        assert!(!done.stderr.contains(token), "{}", done.stderr);
    }
}

#[test]
fn a_listener_that_is_open_to_others_serves_nothing_of_batches_and_the_log_says_so() {
    let project = Project::with_config(&json!({"stores": {}, "listen": "0.0.0.0:0"}));
    let mut daemon = Daemon::spawn(&project);
    let line = daemon.logs("does not serve the API");
    let port: String = line.split("0.0.0.0:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    daemon.logs("ready");
    let (status, problem) = ask(&format!("127.0.0.1:{port}"), "GET", "/batches", "");
    assert_eq!(status, 404);
    assert!(problem["detail"].as_str().unwrap().contains("no `access`"), "{problem}");
}
