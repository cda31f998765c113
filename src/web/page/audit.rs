//! The audit log of a batch, page by page.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::fault::fault;
use super::frame::{Frame, Section, batch_at};
use super::guard::ServesApi;
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use crate::model::audit::{AuditRow, EventOutcome};
use crate::model::event::Change;
use crate::model::failure::Code;
use crate::model::overview::{AuditPage, Overview, Overviewed};
use crate::reports::words;
use crate::web::target::Target;

/// Events of a page.
const ROWS: u32 = 100;

#[derive(Template)]
#[template(path = "audit.html", config = "src/web/page/askama.toml")]
struct Audit<'a> {
    frame: Frame,
    asking: &'a Asking,
    page: AuditPage,
    /// Whether the API, which gives all of it, answers here.
    has_api: bool,
}

/// The page of an audit log.
pub(super) async fn audit(
    State(pages): State<Pages>,
    Path(batch): Path<String>,
    Extension(ServesApi(has_api)): Extension<ServesApi>,
    asking: Asking,
) -> Response {
    let after = match asking.parsed::<u64>("after", "the number of an event") {
        Ok(after) => after.unwrap_or_default(),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let page = match pages.ask(Overview::Audit { batch, after, limit: ROWS }).await {
        Ok(Overviewed::Audit(page)) => *page,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let frame = asking.frame(Section::Batches);
    respond::page(&asking, StatusCode::OK, &Audit { frame, asking: &asking, page, has_api })
}

impl Audit<'_> {
    fn number(&self) -> &str {
        self.page.line.number.as_str()
    }

    fn batch(&self) -> String {
        batch_at(self.number()).into_text()
    }

    /// All events as JSON lines; `None`: nothing gives them here.
    fn whole(&self) -> Option<String> {
        let at = || Target::root().then("batches").value(self.number()).then("events.jsonl").into_text();
        self.has_api.then(at)
    }

    /// What happened, in a word or two.
    fn told(&self, row: &AuditRow) -> &'static str {
        let say = |english, chinese| self.frame.say(english, chinese);
        match &row.event.change {
            Change::Accepted => say("Batch accepted", "批次已创建"),
            Change::RunStarted => say("Run began", "运行开始"),
            Change::Frozen { .. } => say("Population frozen", "范围已冻结"),
            Change::Document { .. } => say("Document", "单据状态变更"),
            Change::Stalled { .. } => say("Stalled", "停滞"),
            Change::Resumed => say("Went on", "继续"),
            Change::RunEnded { .. } => say("Run ended", "运行结束"),
            Change::ResyncRequested { .. } => say("Resync asked for", "请求重新同步"),
            Change::SpecChanged { .. } => say("Spec changed", "批次说明变更"),
            Change::Suspended { .. } => say("Suspended", "暂停"),
            Change::Released { .. } => say("Released", "解除暂停"),
            Change::Retired => say("Retired", "删除"),
            Change::Verified { .. } => say("Target verified", "目标端核验"),
            Change::CatalogRead { .. } => say("Catalog read", "读取数据源目录"),
        }
    }

    /// From which status to which.
    fn statuses(&self, row: &AuditRow) -> Option<String> {
        let word = |status| words::item_status(status, self.frame.language);
        match &row.event.change {
            Change::Document { old, new, .. } => Some(format!("{} → {}", word(*old), word(*new))),
            Change::RunEnded { status, .. } => Some(words::run_status(*status, self.frame.language).to_owned()),
            Change::Frozen { documents, .. } => {
                Some(self.frame.say("{n} documents", "{n} 份单据").replace("{n}", &self.frame.number(documents)))
            }
            _ => None,
        }
    }

    fn code(&self, row: &AuditRow) -> Option<&'static str> {
        row.event.change.code().map(Code::as_str)
    }

    /// The document of an event, and its page.
    fn document<'a>(&self, row: &'a AuditRow) -> Option<(&'a str, String)> {
        let Change::Document { image_number, .. } = &row.event.change else { return None };
        let image = image_number.as_str();
        Some((image, batch_at(self.number()).then("documents").value(image).into_text()))
    }

    fn class(&self, row: &AuditRow) -> &'static str {
        match row.outcome {
            EventOutcome::Success => "good",
            EventOutcome::Warning => "part",
            EventOutcome::Failure => "bad",
        }
    }

    /// As much of a digest as tells it from others at a glance.
    fn brief(&self, row: &AuditRow) -> String {
        row.digest.to_string().chars().take(12).collect()
    }

    fn next(&self) -> Option<String> {
        let next = self.page.next?.to_string();
        Some(self.asking.with(&[("after", Some(&next))]).into_text())
    }

    fn first(&self) -> Option<String> {
        self.asking.text("after").map(|_| self.asking.with(&[("after", None)]).into_text())
    }

    /// The page with the last events.
    fn last(&self) -> Option<String> {
        let after = self.page.events.saturating_sub(u64::from(ROWS)).to_string();
        self.page.next.map(|_| self.asking.with(&[("after", Some(&after))]).into_text())
    }
}
