//! Looks at a jobs directory: what is given out, and when.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use batchferry::specs::{FileChange, KnownFile, check_text};

use crate::jobs::{Jobs, SETTLE, config, named};

const NOW: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);
const GOOD_A: &str = "jobs/a.yaml";

fn none() -> Vec<String> {
    Vec::new()
}

fn is(file: &str, name: &str) -> String {
    format!("{file} is {name}, 2025-01-01 to 2025-01-31")
}

fn known(file: &str, name: &str) -> KnownFile {
    let (_, digest) = check_text("", &named(name), None).unwrap();
    KnownFile { file: file.to_owned(), name: name.parse().unwrap(), digest }
}

#[test]
fn a_spec_is_given_out_once_it_has_settled_and_once_only() {
    let mut jobs = Jobs::new();
    jobs.write("jobs/a.yaml", &named("a"));
    jobs.write("jobs/team/b.yml", &named("b"));
    jobs.write("jobs/values.yaml", "kind: ConfigMap");
    jobs.write("jobs/notes.txt", "[");
    jobs.write("jobs/.hidden.yaml", "[");
    jobs.write("jobs/.git/x.yaml", "[");
    jobs.write("jobs/a.report/report.yaml", "[");
    assert_eq!(jobs.look(NOW).again, Some(SETTLE));
    assert_eq!(jobs.changes(SECOND), none());
    assert_eq!(jobs.changes(SECOND), [is("a.yaml", "a"), is("team/b.yml", "b"), "values.yaml is not ours".to_owned()]);
    let look = jobs.look(NOW);
    assert_eq!((look.changes.len(), look.valid, look.invalid, look.ignored, look.again), (0, 2, 0, 1, None));
}

#[test]
fn a_spec_written_in_two_halves_is_never_given_out_half() {
    let mut jobs = Jobs::new();
    let whole = named("a").replace("to: 2025-01-31", "to: 2025-01-31\n    # more");
    // Both halves would be valid: only time tells that the first is one.
    let half = named("a").replace("to: 2025-01-31", "to: 2025-01-3").replace("2025-01-3\n", "2025-01-30\n");
    jobs.write(GOOD_A, &half);
    assert_eq!(jobs.changes(NOW), none());
    jobs.write(GOOD_A, &whole);
    assert_eq!(jobs.changes(SECOND), none());
    assert_eq!(jobs.changes(SECOND), none(), "the first look saw something else");
    assert_eq!(jobs.changes(SECOND), [is("a.yaml", "a")]);
}

#[test]
fn what_is_wrong_must_settle_too_and_keeps_its_name_where_it_can_be_read() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.settle();
    jobs.write(GOOD_A, &named("a").replace("filters:", "filter:"));
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(SETTLE), ["a.yaml is wrong by unknown-field, once a"]);
    jobs.write(GOOD_A, "apiVersion: batchferry/v1\nkind: [");
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(SETTLE), ["a.yaml is wrong by syntax"]);
    jobs.write(GOOD_A, &named("a"));
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(SETTLE), [is("a.yaml", "a")]);
}

#[test]
fn a_change_that_is_taken_back_before_it_settles_is_none() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.settle();
    jobs.write(GOOD_A, "half");
    assert_eq!(jobs.changes(NOW), none());
    jobs.write(GOOD_A, &named("a"));
    assert_eq!(jobs.changes(SECOND), none());
    assert_eq!(jobs.look(9 * SETTLE).changes.len(), 0);
}

#[test]
fn what_the_ledger_has_need_not_settle_and_what_differs_must() {
    let mut jobs = Jobs::unmade(&[known("a.yaml", "a"), known("b.yaml", "b"), known("c.yaml", "c")]);
    jobs.write("jobs/a.yaml", &format!("# said otherwise\n{}", named("a")));
    jobs.write("jobs/b.yaml", &named("b").replace("to: 2025-01-31", "to: 2025-02-28"));
    jobs.write("jobs/d.yaml", &named("d"));
    assert_eq!(jobs.changes(NOW), ["a.yaml is still a"]);
    assert_eq!(jobs.changes(SETTLE), ["b.yaml is b, 2025-01-01 to 2025-02-28".to_owned(), is("d.yaml", "d")]);
    assert_eq!(jobs.changes(4 * SETTLE), ["c.yaml gone"], "it vanished while no one looked");
}

#[test]
fn a_file_is_gone_after_five_settle_times_and_not_when_it_comes_back() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.write("jobs/b.yaml", &named("b"));
    jobs.settle();
    jobs.remove(GOOD_A);
    assert_eq!(jobs.look(NOW).again, Some(5 * SETTLE));
    assert_eq!(jobs.changes(4 * SETTLE), none());
    jobs.write(GOOD_A, &named("a"));
    assert_eq!(jobs.changes(SECOND), none());
    assert_eq!(jobs.changes(9 * SETTLE), none(), "it came back as it was");
    jobs.remove(GOOD_A);
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(5 * SETTLE - SECOND), none());
    assert_eq!(jobs.changes(SECOND), ["a.yaml gone"]);
    jobs.write(GOOD_A, &named("a"));
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(SETTLE), [is("a.yaml", "a")], "it comes back as a new one");
}

