//! Bags over the API of a real daemon: the same as `download` makes, bounded, and gone when nobody waits for them.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::bag;
use crate::daemon::Daemon;
use crate::faulty::{Buckets, buckets, reads};
use crate::metrics::Probes;
use crate::project::{Done, Project, distinct, objects_below, wait_until};
use crate::support::fault::Fault;

const BAG: &str = "/api/v1/batches/batch/bag";
const AT_TARGET: &str = "dst/ACME/voucher/2025/01/05/IMG-1/cover-1.png";

/// Two sound documents, and one without an invoice.
fn project(limits: &Value) -> Project {
    let project = Project::with_config(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}},
        "listen": "127.0.0.1:0", "limits": limits,
    }));
    project.put_document("2025/01/05", "IMG-1");
    project.put_document("2025/01/05", "发票 100%");
    project.put("ACME/voucher/2025/01/05/LACKS/cover-1.png", &distinct("lacks"));
    project.spec("batch", |spec| spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}}));
    project
}

fn ended(limits: &Value) -> (Project, Daemon, Probes) {
    let project = project(limits);
    let (daemon, probes) = Probes::start(&project);
    project.await_ended("batch", "Partial");
    (project, daemon, probes)
}

/// A bag that was sent, opened by others and read by the rules of the RFC.
#[track_caller]
fn opened(project: &Project, probes: &Probes, target: &str) -> bag::Valid {
    let (head, bytes) = probes.bytes(target);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}: {}", String::from_utf8_lossy(&bytes));
    assert!(head.contains("content-type: application/zip"), "{head}");
    assert!(head.contains(&format!("content-length: {}", bytes.len())), "{head}");
    fs::write(project.path("sent.zip"), bytes).unwrap();
    let _ = fs::remove_dir_all(project.path("opened"));
    let mut unzip = Command::new("python3");
    Done::of(unzip.args(["-m", "zipfile", "-e", "sent.zip", "opened"]).current_dir(project.path("."))).exit(0);
    let tops: Vec<_> = fs::read_dir(project.path("opened")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(tops.len(), 1, "{tops:?}");
    bag::read(&tops[0]).unwrap_or_else(|rule| panic!("{target}: {rule}"))
}

/// A problem of this status, and what it says.
#[track_caller]
fn refused(probes: &Probes, target: &str, status: u16) -> (String, String) {
    let (head, bytes) = probes.bytes(target);
    assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {}", String::from_utf8_lossy(&bytes));
    let problem: Value = serde_json::from_slice(&bytes).unwrap();
    (head, problem["detail"].as_str().unwrap().to_owned())
}

/// Files of bags in the state directory.
fn left(project: &Project) -> usize {
    let bags = project.path(".batchferry/bags");
    if bags.exists() { objects_below(&bags).len() } else { 0 }
}

/// Asks and does not wait.
fn begin(probes: &Probes) -> TcpStream {
    let mut stream = TcpStream::connect(probes.address()).unwrap();
    write!(stream, "GET {BAG} HTTP/1.1\r\nHost: {}\r\n\r\n", probes.address()).unwrap();
    stream
}

