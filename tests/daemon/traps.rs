//! However specs are delivered, the running daemon converges: the traps that file events lead into.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use crate::daemon::{Daemon, has};
use crate::edits::project;
use crate::project::Project;

/// A project whose specs are somewhere else, with reports out of their way.
fn delivered(jobs: &str) -> Project {
    let project = project();
    let config = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    (config["jobs"], config["reports"]) = (json!(jobs), json!({"dir": "reports"}));
    project.configure(&config);
    project
}

/// Writes a spec and moves it into a folder, of which nobody watches how it is filled.
fn place(project: &Project, folder: &str, name: &str, change: impl FnOnce(&mut Value)) {
    project.spec(name, |spec| {
        spec["target"]["prefix"] = json!(format!("{name}/"));
        change(spec);
    });
    fs::create_dir_all(project.path(folder)).unwrap();
    let file = format!("{name}.yaml");
    fs::rename(project.path("jobs").join(&file), project.path(folder).join(&file)).unwrap();
}

fn priority(level: u32) -> impl FnOnce(&mut Value) {
    move |spec| spec["priority"] = json!(level)
}

/// Lets a link lead elsewhere, in one step.
fn swap(target: impl AsRef<Path>, link: &Path) {
    let new = link.with_file_name(".new-link");
    symlink(target, &new).unwrap();
    fs::rename(new, link).unwrap();
}

#[track_caller]
fn await_generation(project: &Project, name: &str, generation: u32) -> Value {
    let show =
        project.await_batch(name, |show| show["spec"]["generation"] == generation && show["runStatus"] == "Ended");
    assert_eq!((&show["suspended"], &show["syncStatus"]), (&json!(false), &json!("Complete")), "{show}");
    show
}

#[test]
fn a_config_map_is_swapped_again_and_again() {
    let project = delivered("mount");
    place(&project, "mount/..one", "batch", |_| ());
    swap("..one", &project.path("mount/..data"));
    symlink("..data/batch.yaml", project.path("mount/batch.yaml")).unwrap();
    let _daemon = Daemon::start(&project);
    await_generation(&project, "batch", 1);
    for (generation, folder, before) in [(2, "mount/..two", "..one"), (3, "mount/..three", "..two")] {
        place(&project, folder, "batch", priority(generation));
        swap(folder.strip_prefix("mount/").unwrap(), &project.path("mount/..data"));
        fs::remove_dir_all(project.path("mount").join(before)).unwrap();
        await_generation(&project, "batch", generation);
    }
}

#[test]
fn a_git_sync_link_is_swapped_and_the_worktree_before_is_removed() {
    let project = delivered("link/specs");
    place(&project, "trees/a/specs", "batch", |_| ());
    place(&project, "trees/a/specs", "leaves", |_| ());
    swap("trees/a", &project.path("link"));
    let _daemon = Daemon::start(&project);
    await_generation(&project, "batch", 1);
    await_generation(&project, "leaves", 1);
    place(&project, "trees/b/specs", "batch", priority(1));
    place(&project, "trees/b/specs", "joins", |_| ());
    swap("trees/b", &project.path("link"));
    fs::remove_dir_all(project.path("trees/a")).unwrap();
    await_generation(&project, "batch", 2);
    await_generation(&project, "joins", 1);
    project.await_batch("leaves", |show| has(show, "SpecVanished"));
    // A second time: whoever watched the first tree is blind by now.
    place(&project, "trees/c/specs", "batch", priority(2));
    place(&project, "trees/c/specs", "leaves", |_| ());
    swap("trees/c", &project.path("link"));
    fs::remove_dir_all(project.path("trees/b")).unwrap();
    await_generation(&project, "batch", 3);
    project.await_batch("leaves", |show| !has(show, "SpecVanished"));
    await_generation(&project, "leaves", 1);
}

#[test]
fn an_editor_renames_a_new_file_over_the_old_and_keeps_a_copy() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    await_generation(&project, "batch", 1);
    for generation in 2..4_u32 {
        let path = project.path("jobs/batch.yaml");
        let before = fs::read(&path).unwrap();
        fs::write(project.path("jobs/.batch.yaml.swp"), b"half of i").unwrap();
        // The way of vi: the old one becomes the copy, for a moment there is no file, then there is a new one.
        fs::rename(&path, project.path("jobs/batch.yaml~")).unwrap();
        project.spec("batch", |spec| spec["priority"] = json!(generation));
        assert_ne!(fs::read(&path).unwrap(), before);
        fs::remove_file(project.path("jobs/.batch.yaml.swp")).unwrap();
        await_generation(&project, "batch", generation);
    }
    assert_eq!(project.run(&["list", "-o", "json"]).exit(0).json().as_array().unwrap().len(), 1);
}

#[test]
fn a_jobs_directory_that_is_deleted_and_made_again_suspends_nothing_for_good() {
    let project = project();
    for name in ["first", "second"] {
        project.spec(name, |spec| spec["target"]["prefix"] = json!(format!("{name}/")));
    }
    let mut daemon = Daemon::start(&project);
    let before = ["first", "second"].map(|name| project.await_ended(name, "Complete"));
    let objects = project.objects("dst");
    fs::rename(project.path("jobs"), project.path("gone")).unwrap();
    fs::remove_dir_all(project.path("gone")).unwrap();
    // For longer than a single file would have to be missing to count as gone.
    (0..3).for_each(|_| drop(daemon.logs("cannot be read")));
    // A report that is due meanwhile does not make the directory again.
    project.run(&["suspend", "first"]).exit(0);
    daemon.logs("a report was not written");
    project.run(&["resume", "first"]).exit(0);
    assert!(!project.path("jobs").exists(), "to make it again is for whoever delivers it");
    for name in ["first", "second"] {
        assert!(!has(&project.show(name), "SpecVanished"), "a lost directory is no wish");
    }
    fs::create_dir(project.path("jobs")).unwrap();
    (0..3).for_each(|_| drop(daemon.logs("holds no YAML file any more")));
    for name in ["first", "second"] {
        assert!(!has(&project.show(name), "SpecVanished"), "nor is an empty one");
        project.spec(name, |spec| spec["target"]["prefix"] = json!(format!("{name}/")));
    }
    project.spec("third", |spec| spec["target"]["prefix"] = json!("third/"));
    project.await_ended("third", "Complete");
    for (name, before) in ["first", "second"].into_iter().zip(before) {
        let show = project.await_batch(name, |show| show["conditions"] == json!([]));
        for what in ["batchNumber", "spec", "documents", "runs"] {
            assert_eq!(show[what], before[what], "{name}: {what}");
        }
    }
    assert!(objects.iter().all(|(key, bytes)| project.objects("dst").get(key) == Some(bytes)));
}
