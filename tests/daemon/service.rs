//! What a service manager is told, and the files that are shipped for it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use crate::daemon::PATIENCE;
use crate::edits::project;
use crate::project::Project;

/// The next message that begins with `wanted`; others are passed over.
fn told(manager: &UnixDatagram, wanted: &str) -> String {
    let mut buffer = [0; 4096];
    loop {
        let length = manager.recv(&mut buffer).unwrap_or_else(|error| panic!("never told {wanted}: {error}"));
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.starts_with(wanted) {
            return text;
        }
    }
}

#[test]
fn systemd_hears_of_readiness_life_reloads_and_the_end() {
    let project = project();
    let place = project.path("notify.sock");
    let manager = UnixDatagram::bind(&place).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = project.command(&["serve"]);
    command.env("NOTIFY_SOCKET", &place).env("WATCHDOG_USEC", "20000000").stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    told(&manager, "READY=1");
    told(&manager, "WATCHDOG=1");
    told(&manager, "WATCHDOG=1");
    crate::project::signal("-HUP", child.id());
    let reloading = told(&manager, "RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    told(&manager, "READY=1");
    crate::project::signal("-TERM", child.id());
    told(&manager, "STOPPING=1");
    let end = std::time::Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success());
}

/// The lock is a pipe, which opens for writing only once someone reads it: so the opening takes as long as the test wants.
#[test]
fn a_start_that_takes_long_is_told_and_answers_that_it_is_not_ready() {
    let (project, address) = listening();
    fs::create_dir_all(project.path(".batchferry")).unwrap();
    let lock = project.path(".batchferry/ledger.lock");
    nix::unistd::mkfifo(&lock, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let place = project.path("notify.sock");
    let manager = UnixDatagram::bind(&place).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = project.command(&["serve"]);
    command.env("NOTIFY_SOCKET", &place).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    assert!(told(&manager, "STATUS=opening the ledger").contains("EXTEND_TIMEOUT_USEC=60000000"));
    // Once more, while it goes on.
    told(&manager, "STATUS=opening the ledger");
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
    let ready = get(&address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("[-]ledger failed: is being opened"), "{ready}");

    let _reader = fs::File::open(&lock).unwrap();
    told(&manager, "READY=1");
    assert!(get(&address, "/readyz?verbose").contains("[+]ledger ok"));
    crate::project::signal("-TERM", child.id());
    assert!(child.wait().unwrap().success());
}

/// A project whose daemon listens at an address that was free.
fn listening() -> (Project, String) {
    let project = project();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let config = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["listen"] = serde_json::json!(address);
    project.configure(&config);
    (project, address)
}

fn get(address: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_config_that_is_shipped_for_the_service_is_sound() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/service.yaml");
    let loaded = batchferry::specs::load_config(Some(&path)).unwrap();
    assert_eq!(loaded.config.state, std::path::Path::new("/var/lib/batchferry"));
}
