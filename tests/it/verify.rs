//! The target read again, and compared with the receipts.

use std::fs;

use serde_json::{Value, json};

use crate::project::{PNG, Project};
use crate::s3::buckets;

/// Six documents with a manifest each, all migrated.
fn project() -> Project {
    let project = Project::local();
    for n in 1..=6 {
        project.put_document("2025/01/05", &format!("IMG-{n}"));
    }
    project.spec("batch", |spec| {
        spec["target"] = json!({"store": "dst", "prefix": "archive/",
            "manifest": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/document.json"});
    });
    project.run(&["run"]).exit(0);
    project
}

fn at(image: &str, file: &str) -> String {
    format!("archive/ACME/voucher/2025/01/05/{image}/{file}")
}

fn verified(project: &Project, code: i32, words: &[&str]) -> Value {
    project.run(&[&["verify", "batch", "-o", "json"], words].concat()).exit(code).json()
}

fn last_event(project: &Project) -> Value {
    let events = project.run(&["audit", "export", "batch"]).exit(0).stdout;
    serde_json::from_str(events.lines().last().unwrap()).unwrap()
}

#[test]
fn a_target_that_is_as_it_was_left_is_verified_and_recorded() {
    let project = project();
    let view = verified(&project, 0, &[]);
    assert_eq!(
        (&view["sound"], &view["result"]["documents"], &view["result"]["files"]),
        (&json!(true), &json!(6), &json!(18))
    );
    let event = last_event(&project);
    assert_eq!((&event["eventType"], &event["outcome"]), (&json!("fixity check"), &json!("success")));
    assert_eq!(event["event"]["change"]["verified"]["result"], view["result"]);
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    assert_eq!(event["event"]["operator"]["name"], String::from_utf8(user.stdout).unwrap().trim());
    project.run(&["audit", "verify", "batch"]).exit(0);
    project.run(&["verify", "batch"]).exit(0).says("as it was left").says("0 missing, 0 changed, 0 extra");
    project.run(&["verify", "nothing"]).exit(1).says("no batch");
}

#[test]
fn nothing_is_asked_for_but_the_bytes_where_nothing_changed() {
    let scene = buckets(3, |_| {});
    scene.project.run(&["run"]).exit(0);
    let before = scene.server.log().len();
    let view = verified(&scene.project, 0, &[]);
    assert_eq!((&view["sound"], &view["result"]["files"]), (&json!(true), &json!(6)));
    let asked: Vec<String> = scene.server.log().split_off(before);
    let objects: Vec<_> = asked.iter().filter(|request| request.contains(".png")).collect();
    assert_eq!(objects.len(), 6, "{asked:#?}");
    assert!(objects.iter().all(|request| request.starts_with("GET ")), "{asked:#?}");
    // Written anew with the same bytes, it has another entity tag and is what it was.
    let key = "ACME/voucher/2025/01/05/IMG-0/cover-1.png";
    let file = scene.server.folder("new-archive").join(key);
    let bytes = fs::read(&file).unwrap();
    scene.server.plant("new-archive", key, &bytes);
    verified(&scene.project, 0, &[]);
    fs::remove_file(file).unwrap();
    let view = verified(&scene.project, 1, &[]);
    assert_eq!((&view["result"]["missing"], &view["findings"][0]["key"]), (&json!(1), &json!(key)));
}

#[test]
fn what_is_missing_changed_or_extra_is_named() {
    let project = project();
    fs::remove_file(project.path("dst").join(at("IMG-2", "cover-1.png"))).unwrap();
    let changed = project.path("dst").join(at("IMG-3", "invoice-1.png"));
    let mut bytes = fs::read(&changed).unwrap();
    bytes[40] ^= 1;
    fs::write(&changed, bytes).unwrap();
    project.put_at("dst", &at("IMG-4", "document.json"), b"{}");
    project.put_at("dst", &at("IMG-5", "stray.png"), PNG);
    project.put_at("dst", "elsewhere/stray.png", PNG);
    let view = verified(&project, 1, &[]);
    let found: Vec<(&str, &str)> = view["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["difference"].as_str().unwrap(), finding["key"].as_str().unwrap()))
        .collect();
    let [missing, other, manifest, stray] = [
        at("IMG-2", "cover-1.png"),
        at("IMG-3", "invoice-1.png"),
        at("IMG-4", "document.json"),
        at("IMG-5", "stray.png"),
    ];
    assert_eq!(found, [("missing", &*missing), ("changed", &*other), ("changed", &*manifest), ("extra", &*stray)]);
    let result = &view["result"];
    assert_eq!([&result["missing"], &result["changed"], &result["extra"]], [1, 2, 1]);
    assert_eq!(last_event(&project)["outcome"], "failure");
    let text = project.run(&["verify", "batch"]).exit(1).says("NOT AS IT WAS LEFT").stdout;
    assert!(text.contains("missing: archive/ACME/voucher/2025/01/05/IMG-2/cover-1.png (IMG-2)"), "{text}");
}

#[test]
fn a_sample_is_the_same_for_the_same_seed() {
    let project = project();
    let sample = |seed: &str| verified(&project, 0, &["--sample", "2", "--seed", seed]);
    let once = sample("2025");
    assert_eq!((&once["result"]["documents"], &once["result"]["files"]), (&json!(2), &json!(6)));
    assert_eq!(sample("2025"), once);
    assert_eq!(last_event(&project)["event"]["change"]["verified"]["sample"], json!({"size": 2, "seed": "2025"}));
    // All documents but those of the sample may be gone.
    let images: Vec<String> = (1..=6).map(|n| format!("IMG-{n}")).collect();
    for image in &images {
        let path = project.path("dst").join(at(image, "cover-1.png"));
        let moved = path.with_extension("moved");
        fs::rename(&path, &moved).unwrap();
        let missing = project.run(&["verify", "batch", "--sample", "2", "--seed", "2025"]).code == Some(1);
        assert_eq!(missing, drawn("2025", &images).contains(image), "{image}");
        fs::rename(&moved, &path).unwrap();
    }
    project.run(&["verify", "batch", "--sample", "2"]).exit(2).says("--seed");
}

/// The two documents of a sample, by the words of the help.
fn drawn(seed: &str, images: &[String]) -> Vec<String> {
    use batchferry::model::ids::Digest;
    let mut ranked: Vec<_> =
        images.iter().map(|image| (Digest::of(format!("{seed}{image}").as_bytes()), image)).collect();
    ranked.sort();
    ranked.into_iter().take(2).map(|(_, image)| image.clone()).collect()
}

#[test]
fn a_store_that_cannot_be_read_is_not_a_difference_and_is_not_recorded() {
    let project = project();
    let before = project.show("batch")["audit"]["events"].clone();
    fs::rename(project.path("dst"), project.path("away")).unwrap();
    let view = verified(&project, 3, &[]);
    assert_eq!((&view["sound"], &view["result"]["missing"]), (&json!(false), &json!(0)));
    assert!(view["unfinished"].as_str().unwrap().contains("dst"), "{view}");
    project.run(&["verify", "batch"]).exit(3).says("not everything was looked at");
    assert_eq!(project.show("batch")["audit"]["events"], before);
}
