//! The list of batches.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::fault::fault;
use super::frame::{Frame, Section};
use super::new;
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use super::row::{Row, StandingView};
use crate::model::batch::ConditionKind;
use crate::model::control::Refusal;
use crate::model::overview::{BatchKey, BatchOrder, BatchPage, BatchQuery, Overview, Overviewed};
use crate::model::status::{RunStatus, SyncStatus};
use crate::reports::words;
use crate::web::target::Target;

/// Rows of a page.
const ROWS: u32 = 50;
const RUNS: [RunStatus; 3] = [RunStatus::Running, RunStatus::Queued, RunStatus::Ended];
const SYNCS: [SyncStatus; 4] = [SyncStatus::Pending, SyncStatus::Partial, SyncStatus::Complete, SyncStatus::Failed];
const KINDS: [ConditionKind; 5] = [
    ConditionKind::Stalled,
    ConditionKind::Waiting,
    ConditionKind::Suspended,
    ConditionKind::Warning,
    ConditionKind::Retired,
];

#[derive(Template)]
#[template(path = "batches.html", config = "src/web/page/askama.toml")]
struct Batches<'a> {
    frame: Frame,
    asking: &'a Asking,
    query: BatchQuery,
    page: BatchPage,
    /// The file of a spec that was just written.
    written: Option<String>,
}

/// A word to choose: its value, the word, and whether it is chosen.
pub(super) type Choice = (&'static str, &'static str, bool);

/// The head of a column: its name, where a click leads, and how the column is sorted now.
struct Column {
    name: &'static str,
    href: String,
    sorted: Option<&'static str>,
    class: &'static str,
}

/// The list.
pub(super) async fn batches(State(pages): State<Pages>, asking: Asking) -> Response {
    let query = match query(&asking) {
        Ok(query) => query,
        Err(refusal) => return fault(&asking, &refusal),
    };
    let page = match pages.ask(Overview::Batches(query.clone())).await {
        Ok(Overviewed::Batches(page)) => page,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let only: Vec<&str> = page.rows.iter().map(|row| row.line.number.as_str()).collect();
    let events = Target::at("/events").with("since", Some(&page.stamp.to_string())).with("only", Some(&only.join(",")));
    let frame = asking.frame(Section::Batches).renewed_from(events);
    let written = new::notice(&asking, frame.commands());
    respond::page(&asking, StatusCode::OK, &Batches { frame, asking: &asking, query, page, written })
}

fn query(asking: &Asking) -> Result<BatchQuery, Refusal> {
    let text = |name| asking.text(name).map(str::to_owned);
    let by = asking.word("sort", &BatchKey::ALL, BatchKey::as_str)?.unwrap_or_default();
    let ascending = asking.word("direction", &[true, false], direction)?;
    Ok(BatchQuery {
        run: asking.word("run", &RUNS, run)?,
        sync: asking.word("sync", &SYNCS, sync)?,
        condition: asking.word("condition", &KINDS, kind)?,
        organization: text("organization"),
        label: text("label"),
        text: text("q"),
        order: BatchOrder { by, ascending: ascending.unwrap_or(by == BatchKey::Name) },
        after: text("after"),
        limit: ROWS,
    })
}

fn direction(ascending: bool) -> &'static str {
    if ascending { "up" } else { "down" }
}

fn run(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "queued",
        RunStatus::Running => "running",
        RunStatus::Ended => "ended",
    }
}

fn sync(status: SyncStatus) -> &'static str {
    match status {
        SyncStatus::Pending => "pending",
        SyncStatus::Partial => "partial",
        SyncStatus::Complete => "complete",
        SyncStatus::Failed => "failed",
    }
}

fn kind(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Suspended => "suspended",
        ConditionKind::Stalled => "stalled",
        ConditionKind::Retired => "retired",
        ConditionKind::Warning => "warning",
        ConditionKind::Waiting => "waiting",
    }
}

impl Batches<'_> {
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.page.rows.iter().map(|row| Row { frame: &self.frame, row })
    }

    fn standing(&self) -> StandingView<'_> {
        StandingView { frame: &self.frame, standing: self.page.standing }
    }

    fn runs(&self) -> [Choice; 3] {
        RUNS.map(|one| (run(one), words::run_status(one, self.frame.language), self.query.run == Some(one)))
    }

    fn syncs(&self) -> [Choice; 4] {
        SYNCS.map(|one| (sync(one), words::sync_status(one, self.frame.language), self.query.sync == Some(one)))
    }

    fn kinds(&self) -> [Choice; 5] {
        KINDS.map(|one| (kind(one), words::condition(one, self.frame.language), self.query.condition == Some(one)))
    }

    fn is_filtered(&self) -> bool {
        let query = &self.query;
        let texts = [&query.organization, &query.label, &query.text];
        query.run.is_some()
            || query.sync.is_some()
            || query.condition.is_some()
            || texts.iter().any(|text| text.is_some())
    }

    /// What was typed into a field.
    fn typed(&self, name: &str) -> &str {
        self.asking.text(name).unwrap_or_default()
    }

    fn columns(&self) -> [Column; 5] {
        let say = |english, chinese| self.frame.say(english, chinese);
        [
            self.column(BatchKey::Name, say("Batch", "批次"), ""),
            self.column(BatchKey::Created, say("Created (UTC)", "创建时间 (UTC)"), "wider"),
            self.column(BatchKey::Documents, say("Documents", "单据"), "n"),
            self.column(BatchKey::Unsynced, say("Unsynced", "未同步"), "n wider"),
            self.column(BatchKey::Failed, say("Failed", "失败"), "n"),
        ]
    }

    fn column(&self, by: BatchKey, name: &'static str, class: &'static str) -> Column {
        let order = self.query.order;
        let is_sorted = order.by == by;
        // A click on the column that sorts turns it round.
        let ascending = if is_sorted { !order.ascending } else { by == BatchKey::Name };
        let changes = [("sort", Some(by.as_str())), ("direction", Some(direction(ascending))), ("after", None)];
        let sorted = is_sorted.then_some(if order.ascending { "ascending" } else { "descending" });
        Column { name, href: self.asking.with(&changes).into_text(), sorted, class }
    }

    fn next(&self) -> Option<String> {
        let next = self.page.next.as_deref()?;
        Some(self.asking.with(&[("after", Some(next))]).into_text())
    }

    /// This page again.
    fn here(&self) -> String {
        self.asking.with(&[]).into_text()
    }

    fn first(&self) -> Option<String> {
        self.query.after.as_ref().map(|_| self.asking.with(&[("after", None)]).into_text())
    }
}
