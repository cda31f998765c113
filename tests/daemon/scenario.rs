//! Twenty-four batches with everything at once, to the end.

use std::fs;

use serde_json::{Value, json};

use crate::daemon::{Daemon, assert_reconciles, has};
use crate::edits::project;

#[test]
fn two_dozen_batches_of_every_sort_run_to_the_end_and_every_report_reconciles() {
    let project = project();
    for n in 0..6 {
        project.put_document("2025/01/06", &format!("GOOD-{n}"));
        project
            .put(&format!("ACME/voucher/2025/01/07/LACKS-{n}/cover-1.png"), &crate::project::distinct(&n.to_string()));
    }
    let names: Vec<String> = (0..24).map(|n| format!("batch-{n:02}")).collect();
    for (n, name) in names.iter().enumerate() {
        project.spec(name, |spec| sort(n, name, spec));
    }
    let daemon = Daemon::start(&project);
    for (n, name) in names.iter().enumerate() {
        match n % 8 {
            // Its window is closed, or what it comes after is never complete.
            5 => drop(project.await_batch(name, |show| has(show, "OutsideWindow"))),
            7 => drop(project.await_batch(name, |show| has(show, "WaitingForBatch"))),
            3 => drop(project.await_batch(name, |show| has(show, "SuspendedBySpec"))),
            1 => drop(project.await_ended(name, "Partial")),
            6 => drop(project.await_ended(name, "Failed")),
            _ => drop(project.await_ended(name, "Complete")),
        }
    }
    assert_eq!(daemon.stop(), Some(0));
    for name in &names {
        let text = fs::read_to_string(project.path("jobs").join(format!("{name}.report/report.json"))).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_reconciles(&report);
        assert_eq!(report["documents"], project.show(name)["documents"], "{name}");
    }
}

/// Complete, partial, after another, suspended, of high priority, outside its window, empty, and after one that never is.
fn sort(n: usize, name: &str, spec: &mut Value) {
    spec["target"]["prefix"] = json!(format!("{name}/"));
    spec["filters"] = json!({"imageNumbers": (0..6).map(|n| format!("GOOD-{n}")).collect::<Vec<_>>()});
    spec["priority"] = json!(n as i64 % 3 - 1);
    match n % 8 {
        1 => {
            spec["filters"] = json!({});
            spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
        }
        2 => spec["after"] = json!([format!("batch-{:02}", n - 2)]),
        3 => spec["suspend"] = json!(true),
        5 => {
            let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
            let today = zone.to_datetime(jiff::Timestamp::now()).date();
            let other = today.checked_add(jiff::Span::new().days(3)).unwrap().strftime("%a").to_string();
            spec["transfer"] = json!({"windows": [other]});
        }
        6 => spec["filters"] = json!({"imageNumbers": ["NOTHING"]}),
        7 => spec["after"] = json!([format!("batch-{:02}", n - 1), format!("batch-{:02}", n - 3)]),
        _ => {}
    }
}
