//! A batch that is made on a page of the real daemon, or by the API: judged, planned, written and taken in, under the operator's name.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::Instant;

use serde_json::{Value, json};

use crate::browser::{Browser, Form};
use crate::daemon::{Daemon, PATIENCE};
use crate::metrics::Probes;
use crate::project::Project;

const OPERATOR: &str = "b5a1f0e2c4d39687b5a1f0e2c4d39687";
const VIEWER: &str = "00112233445566778899aabbccddeeff";
const KEYS: &str = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";

fn config(more: &Value) -> Value {
    let mut config = json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}},
        "watch": {"rescan": "1s", "settle": "100ms"},
        "listen": "127.0.0.1:0",
        "allowSpecWrites": true,
        "access": [
            {"name": "olga", "role": "operator", "tokenFile": "operator.token"},
            {"name": "vera", "role": "viewer", "tokenFile": "viewer.token"},
        ],
    });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

/// A daemon whose source has a sound document and one without a picture in it.
fn start(more: &Value) -> (Project, Daemon, Probes) {
    let project = Project::with_config(&config(more));
    for (name, token) in [("operator", OPERATOR), ("viewer", VIEWER)] {
        let path = project.path(&format!("{name}.token"));
        fs::write(&path, format!("{token}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    project.put_document("2025/01/02", "V-1");
    project.put("ACME/voucher/2025/01/03/V-2/cover-1.png", b"no picture");
    let (daemon, probes) = Probes::start(&project);
    (project, daemon, probes)
}

/// A sound form.
fn sound() -> Form {
    Form::of(&[
        ("name", "acme-new"),
        ("from", "2025-01-01"),
        ("to", "2025-01-31"),
        ("zone", "Asia/Shanghai"),
        ("source", "src"),
        ("keys", KEYS),
        ("target", "dst"),
        ("conflict", "Fail"),
    ])
}

/// Every file below the jobs directory, reports left out.
fn jobs(project: &Project) -> Vec<String> {
    let names =
        fs::read_dir(project.path("jobs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".report")).collect();
    names.sort();
    names
}

#[test]
fn a_batch_is_planned_written_and_run_under_the_operators_name() {
    let (project, mut daemon, probes) = start(&json!({}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    assert!(browser.get("/").body.contains("href=\"/new\""));
    let planned = browser.post("/new", &sound().with("do", "plan"));
    assert_eq!(planned.status, 200, "{planned:?}");
    assert!(planned.body.contains("A run would move 1 document; 0 are there already; 1 would fail."), "{planned:?}");
    assert!(planned.body.contains("TypeMismatch") && planned.body.contains("V-2"), "{planned:?}");
    assert!(planned.body.contains("name: acme-new\n"), "{planned:?}");
    assert!(
        jobs(&project).is_empty() && !browser.get("/").body.contains("acme-new"),
        "nothing was written or recorded"
    );
    let written = browser.post("/new", &sound().with("do", "write"));
    assert_eq!(written.status, 303, "{written:?}");
    let list = browser.get(written.location.as_deref().unwrap());
    assert!(list.body.contains("Written:") && list.body.contains("acme-new.yaml"), "{list:?}");
    assert_eq!(jobs(&project), ["acme-new.yaml"]);
    let spec = fs::read_to_string(project.path("jobs/acme-new.yaml")).unwrap();
    daemon.logs("wrote a new spec");
    let show = project.await_ended("acme-new", "Partial");
    assert_eq!(show["spec"]["operator"], "olga (by token)", "{show}");
    assert_eq!(show["documents"]["migrated"], 1, "{show}");
    let log = project.run(&["audit", "export", "acme-new"]).exit(0).stdout;
    assert!(log.lines().next().unwrap().contains("olga (by token)"), "{log}");
    // Whoever edits the file afterwards is not her.
    fs::write(project.path("jobs/acme-new.yaml"), format!("{spec}  suspend: true\n")).unwrap();
    let show = project.await_batch("acme-new", |show| show["suspended"] == true);
    assert!(show["spec"]["operator"].as_str().unwrap().starts_with("unknown (uncommitted)"), "{show}");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn what_is_wrong_stands_with_its_field_and_nothing_of_it_is_markup() {
    let (project, _daemon, probes) = start(&json!({}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    let script = "<script>alert(1)</script>";
    let form = sound().with("name", script).with("to", "2024-01-31").with("zone", "Shanghai").with("source", script);
    let form = form.with("organizations", "[").with("target", "dst").with("targetPrefix", "../x");
    for step in ["check", "plan"] {
        let page = browser.post("/new", &form.clone().with("do", step));
        assert_eq!(page.status, 200, "{page:?}");
        for (field, says) in [
            ("name", "A batch name has 1 to 200"),
            ("to", "ends before it starts"),
            ("zone", "write `Asia/Shanghai`"),
            ("source", "is not in the config"),
            ("organizations", "unclosed character class"),
            ("targetPrefix", "do not stand for folders"),
        ] {
            let beside =
                page.body.split(&format!("id=\"wrong-{field}\"")).nth(1).unwrap().split("</div>").next().unwrap();
            assert!(beside.contains(says), "{field}: {beside}");
        }
        assert!(!page.body.contains(script) && !page.body.contains("id=\"plan\""), "{page:?}");
    }
    let chinese = browser.get_in("/new", "zh-CN");
    assert!(chinese.body.contains("新增迁移批次"), "{chinese:?}");
    let written = browser.post("/new", &form.with("do", "write"));
    assert!(written.status == 200 && written.body.contains("Not written."), "{written:?}");
    assert!(jobs(&project).is_empty());
}

#[test]
fn a_spec_is_written_only_where_nothing_is_and_nowhere_else() {
    let (project, _daemon, probes) = start(&json!({}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    project.spec("taken", |_| {});
    project.await_ended("taken", "Partial");
    fs::write(
        project.path("jobs/broken.yaml"),
        "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {name: broken}\n",
    )
    .unwrap();
    fs::write(project.path("jobs/there.yaml"), "mine").unwrap();
    fs::create_dir(project.path("jobs/finance")).unwrap();
    fs::create_dir(project.path("outside")).unwrap();
    symlink(project.path("outside"), project.path("jobs/link")).unwrap();
    let before = jobs(&project);
    for (name, file, says) in [
        ("acme-new", "there.yaml", "there already"),
        ("acme-new", "there.yml", "reports would be in the same folder"),
        ("acme-new", "link/a.yaml", "links are not followed"),
        ("acme-new", "none/a.yaml", "make it there first"),
        ("acme-new", "../a.yaml", "lead out of the jobs directory"),
        ("acme-new", "finance/../../a.yaml", "lead out of the jobs directory"),
        ("acme-new", "/tmp/a.yaml", "must be a path below"),
        ("acme-new", ".git/a.yaml", "begins with a dot"),
        ("acme-new", "taken.report/a.yaml", "folder of a report"),
        ("acme-new", "a.txt", "must end with .yaml"),
        ("acme-new", "<script>alert(1)</script>.yaml", "make it there first"),
        ("acme-new", "a\u{7}.yaml", "no file name should have"),
        ("taken", "other.yaml", "is that of batch MB-"),
        ("broken", "other.yaml", "is that of broken.yaml"),
    ] {
        let page = browser.post("/new", &sound().with("name", name).with("file", file).with("do", "write"));
        assert_eq!(page.status, 200, "{file}: {page:?}");
        assert!(page.body.contains("Not written.") && page.body.contains(says), "{file}: {}", page.body);
        assert!(!page.body.contains("<script>alert"), "{file}");
        // Programs are told the same, with a status that says so.
        let spec = fs::read_to_string(project.path("jobs/taken.yaml")).unwrap().replace("taken", name);
        let (status, told) = browser.api("POST", "/specs", OPERATOR, &json!({"file": file, "text": spec}));
        assert!([400, 409].contains(&status) && told["detail"].as_str().unwrap().contains(says), "{file}: {told}");
    }
    assert_eq!(jobs(&project), before);
    assert_eq!(fs::read_to_string(project.path("jobs/there.yaml")).unwrap(), "mine");
    assert!(fs::read_dir(project.path("outside")).unwrap().next().is_none());
    let page = browser.post("/new", &sound().with("file", "finance/发票 q1.yaml").with("do", "write"));
    assert_eq!(page.status, 303, "{page:?}");
    project.await_ended("acme-new", "Partial");
}

#[test]
fn of_many_that_write_at_once_one_does() {
    let (project, _daemon, probes) = start(&json!({}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let one = |file: String| {
            let browser = &browser;
            scope.spawn(move || browser.post("/new", &sound().with("file", &file).with("do", "write")).status)
        };
        let same = (0..4).map(|_| one("same.yaml".to_owned()));
        let other = (0..4).map(|n| one(format!("other-{n}.yaml")));
        let all: Vec<_> = same.chain(other).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(jobs(&project).len(), 1, "one name, one spec");
    project.await_ended("acme-new", "Partial");
}

#[test]
fn policies_go_by_where_the_spec_is_to_lie() {
    let policy = json!({"specs": "finance/**", "read": [{"store": "src"}], "write": [{"store": "dst"}]});
    let (project, _daemon, probes) = start(&json!({"policies": [policy]}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    for folder in ["finance", "ops"] {
        fs::create_dir(project.path(&format!("jobs/{folder}"))).unwrap();
    }
    for file in ["a.yaml", "ops/a.yaml", "finance/../ops/a.yaml"] {
        let page = browser.post("/new", &sound().with("file", file).with("do", "plan"));
        assert!(page.body.contains("Not a valid spec yet") && !page.body.contains("id=\"plan\""), "{file}: {page:?}");
        let page = browser.post("/new", &sound().with("file", file).with("do", "write"));
        assert!(page.status == 200 && page.body.contains("Not written."), "{file}: {page:?}");
    }
    assert!(fs::read_dir(project.path("jobs/ops")).unwrap().next().is_none());
    let page = browser.post("/new", &sound().with("file", "finance/a.yaml").with("do", "write"));
    assert_eq!(page.status, 303, "{page:?}");
    project.await_ended("acme-new", "Partial");
}

#[test]
fn nothing_is_written_unless_the_config_allows_it_nor_by_a_viewer() {
    let (project, daemon, probes) = start(&json!({"allowSpecWrites": false}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    let page = browser.get("/new");
    assert!(
        page.status == 200 && !page.body.contains("value=\"write\"") && page.body.contains("value=\"plan\""),
        "{page:?}"
    );
    let refused = browser.post("/new", &sound().with("do", "write"));
    assert!(refused.status == 200 && refused.body.contains("allowSpecWrites: true"), "{refused:?}");
    let body = json!({"file": "a.yaml", "text": "x"});
    let (status, told) = browser.api("POST", "/specs", OPERATOR, &body);
    assert!(status == 409 && told["detail"].as_str().unwrap().contains("allowSpecWrites"), "{told}");
    // The setting is taken up without a restart.
    project.configure(&config(&json!({})));
    daemon.signal("HUP");
    let end = Instant::now() + PATIENCE;
    while !browser.get("/new").body.contains("value=\"write\"") {
        assert!(Instant::now() < end, "the setting is not taken up");
    }
    let viewer = Browser::signed_in(probes.address(), VIEWER);
    assert!(!viewer.get("/").body.contains("/new"));
    let page = viewer.get("/new");
    assert!(page.status == 403 && page.body.contains("role: operator"), "{page:?}");
    for step in ["check", "plan", "download", "write"] {
        assert_eq!(viewer.post("/new", &sound().with("do", step)).status, 403, "{step}");
        let stranger = browser.post_as("http://evil.example", "/new", &sound().with("do", step));
        assert_eq!(stranger.status, 403, "{step}");
        assert_eq!(browser.post("/new", &sound().with("do", step).with("csrf", "guess")).status, 403, "{step}");
    }
    for path in ["/specs", "/specs/check"] {
        assert_eq!(browser.api("POST", path, VIEWER, &body).0, 403, "{path}");
    }
    assert!(jobs(&project).is_empty());
}

#[test]
fn a_store_that_does_not_answer_holds_neither_the_page_nor_the_daemon() {
    let dead = json!({
        "src": {"url": "file:src"},
        "dst": {"url": "file:dst"},
        "dead": {"url": "s3://gone", "endpoint": "http://127.0.0.1:9", "region": "x", "credentials": {"file": "s3.json"}},
    });
    let (project, daemon, probes) = start(&json!({"stores": dead}));
    fs::write(project.path("s3.json"), "{\"accessKeyId\": \"a\", \"secretAccessKey\": \"b\"}").unwrap();
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    let text = browser.post("/new", &sound().with("source", "dead").with("do", "download")).body;
    let (status, plan) =
        browser.api("POST", "/plan", OPERATOR, &json!({"file": "a.yaml", "text": text, "within": "300ms"}));
    assert_eq!((status, &plan["finished"], &plan["interrupted"]), (200, &json!(false), &json!(true)), "{plan}");
    // Who closes the page gives its plan up, and so do two more: the next one has its turn.
    for _ in 0..3 {
        drop(browser.send("/new", &sound().with("source", "dead").with("do", "plan")));
    }
    let page = browser.post("/new", &sound().with("do", "plan"));
    assert!(page.body.contains("A run would move 1 document"), "{page:?}");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn the_yaml_is_a_file_for_whoever_commits_it() {
    let (project, _daemon, probes) = start(&json!({"allowSpecWrites": false}));
    let browser = Browser::signed_in(probes.address(), OPERATOR);
    let saved = browser.post("/new", &sound().with("file", "finance/发票.yaml").with("do", "download"));
    assert!(saved.head.contains("content-type: application/yaml"), "{saved:?}");
    assert!(
        saved.head.contains("attachment; filename=\"__.yaml\"; filename*=UTF-8''%E5%8F%91%E7%A5%A8%2Eyaml"),
        "{saved:?}"
    );
    fs::write(project.path("jobs/acme-new.yaml"), &saved.body).unwrap();
    project.await_ended("acme-new", "Partial");
    let (status, checked) =
        browser.api("POST", "/specs/check", OPERATOR, &json!({"file": "b.yaml", "text": saved.body}));
    assert_eq!((status, &checked["valid"], &checked["name"]), (200, &json!(true), &json!("acme-new")), "{checked}");
    let wrong = saved.body.replace("timeZone: Asia/Shanghai", "timeZone: Shanghai").replace("store: dst", "store: ds");
    let (_, checked) = browser.api("POST", "/specs/check", OPERATOR, &json!({"file": "b.yaml", "text": wrong}));
    let rules: Vec<&str> =
        checked["diagnostics"].as_array().unwrap().iter().map(|problem| problem["rule"].as_str().unwrap()).collect();
    assert_eq!((&checked["valid"], rules), (&json!(false), vec!["zone", "unknown-store"]), "{checked}");
}
