//! Policies that change while a daemon runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::daemon::{Daemon, has};
use crate::faulty::{Buckets, buckets, objects, writes};
use crate::project::{Project, wait_until};
use crate::support::fault::Fault;

fn set_policies(project: &Project, policies: &Value) {
    let path = project.path("batchferry.yaml");
    let mut config: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    config["policies"] = policies.clone();
    project.configure(&config);
}

fn allowing() -> Value {
    json!([{"specs": "**", "read": [{"store": "src", "prefix": ""}], "write": [{"store": "dst"}]}])
}

#[test]
fn a_batch_whose_policy_is_taken_away_is_held_and_goes_on_once_it_is_given_back() {
    let Buckets { server, project } = buckets(12, |config| config["policies"] = allowing());
    // Slow enough that the change of the config comes in the middle.
    let slow = Fault::Delay(Duration::from_millis(500));
    server.on_request(move |request| if writes(request, "dst") { slow.clone() } else { Fault::None });
    let daemon = Daemon::start(&project);
    wait_until("the first document moves", || server.requests("PUT") > 0);
    set_policies(&project, &json!([{"specs": "**", "read": [{"store": "src"}]}]));
    daemon.signal("HUP");
    let message = project.await_stalled("batch", "PolicyDenied");
    assert!(message.contains("it may write to no store") && message.contains("`write` of policy 1"), "{message}");
    project.run(&["show", "batch"]).exit(0).says("(PolicyDenied)").says("ask the operator of batchferry");
    project.await_batch("batch", |show| show["runStatus"] == "Queued" && has(show, "PolicyDenied"));
    server.heal();
    let before = objects(&server, "dst");
    assert!(before.len() < 24, "it was stopped midway");
    project.run(&["rescan"]).exit(1);
    assert_eq!(objects(&server, "dst"), before, "never a byte moves");
    set_policies(&project, &allowing());
    daemon.signal("HUP");
    let show = project.await_proven("batch", &server, 12);
    assert_eq!(show["runs"].as_array().unwrap().len(), 1, "the same run goes on");
}

#[test]
fn a_spec_that_no_policy_is_for_is_not_accepted_and_says_so_in_its_report() {
    let Buckets { server, project } = buckets(1, |config| config["policies"] = json!([{"specs": "finance/**"}]));
    let daemon = Daemon::start(&project);
    project.await_file("jobs/batch.report/README.md", "no policy is for the spec");
    project.run(&["show", "batch"]).exit(1).says("no batch");
    project.run(&["plan", "jobs/batch.yaml"]).exit(1).says("no policy is for the spec \"batch.yaml\"");
    assert_eq!(server.all_requests(), 0);
    set_policies(&project, &allowing());
    daemon.signal("HUP");
    let show = project.await_proven("batch", &server, 1);
    assert!(!has(&show, "InvalidSpec"));
    project.run(&["plan", "jobs/batch.yaml"]).exit(0);
}
