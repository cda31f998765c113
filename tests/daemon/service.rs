//! What a service manager is told, and the files that are shipped for it.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use crate::daemon::PATIENCE;
use crate::edits::project;

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

#[test]
fn the_config_that_is_shipped_for_the_service_is_sound() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/service.yaml");
    let loaded = batchferry::specs::load_config(Some(&path)).unwrap();
    assert_eq!(loaded.config.state, std::path::Path::new("/var/lib/batchferry"));
}