#[test]
fn a_moved_file_is_the_same_batch_under_another_path() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.settle();
    fs::create_dir(jobs.path("jobs/2025")).unwrap();
    fs::rename(jobs.path(GOOD_A), jobs.path("jobs/2025/a.yaml")).unwrap();
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(SECOND), none());
    assert_eq!(jobs.changes(SECOND), ["a.yaml gone".to_owned(), is("2025/a.yaml", "a")]);
    assert_eq!(jobs.look(9 * SETTLE).changes.len(), 0);
}

#[test]
fn a_newcomer_waits_until_the_file_with_its_name_is_gone_or_back() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.settle();
    jobs.write("jobs/b.yaml", &named("a"));
    assert_eq!(jobs.changes(NOW), none());
    // As a checkout does, just when the newcomer has settled.
    jobs.remove(GOOD_A);
    assert_eq!(jobs.changes(SETTLE), none());
    jobs.write(GOOD_A, &named("a"));
    assert_eq!(jobs.changes(SECOND), [is("b.yaml", "a")]);
    let claims = jobs.scanner.claims();
    let claims: Vec<_> =
        claims.iter().map(|claim| (claim.file, claim.name.unwrap().as_str(), claim.is_valid)).collect();
    assert_eq!(claims, [("a.yaml", "a", true), ("b.yaml", "a", true)]);
}

#[track_caller]
fn assert_unhealthy(jobs: &mut Jobs, after: Duration, why: &str) {
    let look = jobs.look(after);
    assert!(look.healthy.as_ref().is_err_and(|said| said.contains(why)), "{look:?}");
    assert_eq!((look.changes.len(), look.valid), (0, 2), "{look:?}");
}

#[test]
fn a_directory_that_is_lost_changes_nothing_and_converges_when_it_is_back() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.write("jobs/b.yaml", &named("b"));
    jobs.settle();
    jobs.remove(GOOD_A);
    assert_eq!(jobs.changes(NOW), none());
    fs::rename(jobs.path("jobs"), jobs.path("away")).unwrap();
    assert_unhealthy(&mut jobs, SETTLE, "cannot be read: No such file");
    jobs.write("jobs", "a file");
    assert_unhealthy(&mut jobs, 9 * SETTLE, "cannot be read: Not a directory");
    jobs.remove("jobs");
    fs::create_dir(jobs.path("jobs")).unwrap();
    assert_unhealthy(&mut jobs, 9 * SETTLE, "no YAML file any more, where there were 2 specs before");
    fs::remove_dir(jobs.path("jobs")).unwrap();
    fs::rename(jobs.path("away"), jobs.path("jobs")).unwrap();
    assert_eq!(jobs.changes(9 * SETTLE), none(), "the row of looks that missed it began anew");
    jobs.write("jobs/c.yaml", &named("c"));
    assert_eq!(jobs.changes(SECOND), none());
    assert_eq!(jobs.changes(5 * SETTLE - SECOND), ["a.yaml gone".to_owned(), is("c.yaml", "c")]);
}

#[test]
fn a_directory_that_is_empty_where_the_ledger_knows_specs_is_a_lost_mount() {
    let mut jobs = Jobs::unmade(&[known("a.yaml", "a"), known("b.yaml", "b")]);
    fs::create_dir(jobs.path("jobs")).unwrap();
    assert_unhealthy(&mut jobs, NOW, "no YAML file");
    assert_unhealthy(&mut jobs, 9 * SETTLE, "none.yaml");
    jobs.write("jobs/none.yaml", "specs: none");
    assert_eq!(jobs.changes(NOW), none());
    assert_eq!(jobs.changes(5 * SETTLE), ["a.yaml gone", "b.yaml gone", "none.yaml is not ours"]);
    jobs.remove("jobs/none.yaml");
    assert_eq!(jobs.look(NOW).healthy, Ok(()), "nothing is lost where there was nothing");
}

#[test]
fn a_link_counts_where_it_leads_to_a_file_in_the_directory() {
    let mut jobs = Jobs::new();
    jobs.write("secret.yaml", &named("secret"));
    jobs.write("jobs/..2025_1/s.yaml", &named("s"));
    jobs.write("jobs/..2025_1/team/t.yaml", &named("t"));
    symlink("..2025_1", jobs.path("jobs/..data")).unwrap();
    symlink("..data/s.yaml", jobs.path("jobs/s.yaml")).unwrap();
    symlink("..data/team", jobs.path("jobs/team")).unwrap();
    symlink("../../..data/team", jobs.path("jobs/..2025_1/team/again")).unwrap();
    symlink(".", jobs.path("jobs/loop")).unwrap();
    symlink("../secret.yaml", jobs.path("jobs/out.yaml")).unwrap();
    symlink("nowhere", jobs.path("jobs/dangling.yaml")).unwrap();
    symlink("round.yaml", jobs.path("jobs/round.yaml")).unwrap();
    jobs.settle();
    let wrong = |file: &str| format!("{file} is wrong by link");
    let expected =
        [wrong("dangling.yaml"), wrong("out.yaml"), wrong("round.yaml"), is("s.yaml", "s"), is("team/t.yaml", "t")];
    assert_eq!(jobs.lines(), expected);
    jobs.remove("jobs/dangling.yaml");
    jobs.write("jobs/dangling.yaml", &named("d"));
    jobs.settle();
    assert!(jobs.lines().contains(&is("dangling.yaml", "d")), "{:?}", jobs.lines());
}

