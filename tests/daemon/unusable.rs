//! A store that cannot be set up yet stalls its batches, and they go on by themselves once it can.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use batchferry::engine::begin::Again;
use batchferry::engine::run::{Ask, Ran};
use batchferry::engine::stop::Stop;
use batchferry::model::batch::EndReason;
use batchferry::model::event::Operator;
use batchferry::model::failure::Code;
use serde_json::{Value, json};

use crate::daemon::{Daemon, PATIENCE, has};
use crate::edits::project;
use crate::faulty::{Buckets, buckets, condition, write_credentials};
use crate::life::{engine, open};
use crate::metrics::Probes;
use crate::support::s3::SECRET_KEY;

/// Buckets of which the target's credentials come from a file.
fn from_file(documents: usize) -> Buckets {
    buckets(documents, |config| config["stores"]["dst"]["credentials"] = json!({"file": "late.json"}))
}

#[test]
fn a_batch_waits_for_credentials_that_are_not_there_yet_and_goes_on_by_itself() {
    let Buckets { server, project } = from_file(3);
    let (_daemon, probes) = Probes::start(&project);
    let message = project.await_stalled("batch", "StoreUnusable");
    assert!(message.contains("late.json") && message.contains("dst"), "{message}");
    project.run(&["show", "batch"]).exit(0).says("→ Put in place what the message names");
    probes.await_metric("batchferry_batches_stalled 1");
    assert_eq!(server.all_requests(), 0, "nothing begins that cannot be ended");
    fs::write(project.path("late.json"), "half a fi").unwrap();
    project.await_batch("batch", |show| condition(show, "Stalled").is_some_and(|(_, said)| said.contains("expected")));
    write_credentials(&project, "late.json", SECRET_KEY);
    let show = project.await_proven("batch", &server, 3);
    assert_eq!(show["runs"].as_array().unwrap().len(), 1);
    probes.await_metric("batchferry_batches_stalled 0");
}

#[test]
fn others_move_while_one_waits_and_it_can_be_suspended_cancelled_and_taken_again() {
    let Buckets { server, project } = buckets(2, |config| {
        config["stores"]["later"] = config["stores"]["dst"].clone();
        config["stores"]["later"]["credentials"] = json!({"file": "late.json"});
        config["limits"] = json!({"batches": 1});
    });
    // More than may wait for stores that were there when they began.
    for name in ["early", "early-2", "early-3", "early-4", "early-5", "early-6"] {
        project.spec(name, |spec| {
            spec["target"] = json!({"store": "later", "prefix": format!("{name}/")});
            spec["priority"] = json!(9);
        });
    }
    let daemon = Daemon::start(&project);
    project.await_stalled("early-6", "StoreUnusable");
    project.await_file("jobs/early.report/README.md", "StoreUnusable");
    project.await_proven("batch", &server, 2);
    project.run(&["suspend", "early"]).exit(0);
    project.await_batch("early", |show| !has(show, "StoreUnusable"));
    project.run(&["resume", "early"]).exit(0);
    project.await_stalled("early", "StoreUnusable");
    project.run(&["cancel", "early"]).exit(0);
    let show = project.await_batch("early", |show| show["runStatus"] == "Ended");
    assert_eq!(show["runs"][0]["reason"], "Cancelled");
    project.run(&["resync", "early", "--all"]).exit(0);
    project.await_stalled("early", "StoreUnusable");
    assert_eq!(daemon.stop(), Some(0));
    write_credentials(&project, "late.json", SECRET_KEY);
    let _daemon = Daemon::start(&project);
    project.await_batch("early", |show| show["syncStatus"] == "Complete" && show["conditions"] == json!([]));
}

#[test]
fn a_variable_that_is_missing_or_a_certificate_is_waited_for_and_another_spec_or_config_ends_it() {
    let Buckets { server, project } = buckets(2, |config| {
        config["stores"]["unset"] = config["stores"]["dst"].clone();
        config["stores"]["unset"]["credentials"] = json!({"env": "NOWHERE_"});
        config["stores"]["dst"]["caFile"] = json!("missing-ca.pem");
    });
    let to = |store: &str| project.spec("batch", |spec| spec["target"]["store"] = json!(store));
    to("unset");
    let daemon = Daemon::start(&project);
    let message = project.await_stalled("batch", "StoreUnusable");
    assert!(message.contains("NOWHERE_ACCESS_KEY_ID"), "{message}");
    // It has not started: another store may still be named.
    to("dst");
    project
        .await_batch("batch", |show| condition(show, "Stalled").is_some_and(|(_, said)| said.contains("missing-ca")));
    let mut config: Value =
        serde_json::from_str(&fs::read_to_string(project.path("batchferry.yaml")).unwrap()).unwrap();
    config["stores"]["dst"].as_object_mut().unwrap().remove("caFile");
    project.configure(&config);
    daemon.signal("HUP");
    project.await_proven("batch", &server, 2);
}

#[test]
fn a_store_that_the_config_does_not_have_is_an_invalid_spec() {
    let project = project();
    project.spec("batch", |_| ());
    let daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    project.configure(&json!({"stores": {"src": {"url": "file:src"}}, "watch": {"rescan": "1s", "settle": "200ms"}}));
    daemon.signal("HUP");
    let message = project.await_stalled("batch", "InvalidSpec");
    assert!(message.contains("dst"), "{message}");
    project.spec("new", |spec| spec["target"] = json!({"store": "dst", "prefix": "new/"}));
    project.await_file("jobs/new.report/README.md", "dst");
    project.run(&["show", "new"]).exit(1).says("no batch");
}

/// The least pause of `spec.repeat` is a minute, so the engine itself is asked for a repetition.
#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_waits_like_a_first_run() {
    let Buckets { project, server: _server } = buckets(1, |config| {
        for store in ["src", "dst"] {
            config["stores"][store]["credentials"] = json!({"file": "late.json"});
        }
    });
    write_credentials(&project, "late.json", SECRET_KEY);
    project.run(&["run"]).exit(0);
    fs::remove_file(project.path("late.json")).unwrap();
    let ledger = Arc::new(open(&project, None).unwrap());
    let engine = engine(&project, ledger.clone());
    let (operator, meters, stop) = (Operator { name: "ana".to_owned(), commit: None }, Arc::default(), Stop::default());
    let again = Some(Again::Repeat);
    let ask = || Ask { again, operator: &operator, meters: &meters, stop: &stop, grace: PATIENCE, begun: None };
    let batch = || ledger.reader().batches().unwrap().remove(0);
    let mend = async {
        while !batch().has(Code::StoreUnusable) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        write_credentials(&project, "late.json", SECRET_KEY);
    };
    let (ran, ()) =
        tokio::time::timeout(PATIENCE, async { tokio::join!(engine.run(batch(), ask()), mend) }).await.unwrap();
    assert_eq!(ran.unwrap(), Ran::Nothing, "it is taken up again when its turn comes");
    assert_eq!((batch().conditions, batch().runs.len()), (Vec::new(), 1));
    assert_eq!(engine.run(batch(), ask()).await.unwrap(), Ran::Until(EndReason::Finished));
}

#[test]
fn whoever_types_run_is_told_at_once() {
    let Buckets { server, project } = from_file(1);
    project.run(&["run"]).exit(3).says("late.json");
    assert_eq!(server.all_requests(), 0);
    assert_eq!(project.show("batch")["runStatus"], "Queued");
    write_credentials(&project, "late.json", SECRET_KEY);
    project.run(&["run"]).exit(0).says("Complete");
}
