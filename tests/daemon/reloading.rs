//! SIGHUP where a batch waits for a store: it goes on with the stores of the new config.

use std::fs;

use serde_json::{Value, json};

use crate::daemon::{Daemon, assert_reconciles, has};
use crate::edits::project;
use crate::project::Project;

fn reconfigure(project: &Project, change: impl FnOnce(&mut Value)) {
    let config = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    change(&mut config);
    project.configure(&config);
}

fn is_stalled(show: &Value) -> bool {
    show["conditions"].as_array().unwrap().iter().any(|held| held["type"] == "Stalled")
}

#[test]
fn a_stalled_batch_goes_on_with_the_stores_of_the_config_that_is_reloaded() {
    let project = project();
    for n in 0..5 {
        project.put_document("2025/01/06", &format!("MORE-{n}"));
    }
    reconfigure(&project, |config| config["stores"]["dst"]["url"] = json!("file:not/mounted"));
    project.spec("batch", |_| ());
    let mut daemon = Daemon::start(&project);
    let show = project.await_batch("batch", is_stalled);
    assert_eq!((&show["runStatus"], &show["documents"]["failed"]), (&json!("Running"), &json!(0)), "{show}");
    // A config that is not sound changes nothing for it.
    let sound = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    fs::write(project.path("batchferry.yaml"), "stores: [").unwrap();
    daemon.signal("HUP");
    daemon.logs("the one before stays in force");
    fs::write(project.path("batchferry.yaml"), sound).unwrap();
    assert!(is_stalled(&project.show("batch")));
    fs::create_dir(project.path("elsewhere")).unwrap();
    reconfigure(&project, |config| config["stores"]["dst"]["url"] = json!("file:elsewhere"));
    daemon.signal("HUP");
    daemon.logs("config reloaded");
    let show = project.await_ended("batch", "Complete");
    assert_reconciles(&show);
    assert_eq!((&show["conditions"], show["runs"].as_array().unwrap().len()), (&json!([]), 1), "the same run");
    assert_eq!(project.objects("elsewhere"), project.objects("src"));
}

#[test]
fn a_batch_whose_store_is_taken_out_of_the_config_pauses_until_it_is_back() {
    let project = project();
    reconfigure(&project, |config| config["stores"]["dst"]["url"] = json!("file:not/mounted"));
    project.spec("batch", |_| ());
    let mut daemon = Daemon::start(&project);
    project.await_batch("batch", is_stalled);
    let config = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    reconfigure(&project, |config| drop(config["stores"].as_object_mut().unwrap().remove("dst")));
    daemon.signal("HUP");
    daemon.logs("config reloaded");
    let show = project.await_batch("batch", |show| show["runStatus"] == "Queued" && has(show, "InvalidSpec"));
    assert_eq!((&show["documents"]["pending"], &show["documents"]["failed"]), (&json!(1), &json!(0)));
    fs::write(project.path("batchferry.yaml"), config).unwrap();
    fs::create_dir_all(project.path("not/mounted")).unwrap();
    daemon.signal("HUP");
    let show = project.await_ended("batch", "Complete");
    assert_eq!((&show["conditions"], show["runs"].as_array().unwrap().len()), (&json!([]), 1), "the same run");
}
