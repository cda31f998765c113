//! Files are shown to the operator's virus scanner: a program, or a daemon that speaks clamd's protocol.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use crate::outcomes::outcomes_in;
use crate::project::{Done, Project, distinct};

/// Found in a file, it is taken for a virus by the scanners of these tests.
const MARK: &str = "NOT-A-VIRUS-BUT-TAKEN-FOR-ONE";

/// Finds the mark; ends with 7 where it is told to be broken.
const SCRIPT: &str = "if [ -e broken ]; then echo 'no signatures' >&2; exit 7; fi; \
                      if grep -qa NOT-A-VIRUS-BUT-TAKEN-FOR-ONE; then echo 'stdin: Test.Mark FOUND'; exit 1; fi; exit 0";

fn project(scanner: &Value, virus: &Value) -> Project {
    let stores = json!({"src": {"url": "file:src"}, "dst": {"url": "file:dst"}});
    let project =
        Project::with_config(&json!({"stores": stores, "scanners": {"av": scanner}, "limits": {"memory": "4MiB"}}));
    project.put("ACME/voucher/2025/01/15/IMG-1/cover-1.png", &distinct("clean"));
    project.put("ACME/voucher/2025/01/15/IMG-2/cover-1.png", &distinct(MARK));
    // Does not fit into the buffers, and ends with the mark.
    let large = [&distinct("large")[..], &vec![0; 3 << 20], MARK.as_bytes()].concat();
    project.put("ACME/voucher/2025/01/15/IMG-3/cover-1.png", &large);
    project.spec("a", |spec| spec["checks"] = json!({"virus": virus}));
    project
}

fn reasons(project: &Project) -> Done {
    project.run(&["documents", "a", "-o", "json"]).exit(0)
}

fn statuses(project: &Project) -> [String; 3] {
    let documents = project.documents("a");
    ["IMG-1", "IMG-2", "IMG-3"].map(|image| documents[image].clone())
}

#[test]
fn infected_files_do_not_move_whether_they_fit_into_the_buffers_or_not() {
    let project = project(&json!({"command": ["sh", "-c", SCRIPT]}), &json!({"scanner": "av"}));
    project.run(&["run"]).exit(1);
    reasons(&project).says("Test.Mark FOUND");
    assert_eq!(statuses(&project), ["Migrated", "Infected", "Infected"]);
    assert_eq!(project.objects("dst").len(), 1);
    let outcome = |image: &str| outcomes_in(&project, "a", image, "cover-1.png")["virus"].clone();
    assert_eq!(["IMG-1", "IMG-2", "IMG-3"].map(outcome), ["Pass", "Fail", "Fail"]);
}

#[test]
fn a_scanner_that_cannot_tell_lets_nothing_through_unless_the_spec_says_so() {
    let broken = project(&json!({"command": ["sh", "-c", SCRIPT]}), &json!({"scanner": "av"}));
    std::fs::write(broken.path("broken"), "").unwrap();
    broken.run(&["run"]).exit(1);
    reasons(&broken).says("no signatures");
    assert_eq!(statuses(&broken), ["Unscannable"; 3]);
    let lenient = project(&json!({"command": ["/nonexistent/scanner"]}), &json!({"scanner": "av", "severity": "Warn"}));
    lenient.run(&["run"]).exit(0);
    assert_eq!(statuses(&lenient), ["Migrated"; 3]);
    let warned = lenient.run(&["documents", "a", "--code", "Unscannable", "-o", "json"]).exit(0).json();
    assert_eq!(warned.as_array().unwrap().len(), 3);
}

#[test]
fn a_scanner_that_takes_too_long_cannot_tell() {
    let project = project(
        &json!({"command": ["sh", "-c", "exec tail -f /dev/null"], "timeout": "300ms"}),
        &json!({"scanner": "av"}),
    );
    project.run(&["run"]).exit(1);
    reasons(&project).says("longer than");
    assert_eq!(statuses(&project), ["Unscannable"; 3]);
}

#[test]
fn a_scanner_that_the_config_does_not_have_is_an_error_of_the_spec() {
    let project = project(&json!({"command": ["true"]}), &json!({"scanner": "avv"}));
    project.run(&["validate", "jobs/a.yaml"]).exit(1).says("unknown-scanner").says("av");
}

/// Takes the streams of one connection after another, and answers as clamd does.
fn clamd(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for socket in listener.incoming() {
            drop(answer(socket.unwrap()));
        }
    });
}

fn answer(mut socket: UnixStream) -> std::io::Result<()> {
    let mut command = [0; 10];
    socket.read_exact(&mut command)?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut content = Vec::new();
    loop {
        let mut length = [0; 4];
        socket.read_exact(&mut length)?;
        let mut chunk = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        socket.read_exact(&mut chunk)?;
        content.extend_from_slice(&chunk);
        if chunk.is_empty() {
            break;
        }
    }
    let infected = content.windows(MARK.len()).any(|window| window == MARK.as_bytes());
    let reply: &[u8] = if infected { b"stream: Test.Mark FOUND\0" } else { b"stream: OK\0" };
    socket.write_all(reply)
}

#[test]
fn clamd_is_asked_over_its_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clamd");
    clamd(&path);
    let project = project(&json!({"clamd": format!("unix:{}", path.display())}), &json!({"scanner": "av"}));
    project.run(&["run"]).exit(1);
    reasons(&project).says("Test.Mark");
    assert_eq!(statuses(&project), ["Migrated", "Infected", "Infected"]);
}
