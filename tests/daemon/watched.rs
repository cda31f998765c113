//! What watches the daemon: probes, metrics, logs, reloads, the webhook.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::daemon::{Daemon, has};
use crate::edits::project;
use crate::metrics::Probes;
use crate::project::Project;

fn configured(change: impl FnOnce(&mut Value)) -> Project {
    let project = project();
    let mut config: Value =
        serde_json::from_str(&fs::read_to_string(project.path("batchferry.yaml")).unwrap()).unwrap();
    config["listen"] = json!("127.0.0.1:0");
    change(&mut config);
    project.configure(&config);
    project
}

#[test]
fn probes_and_metrics_tell_how_it_is() {
    let project = configured(|_| ());
    project.spec("batch", |_| ());
    let (_daemon, probes) = Probes::start(&project);
    project.await_ended("batch", "Complete");
    assert!(probes.get("/livez").0.contains("200"));
    let (status, ready) = probes.get("/readyz?verbose");
    assert!(status.contains("200") && ready.contains("jobs"), "{ready}");
    let end = std::time::Instant::now() + crate::daemon::PATIENCE;
    loop {
        let (_, metrics) = probes.get("/metrics");
        if metrics.contains("batchferry_documents_total{result=\"migrated\"} 1")
            && metrics.contains("batchferry_batches{run_status=\"ended\"} 1")
        {
            break;
        }
        assert!(std::time::Instant::now() < end, "{metrics}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    fs::rename(project.path("jobs"), project.path("gone")).unwrap();
    let end = std::time::Instant::now() + crate::daemon::PATIENCE;
    while probes.get("/readyz").0.contains("200") {
        assert!(std::time::Instant::now() < end, "a lost jobs directory fails readiness");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(!has(&project.show("batch"), "SpecVanished"), "and changes nothing");
}

#[test]
fn a_sound_config_takes_the_place_of_the_one_before_and_a_broken_one_does_not() {
    let project = configured(|_| ());
    let (mut daemon, probes) = Probes::start(&project);
    let good = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    fs::write(project.path("batchferry.yaml"), "stores: [nonsense").unwrap();
    daemon.signal("HUP");
    daemon.logs("the one before stays in force");
    assert!(probes.get("/metrics").1.contains("batchferry_config_last_reload_successful 0"));
    let mut config: Value = serde_json::from_str(&good).unwrap();
    config["stores"]["new"] = json!({"url": "file:new"});
    fs::create_dir(project.path("new")).unwrap();
    project.configure(&config);
    daemon.signal("HUP");
    daemon.logs("config reloaded");
    project.spec("batch", |spec| spec["target"]["store"] = json!("new"));
    project.await_ended("batch", "Complete");
    assert_eq!(project.objects("new").len(), 2);
    assert!(probes.get("/metrics").1.contains("batchferry_config_last_reload_successful 1"));
}

#[test]
fn the_webhook_hears_of_the_start_and_the_end_of_a_batch() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let project = configured(|config| config["notify"] = json!({"url": url}));
    project.spec("batch", |_| ());
    let (_daemon, _) = Probes::start(&project);
    let events: Vec<(String, String)> = (0..2).map(|_| receive(&listener)).collect();
    let names: Vec<&str> = events.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(names, ["BatchStarted", "BatchEnded"]);
    assert!(events.iter().all(|(_, name)| name == "batch"));
}

/// One notice: its event and the batch's name.
fn receive(listener: &TcpListener) -> (String, String) {
    let (mut stream, _) = listener.accept().unwrap();
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..read]);
        let all = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = all.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
            let json: Value = serde_json::from_str(body).unwrap();
            return (json["event"].as_str().unwrap().to_owned(), json["batch"]["name"].as_str().unwrap().to_owned());
        }
    }
}

#[test]
fn a_report_folder_that_cannot_be_written_is_a_warning_until_it_can() {
    let project = project();
    fs::write(project.path("jobs/batch.report"), b"a file in its place").unwrap();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    project.await_batch("batch", |show| has(show, "ReportUnwritable"));
    fs::remove_file(project.path("jobs/batch.report")).unwrap();
    project.await_batch("batch", |show| !has(show, "ReportUnwritable"));
    assert!(fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap().contains("Complete"));
}

#[test]
fn logs_are_json_where_asked_for() {
    let project = project();
    let mut command = project.command(&["serve", "--log-format", "json"]);
    let mut child = command.env("BATCHFERRY_LOG", "info").stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(line["fields"]["message"].is_string() || line["message"].is_string(), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}
