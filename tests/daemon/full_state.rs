//! A disk under the ledger that takes no more: whoever writes to it ends and says why, and the next one goes on. A limit on
//! file sizes stands for the full disk: it makes writes fail at a moment of the test's choosing, and needs no rights.

use std::io::Read as _;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::daemon::{Daemon, assert_reconciles};
use crate::edits::project;
use crate::project::{Project, wait_until};

const DOCUMENTS: usize = 150;

fn project_of_many() -> Project {
    let project = project();
    for n in 1..DOCUMENTS {
        project.put_document("2025/01/06", &format!("IMG-{n:04}"));
    }
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 1}));
    project
}

/// The program, ready for the limit: ignored, the limit's signal becomes an error of the write.
fn ready(project: &Project, words: &[&str]) -> Command {
    let program = project.command(words);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    command.current_dir(project.path("")).stdin(Stdio::null());
    command
}

/// Once some documents have moved, nothing more fits into the ledger; objects of this size still do at the target.
#[track_caller]
fn fill(project: &Project, process: u32) {
    wait_until("some documents", || project.objects("dst").len() > 10);
    let done = Command::new("prlimit").args(["--pid", &process.to_string(), "--fsize=4096:"]).status().unwrap();
    assert!(done.success());
}

#[track_caller]
fn assert_clear(said: &str) {
    assert!(said.contains(".batchferry/ledger") && said.contains("File too large"), "{said}");
    assert!(
        said.contains("LedgerUnavailable")
            && said.contains("is the disk full?")
            && said.contains("the work goes on from what is recorded"),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
}

/// It had come some way.
#[track_caller]
fn assert_midway(project: &Project) {
    let show = project.show("batch");
    let migrated = show["documents"]["migrated"].as_u64().unwrap();
    assert!(0 < migrated && migrated < DOCUMENTS as u64, "{show:#}");
    assert_reconciles(&show);
}

/// All that was begun is either recorded or taken up again.
#[track_caller]
fn assert_whole(project: &Project) {
    let show = project.await_ended("batch", "Complete");
    assert_eq!(show["documents"]["migrated"], DOCUMENTS, "{show:#}");
    assert_eq!(show["runs"].as_array().unwrap().len(), 1, "the same run went on");
    assert_reconciles(&show);
    assert_eq!(project.objects("dst"), project.objects("src"));
}

#[test]
fn a_daemon_whose_ledger_is_full_ends_with_a_clear_error_and_the_next_one_takes_the_rest() {
    let project = project_of_many();
    let mut daemon = Daemon::of(ready(&project, &["serve"]));
    fill(&project, daemon.id());
    assert_clear(&daemon.logs("cannot be written"));
    assert_eq!(daemon.wait(), Some(3));
    assert_midway(&project);
    let daemon = Daemon::start(&project);
    assert_whole(&project);
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_run_whose_ledger_is_full_ends_with_a_clear_error_and_the_next_one_takes_the_rest() {
    let project = project_of_many();
    let mut command = ready(&project, &["run"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    fill(&project, child.id());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_clear(&said);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_midway(&project);
    project.run(&["run"]).exit(0).says("Complete");
    assert_whole(&project);
}