#[test]
fn a_bag_of_a_batch_and_of_a_document_is_what_download_makes() {
    let (project, daemon, probes) = ended(&json!({}));
    let whole = opened(&project, &probes, BAG);
    project.run(&["download", "batch", "--to", "bag"]).exit(0);
    let downloaded = bag::read(&project.path("bag")).unwrap();
    assert!(whole.payload == downloaded.payload && whole.payload.len() == 4, "{:?}", whole.payload.keys());
    for name in ["External-Identifier", "External-Description", "Internal-Sender-Description", "Payload-Oxum"] {
        assert_eq!(whole.info[name], downloaded.info[name]);
    }
    let evidence = |of: &str| objects_below(&project.path(of)).into_keys().filter(|path| path.contains("evidence/"));
    let top = project.show("batch")["batchNumber"].as_str().unwrap().to_owned();
    assert!(evidence(&format!("opened/{top}")).eq(evidence("bag")), "the same evidence");
    let one = opened(&project, &probes, &format!("{BAG}?image=%E5%8F%91%E7%A5%A8%20100%25"));
    assert_eq!(one.payload.len(), 2);
    assert!(one.info["External-Description"].contains("document 发票 100%"), "{:?}", one.info);
    wait_until("no file is left", || left(&project) == 0);
    for page in ["/batches/batch", "/batches/batch/documents/IMG-1"] {
        let shown = probes.get(page).1;
        let link = shown.split("href=\"").find(|rest| rest.contains("Download as a bag</a>")).unwrap();
        opened(&project, &probes, link.split('"').next().unwrap());
    }
    assert!(!probes.get("/batches/batch/documents/LACKS").1.contains("Download as a bag"));
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn what_there_is_not_and_what_differs_is_no_bag_and_leaves_no_file() {
    let (project, _daemon, probes) = ended(&json!({}));
    assert!(refused(&probes, "/api/v1/batches/nobody/bag", 404).1.contains("nobody"));
    assert!(refused(&probes, &format!("{BAG}?image=NONE"), 404).1.contains("NONE"));
    assert!(refused(&probes, &format!("{BAG}?image="), 404).1.contains("no document"));
    assert!(refused(&probes, &format!("{BAG}?document=IMG-1"), 400).1.contains("image"));
    assert!(refused(&probes, &format!("{BAG}?image=LACKS"), 409).1.contains("nothing of document \"LACKS\""));
    let mut bytes = fs::read(project.path(AT_TARGET)).unwrap();
    bytes[50] ^= 1;
    fs::write(project.path(AT_TARGET), bytes).unwrap();
    for target in [BAG.to_owned(), format!("{BAG}?image=IMG-1")] {
        let detail = refused(&probes, &target, 409).1;
        assert!(detail.contains("IMG-1/cover-1.png (IMG-1): expected SHA-256"), "{detail}");
        assert!(detail.contains("`batchferry verify batch`"), "{detail}");
    }
    fs::remove_file(project.path(AT_TARGET)).unwrap();
    assert!(refused(&probes, BAG, 409).1.contains("it is not there"));
    assert_eq!(left(&project), 0);
}

#[test]
fn a_bag_that_is_too_large_is_refused_before_anything_is_read_and_the_command_is_named() {
    let (project, _daemon, probes) = ended(&json!({"bag": "1KiB"}));
    // Nothing can be read any more, and nobody tries.
    fs::remove_dir_all(project.path("dst")).unwrap();
    let detail = refused(&probes, BAG, 413).1;
    assert!(detail.contains("1.0 KiB") && detail.contains("`batchferry download batch --to DIR`"), "{detail}");
    let detail = refused(&probes, &format!("{BAG}?image=IMG-1"), 413).1;
    assert!(detail.contains("`batchferry download batch --document \"IMG-1\" --to DIR`"), "{detail}");
    assert!(!project.path(".batchferry/bags").exists());
}

/// A batch that has ended, whose target then answers no reading while `true`; and how many readings met that.
fn hanging() -> (Buckets, Daemon, Probes, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let buckets = buckets(2, |_| ());
    let (daemon, probes) = Probes::start(&buckets.project);
    buckets.project.await_ended("batch", "Complete");
    let (hangs, met): (Arc<AtomicBool>, Arc<AtomicUsize>) = (Arc::new(AtomicBool::new(true)), Arc::default());
    let (hanging, meets) = (hangs.clone(), met.clone());
    buckets.server.on_request(move |request| {
        if !reads(request, "dst") || !hanging.load(Ordering::SeqCst) {
            return Fault::None;
        }
        meets.fetch_add(1, Ordering::SeqCst);
        Fault::Hang
    });
    (buckets, daemon, probes, hangs, met)
}

#[test]
fn a_third_bag_at_once_is_told_to_come_again_and_clients_that_go_away_make_room() {
    let (buckets, daemon, probes, hangs, met) = hanging();
    let project = &buckets.project;
    let first = begin(&probes);
    wait_until("the first is read", || met.load(Ordering::SeqCst) > 0);
    let second = begin(&probes);
    wait_until("both are begun", || left(project) == 2);
    let (head, detail) = refused(&probes, BAG, 503);
    assert!(head.contains("retry-after: 10") && detail.contains("ask again in a moment"), "{head}\n{detail}");
    drop((first, second));
    wait_until("nothing of them is left", || left(project) == 0);
    hangs.store(false, Ordering::SeqCst);
    wait_until("there is room again", || probes.bytes(BAG).0.starts_with("HTTP/1.1 200"));
    assert_eq!(opened(project, &probes, BAG).payload.len(), 4);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(left(project), 0);
}

#[test]
fn what_a_kill_leaves_is_gone_after_the_next_start() {
    let (buckets, daemon, probes, _hangs, met) = hanging();
    let project = &buckets.project;
    let waiting = begin(&probes);
    wait_until("it is read", || met.load(Ordering::SeqCst) > 0);
    daemon.signal("KILL");
    assert_eq!(daemon.wait(), None);
    assert_eq!(left(project), 1, "the test needs a kill in between");
    let (daemon, _probes) = Probes::start(project);
    assert_eq!(left(project), 0);
    drop(waiting);
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_daemon_that_stops_gives_bags_up_and_leaves_nothing_of_them() {
    let (buckets, daemon, probes, _hangs, met) = hanging();
    let waiting = begin(&probes);
    wait_until("it is read", || met.load(Ordering::SeqCst) > 0);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(left(&buckets.project), 0);
    drop(waiting);
}
