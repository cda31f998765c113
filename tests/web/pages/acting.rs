//! What operators do with a batch from its page, and who cannot.

use batchferry::model::batch::{Condition, ConditionKind};
use batchferry::model::failure::Code;
use batchferry::model::status::RunStatus;
use serde_json::{Value, json};

use super::daemon::{Pages, SCRIPT, update};
use super::signing::Browser;
use crate::ledger::at;
use crate::tcp::{OPERATOR, VIEWER, grants};

/// Has ended, with a failed document.
const ENDED: &str = "/batches/MB-20250402-0001";
/// Has not run.
const QUEUED: &str = "/batches/MB-20250402-0003";

async fn named() -> Pages {
    let pages = Pages::filled().await;
    pages.access.replace(Some(grants()));
    pages
}

/// The actions that a page offers.
fn offered(body: &str) -> Vec<String> {
    body.split("/actions/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Does something as a page's form does, and gives the page that follows.
async fn act(browser: &Browser<'_>, batch: &str, action: &str) -> String {
    let form = format!("csrf={}", browser.csrf().await);
    let answer = browser.post(&format!("{batch}/actions/{action}"), &form).await;
    assert_eq!(answer.status, 303, "{action}: {answer:?}");
    let to = answer.location.unwrap();
    assert!(to.starts_with(&format!("{batch}?told={action}&")), "{to}");
    let page = browser.get(&to).await;
    assert_eq!(page.status, 200, "{to}");
    page.body
}

#[tokio::test]
async fn an_operator_suspends_resumes_cancels_and_takes_again_and_is_told() {
    let pages = named().await;
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    assert_eq!(offered(&browser.get(QUEUED).await.body), ["suspend", "cancel"]);
    let body = act(&browser, QUEUED, "suspend").await;
    assert!(body.contains("notice good") && body.contains("pauses at the next document boundary"), "{body}");
    assert!(body.contains("suspended by olga (by token)"), "{body}");
    assert_eq!(offered(&body), ["resume", "cancel"]);
    let body = act(&browser, QUEUED, "resume").await;
    assert!(body.contains("The batch goes on.") && !body.contains("suspended by olga"), "{body}");
    assert_eq!(offered(&body), ["suspend", "cancel"]);
    let body = act(&browser, QUEUED, "cancel").await;
    assert_eq!(offered(&body), ["resync-all"], "{body}");
    let audit = browser.get(&format!("{QUEUED}/audit")).await.body;
    assert!(audit.matches("olga (by token)").count() >= 3, "{audit}");
    assert_eq!(offered(&browser.get(ENDED).await.body), ["resync-failed", "resync-all"]);
    let body = act(&browser, ENDED, "resync-failed").await;
    assert!(body.contains("Failed documents will be taken again") && body.contains("Queued"), "{body}");
}

#[tokio::test]
async fn what_is_refused_is_told_in_the_daemons_words() {
    let pages = named().await;
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    for (batch, action, why) in [
        (QUEUED, "resume", "Batch initech is not suspended."),
        (QUEUED, "resync-failed", "Batch initech has not run yet: there is nothing to take again."),
        (QUEUED, "delete", "Batch initech still has its spec: remove initech.yaml from the jobs directory first."),
        (ENDED, "cancel", "Batch acme-2025-q1 has ended; there is nothing to cancel."),
    ] {
        let body = act(&browser, batch, action).await;
        assert!(body.contains("notice bad") && body.contains("Not done.") && body.contains(why), "{action}: {body}");
    }
    let form = format!("csrf={}", browser.csrf().await);
    for (target, status) in [("/batches/none/actions/suspend", 404), (&format!("{QUEUED}/actions/explode"), 404)] {
        let answer = browser.post(target, &form).await;
        assert!(answer.status == status && answer.body.contains("Back to the list"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_batch_is_deleted_only_where_its_spec_is_gone() {
    let pages = named().await;
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    let condition = |kind, reason| Condition { kind, reason, message: "x".to_owned(), since: at() };
    let gone = condition(ConditionKind::Suspended, Code::SpecVanished);
    update(&pages.ledger, 1, move |record| record.conditions.push(gone)).await;
    let body = browser.get(ENDED).await.body;
    assert_eq!(offered(&body), ["resync-failed", "resync-all", "delete"]);
    assert!(body.contains("nothing is removed at the source or"), "{body}");
    update(&pages.ledger, 1, |record| record.run_status = RunStatus::Running).await;
    assert!(!offered(&browser.get(ENDED).await.body).contains(&"delete".to_owned()));
    let retired = condition(ConditionKind::Retired, Code::Retired);
    update(&pages.ledger, 3, move |record| record.conditions.push(retired)).await;
    let body = browser.get(QUEUED).await.body;
    assert!(offered(&body).is_empty(), "{body}");
}

#[tokio::test]
async fn what_is_to_run_again_can_be_kept_from_it() {
    let pages = named().await;
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    let repeated = |until: &'static str| {
        update(&pages.ledger, 1, move |record| {
            let mut spec: Value = serde_json::from_str(&record.spec.json).unwrap();
            spec["spec"]["repeat"] = json!({"every": "1h", "until": until});
            record.spec.json = spec.to_string();
        })
    };
    repeated("2025-04-03").await;
    assert!(!offered(&browser.get(ENDED).await.body).contains(&"suspend".to_owned()), "its last day is over");
    repeated("9999-12-30").await;
    assert_eq!(offered(&browser.get(ENDED).await.body), ["resync-failed", "suspend", "resync-all"]);
    let body = act(&browser, ENDED, "suspend").await;
    assert!(body.contains("begins no run until it is resumed"), "{body}");
    assert_eq!(offered(&body), ["resume", "resync-failed", "resync-all"]);
    assert_eq!(offered(&act(&browser, ENDED, "resume").await), ["resync-failed", "suspend", "resync-all"]);
}

#[tokio::test]
async fn only_an_operators_own_form_of_our_own_page_acts() {
    let pages = named().await;
    let (browser, other) = (Browser::signed_in(&pages, OPERATOR).await, Browser::signed_in(&pages, OPERATOR).await);
    let (csrf, strange) = (format!("csrf={}", browser.csrf().await), format!("csrf={}", other.csrf().await));
    let own = format!("http://{}", pages.host());
    let target = format!("{QUEUED}/actions/suspend");
    let (cookie, own) = (("cookie", browser.cookie.as_str()), ("origin", own.as_str()));
    for (headers, form) in [
        (vec![cookie], csrf.as_str()),
        (vec![cookie, own], ""),
        (vec![cookie, own], "csrf="),
        (vec![cookie, own], "csrf=guess"),
        (vec![cookie, own], &strange),
        (vec![cookie, ("origin", "null")], &csrf),
        (vec![cookie, ("origin", "https://evil.example")], &csrf),
        (vec![cookie, own, own], &csrf),
    ] {
        let answer = pages.post(&target, &headers, form).await;
        assert_eq!(answer.status, 403, "{headers:?} {form}: {answer:?}");
        assert!(answer.body.contains("Not done") && answer.body.contains("load the page again"), "{answer:?}");
    }
    // A token that a proxy adds does not make the form of another site ours.
    let bearer = format!("Bearer {OPERATOR}");
    let answer = pages.post(&target, &[("authorization", &bearer), ("origin", "https://evil.example")], "").await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(browser.post(&target, &format!("{csrf}&batch=x")).await.status, 400, "no field of ours");
    assert_eq!(browser.post(&target, &format!("csrf={}", "x".repeat(2 << 20))).await.status, 413);
    assert_eq!(pages.post(&target, &[], &csrf).await.status, 303, "led to sign in");
    let body = browser.get(QUEUED).await.body;
    assert!(!body.contains("SuspendedByCommand"), "{body}");
}

#[tokio::test]
async fn viewers_and_whoever_sits_at_the_machine_have_no_buttons_and_are_refused() {
    let pages = named().await;
    let viewer = Browser::signed_in(&pages, VIEWER).await;
    let form = format!("csrf={}", viewer.csrf().await);
    for batch in [ENDED, QUEUED] {
        assert!(offered(&viewer.get(batch).await.body).is_empty());
        let answer = viewer.post(&format!("{batch}/actions/suspend"), &form).await;
        assert!(answer.status == 403 && answer.body.contains("role: operator"), "{answer:?}");
    }
    pages.access.replace(None);
    assert!(offered(&pages.get(ENDED, "en").await.body).is_empty());
    let own = format!("http://{}", pages.host());
    let answer = pages.post(&format!("{ENDED}/actions/suspend"), &[("origin", &own)], "csrf=x").await;
    assert!(answer.status == 403 && answer.body.contains("no `access`"), "{answer:?}");
    assert!(!pages.get(ENDED, "en").await.body.contains("SuspendedByCommand"));
}

#[tokio::test]
async fn nobody_else_makes_a_page_say_that_something_was_done() {
    let pages = named().await;
    let (browser, other) = (Browser::signed_in(&pages, OPERATOR).await, Browser::signed_in(&pages, OPERATOR).await);
    let form = format!("csrf={}", browser.csrf().await);
    let link = browser.post(&format!("{QUEUED}/actions/resume"), &form).await.location.unwrap();
    let says = |body: &str| body.contains("id=\"told\"");
    assert!(says(&browser.get(&link).await.body));
    for reader in [other.get(&link).await, browser.get(&link.replace("why=", "why=Call%20this%20number%3A%20")).await] {
        assert!(!says(&reader.body));
    }
    for link in [
        format!("{QUEUED}?told=suspend"),
        format!("{QUEUED}?told=suspend&seal=x"),
        link.replace("told=resume", "told=suspend"),
        link.replace("0003", "0001"),
        format!("{QUEUED}?told=resume&why={SCRIPT}"),
    ] {
        let body = browser.get(&link).await.body;
        assert!(!says(&body) && !body.contains("<script>alert"), "{link}: {body}");
    }
}

#[tokio::test]
async fn forms_are_counted_with_all_other_commands() {
    let pages = named().await;
    let browser = Browser::signed_in(&pages, OPERATOR).await;
    let form = format!("csrf={}", browser.csrf().await);
    let target = format!("{QUEUED}/actions/resume");
    let mut last = browser.post(&target, &form).await;
    for _ in 0..400 {
        if last.status == 429 {
            break;
        }
        last = browser.post(&target, &form).await;
    }
    assert!(last.status == 429 && last.head.contains("retry-after: "), "{last:?}");
    assert!(last.body.contains("Too often; ask again in"), "{last:?}");
}

#[tokio::test]
async fn the_audit_page_leads_to_the_whole_log() {
    let pages = named().await;
    let browser = Browser::signed_in(&pages, VIEWER).await;
    let page = browser.get(&format!("{ENDED}/audit")).await.body;
    let link = "/api/v1/batches/MB-20250402-0001/events.jsonl";
    assert!(page.contains(&format!("href=\"{link}\" download=\"MB-20250402-0001-audit.jsonl\"")), "{page}");
}
