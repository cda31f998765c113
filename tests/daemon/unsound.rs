//! Files that the running daemon must not act on: half a spec, one that cannot be read, one that lies elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::json;

use crate::daemon::{Daemon, PATIENCE, has};
use crate::edits::project;
use crate::project::{Project, wait_until};

/// The first half is a spec of its own, of another target and of documents that nobody asked for.
const HALVES: [&str; 2] = [
    "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {name: batch}\nspec:\n  \
     collected: {from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}\n  source:\n    store: src\n    \
     catalog: {keys: \"{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}\"}\n  \
     target:\n    store: dst\n",
    "    prefix: right/\n  filters: {imageNumbers: [DOC-1]}\n",
];

fn report(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path("jobs").join(format!("{name}.report/README.md"))).unwrap_or_default()
}

#[track_caller]
fn await_report(project: &Project, name: &str, says: &str) {
    let end = std::time::Instant::now() + PATIENCE;
    while !report(project, name).contains(says) {
        assert!(std::time::Instant::now() < end, "never said {says:?}: {}", report(project, name));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_spec_that_is_written_in_two_halves_is_not_acted_on_before_it_is_whole() {
    let project = project();
    project.configure(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}},
        "watch": {"rescan": "1s", "settle": "3s"},
    }));
    project.put_document("2025/01/05", "NOBODY-ASKED");
    let _daemon = Daemon::start(&project);
    fs::write(project.path("jobs/batch.yaml"), HALVES[0]).unwrap();
    // The daemon has seen this half.
    project.run(&["rescan"]).exit(0);
    fs::write(project.path("jobs/batch.yaml"), HALVES.concat()).unwrap();
    let show = project.await_ended("batch", "Complete");
    assert_eq!((&show["spec"]["generation"], &show["documents"]["inScope"]), (&json!(1), &json!(1)));
    assert!(project.objects("dst").keys().all(|key| key.starts_with("right/")));
    assert!(!report(&project, "batch").contains("NOBODY-ASKED"));
}

#[test]
fn a_spec_that_cannot_be_read_is_told_and_holds_no_other_up() {
    let project = project();
    project.spec("batch", |_| ());
    let mut daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    fs::write(project.path("jobs/bytes.yaml"), b"apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: \xff")
        .unwrap();
    fs::create_dir(project.path("jobs/folder.yaml")).unwrap();
    let pipe = Command::new("mkfifo").arg(project.path("jobs/pipe.yaml")).status().unwrap();
    assert!(pipe.success());
    daemon.logs("spec not accepted");
    daemon.logs("spec not accepted");
    await_report(&project, "bytes", "UTF-8");
    await_report(&project, "pipe", "no regular file");
    project.spec("other", |spec| spec["target"]["prefix"] = json!("other/"));
    project.await_ended("other", "Complete");
    let list = project.run(&["list", "-o", "json"]).exit(0).json();
    assert_eq!(list.as_array().unwrap().len(), 2);
}

#[test]
fn a_batch_whose_spec_cannot_be_read_any_more_keeps_its_last_good_one() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    let before = project.await_ended("batch", "Complete");
    let good = fs::read(project.path("jobs/batch.yaml")).unwrap();
    fs::write(project.path("jobs/batch.yaml"), [&good[..], b"\xff"].concat()).unwrap();
    let show = project.await_batch("batch", |show| has(show, "InvalidSpec"));
    assert_eq!((&show["spec"], &show["runs"]), (&before["spec"], &before["runs"]));
    fs::write(project.path("jobs/batch.yaml"), good).unwrap();
    let show = project.await_batch("batch", |show| !has(show, "InvalidSpec"));
    assert_eq!(show["spec"], before["spec"]);
}

#[test]
fn a_link_that_leads_out_of_the_jobs_directory_is_refused() {
    let project = project();
    project.spec("batch", |_| ());
    let outside = project.path("outside.yaml");
    let text = fs::read_to_string(project.path("jobs/batch.yaml")).unwrap();
    fs::write(&outside, text.replace("\"name\":\"batch\"", "\"name\":\"stranger\"")).unwrap();
    symlink(&outside, project.path("jobs/stranger.yaml")).unwrap();
    let mut daemon = Daemon::start(&project);
    daemon.logs("spec not accepted");
    await_report(&project, "stranger", "leads out of the jobs directory");
    project.await_ended("batch", "Complete");
    // A batch's own file that becomes such a link changes nothing of it either.
    fs::write(&outside, text.replace("\"store\":\"dst\"", "\"store\":\"dst\",\"prefix\":\"stolen/\"")).unwrap();
    fs::remove_file(project.path("jobs/batch.yaml")).unwrap();
    symlink(&outside, project.path("jobs/batch.yaml")).unwrap();
    project.await_batch("batch", |show| has(show, "InvalidSpec"));
    wait_until("nothing is stolen", || project.objects("dst").keys().all(|key| !key.starts_with("stolen/")));
    let list = project.run(&["list", "-o", "json"]).exit(0).json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
}