#[test]
fn what_is_no_regular_file_is_wrong_and_holds_no_one_up() {
    let mut jobs = Jobs::new();
    assert!(Command::new("mkfifo").arg(jobs.path("jobs/pipe.yaml")).status().unwrap().success());
    fs::create_dir(jobs.path("jobs/folder.yaml")).unwrap();
    jobs.write("jobs/folder.yaml/a.yaml", &named("a"));
    jobs.write("jobs/large.yaml", &"#".repeat(300_000));
    fs::write(jobs.path("jobs").join(OsStr::from_bytes(b"\xb2\xc9.yaml")), named("b")).unwrap();
    jobs.look(NOW);
    let look = jobs.look(SETTLE);
    assert_eq!(
        jobs.lines(),
        [
            is("folder.yaml/a.yaml", "a"),
            "large.yaml is wrong by size".to_owned(),
            "pipe.yaml is wrong by unreadable".to_owned(),
            "\u{fffd}\u{fffd}.yaml is wrong by file-name".to_owned(),
        ]
    );
    let FileChange::Invalid(large, None) = &look.changes[1] else { panic!("{look:?}") };
    assert_eq!(large.diagnostics[0].message, "the file has 300000 bytes; at most 262144 are read");
}

/// A path of 4096 bytes or more cannot be opened by anyone, so the test is one for the administrator too.
#[test]
fn files_in_a_folder_that_cannot_be_read_stay_as_they_were() {
    let mut jobs = Jobs::unmade(&[]);
    let deep = vec!["d".repeat(200); 18].join("/");
    jobs.write(&format!("near/{deep}/b.yaml"), &named("b"));
    jobs.write("near/a.yaml", &named("a"));
    symlink("near", jobs.path("jobs")).unwrap();
    jobs.settle();
    assert_eq!(jobs.state.len(), 2);
    let far = jobs.path(&vec!["f".repeat(200); 3].join("/"));
    fs::create_dir_all(far.parent().unwrap()).unwrap();
    fs::rename(jobs.path("near"), &far).unwrap();
    jobs.remove("jobs");
    symlink(&far, jobs.path("jobs")).unwrap();
    jobs.settle();
    let look = jobs.look(99 * SETTLE);
    assert_eq!((look.healthy, look.valid, look.invalid), (Ok(()), 2, 1));
    let wrong: Vec<_> = jobs.lines().into_iter().filter(|line| line.contains("is wrong by unreadable")).collect();
    assert_eq!((wrong.len(), jobs.state.len()), (1, 3), "{wrong:?}");
    fs::rename(&far, jobs.path("near")).unwrap();
    jobs.remove("jobs");
    symlink("near", jobs.path("jobs")).unwrap();
    jobs.settle();
    assert_eq!(jobs.state.len(), 2, "the folder is no problem any more");
}

#[test]
fn folders_in_folders_without_end_are_not_followed() {
    let mut jobs = Jobs::new();
    let nested = |depth: usize| vec!["d"; depth].join("/");
    jobs.write(&format!("jobs/{}/a.yaml", nested(1000)), &named("a"));
    jobs.write(&format!("jobs/{}/b.yaml", nested(64)), &named("b"));
    jobs.settle();
    assert_eq!(
        jobs.lines(),
        [is(&format!("{}/b.yaml", nested(64)), "b"), format!("{} is wrong by unreadable", nested(65))]
    );
}

#[test]
fn another_config_judges_every_spec_anew() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.settle();
    let other = config(&jobs.path(""), "other");
    jobs.scanner.reload(other, SETTLE);
    assert_eq!(jobs.changes(NOW), ["a.yaml is wrong by unknown-store, once a"]);
    assert_eq!(jobs.changes(NOW), none());
}

#[test]
fn a_file_is_given_out_again_on_demand_and_its_refusal_shows_the_name() {
    let mut jobs = Jobs::new();
    jobs.write(GOOD_A, &named("a"));
    jobs.settle();
    jobs.scanner.give_again("a.yaml");
    assert_eq!(jobs.changes(NOW), [is("a.yaml", "a")]);
    let refused = jobs.scanner.refused("a.yaml", "taken".to_owned());
    let problem = &refused.diagnostics[0];
    assert_eq!((refused.file.as_str(), problem.line, problem.source_line.as_str()), ("a.yaml", 4, "  name: a"));
}
