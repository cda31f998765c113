//! One batch.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::action::Action;
use super::charts::{Chart, chart};
use super::fault::fault;
use super::frame::{Frame, Section, batch_at};
use super::guard::ServesApi;
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use super::row::Head;
use super::told::{self, Told};
use crate::model::catalogue::entry;
use crate::model::overview::{BatchDetail, Overview, Overviewed};
use crate::model::report::Report;
use crate::model::view::{FailureView, RunView, TallyView};
use crate::reports::html::text::sentence;
use crate::reports::words;
use crate::rules::reporting;
use crate::web::target::Target;
use crate::web::wire;

#[derive(Template)]
#[template(path = "batch.html", config = "src/web/page/askama.toml")]
struct Batch {
    frame: Frame,
    detail: BatchDetail,
    /// Whether this reader has an API to download from.
    has_api: bool,
    /// What came of an action.
    told: Option<Told>,
}

/// An action that is offered.
struct Offer {
    href: String,
    word: &'static str,
    /// What to know before.
    warning: Option<&'static str>,
}

/// An identity: what is counted, the whole, the sum of its parts, and whether they agree.
type Identity = (&'static str, u64, u64, bool);

/// The page of a batch.
pub(super) async fn batch(
    State(pages): State<Pages>,
    Extension(ServesApi(has_api)): Extension<ServesApi>,
    Path(batch): Path<String>,
    asking: Asking,
) -> Response {
    let detail = match pages.ask(Overview::Batch { batch: batch.clone() }).await {
        Ok(Overviewed::Batch(detail)) => *detail,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let (since, number) = (detail.stamp.to_string(), detail.row.line.number.to_string());
    let events = Target::at("/events").with("since", Some(&since)).with("only", Some(&number));
    let frame = asking.frame(Section::Batches).renewed_from(events);
    let told = frame.commands().and_then(|csrf| told::told(&asking, &batch, csrf));
    respond::page(&asking, StatusCode::OK, &Batch { frame, detail, has_api, told })
}

impl Batch {
    fn head(&self) -> Head<'_> {
        Head { frame: &self.frame, row: &self.detail.row }
    }

    fn report(&self) -> &Report {
        &self.detail.report
    }

    fn at(&self, rest: &str) -> String {
        batch_at(self.detail.row.line.number.as_str()).then(rest).into_text()
    }

    /// Where its bag is made, if anything of it is at the target.
    fn bag(&self) -> Option<String> {
        let is_there = self.has_api && self.report().batch.synced > 0;
        is_there.then(|| wire::bag(self.detail.row.line.number.as_str(), None).into_text())
    }

    /// What its reader may do with it now.
    fn offers(&self) -> Vec<Offer> {
        let fitting = Action::ALL.into_iter().filter(|action| action.fits(&self.detail));
        let offer = |action: Action| Offer {
            href: batch_at(self.detail.row.line.number.as_str()).then("actions").then(action.as_str()).into_text(),
            word: action.word(self.frame.language),
            warning: action.warning(self.frame.language),
        };
        fitting.map(offer).collect()
    }

    fn verdict(&self) -> String {
        reporting::verdict(self.report(), self.frame.language)
    }

    /// What to do next, as HTML.
    fn steps(&self) -> Vec<String> {
        reporting::next_steps(self.report(), self.frame.language).iter().map(|step| sentence(step)).collect()
    }

    fn totals(&self) -> [(&'static str, TallyView); 3] {
        let batch = &self.report().batch;
        [
            (self.frame.say("Documents", "单据"), batch.documents),
            (self.frame.say("Files", "文件"), batch.files),
            (self.frame.say("Bytes", "字节"), batch.bytes),
        ]
    }

    /// Every identity of the totals.
    fn identities(&self) -> Vec<Identity> {
        let name = |what| match what {
            "documents" => self.frame.say("Documents by status", "各状态单据"),
            "files" => self.frame.say("Files by status", "各状态文件"),
            "bytes" => self.frame.say("Bytes by status", "各状态字节"),
            "synced" => self.frame.say("Synced and unsynced", "已同步与未同步"),
            "failures" => self.frame.say("Failed by reason", "按原因的失败单据"),
            _ => self.frame.say("Objects listed", "列举对象"),
        };
        let lines = reporting::reconciliation(self.report());
        lines.iter().map(|line| (name(line.what), line.whole, line.parts, line.holds())).collect()
    }

    fn message(&self, reason: &FailureView) -> &'static str {
        entry(reason.code).message(self.frame.language)
    }

    /// As HTML.
    fn remedy(&self, reason: &FailureView) -> String {
        sentence(&reporting::remedy(reason.code, &self.report().batch.name, self.frame.language))
    }

    /// The documents of a reason.
    fn of_code(&self, reason: &FailureView) -> String {
        batch_at(self.detail.row.line.number.as_str())
            .then("documents")
            .with("code", Some(reason.code.as_str()))
            .into_text()
    }

    fn document(&self, image: &str) -> String {
        batch_at(self.detail.row.line.number.as_str()).then("documents").value(image).into_text()
    }

    fn cause(&self, run: &RunView) -> &'static str {
        words::run_cause(run.cause, self.frame.language)
    }

    fn reason(&self, run: &RunView) -> &'static str {
        run.reason.map_or("–", |reason| words::end_reason(reason, self.frame.language))
    }

    /// A time as [`RunView`] has it, for people; the table says that it is UTC.
    fn short(&self, time: &str) -> String {
        time.replace('T', " ").replace('Z', "")
    }

    fn runs(&self) -> impl Iterator<Item = &RunView> {
        self.report().batch.runs.iter().rev()
    }

    fn chart(&self) -> Option<Chart> {
        chart(&self.detail.timeline, &self.frame)
    }

    fn place(&self, place: &crate::model::view::PlaceView) -> String {
        format!("{}:{}", place.store, place.prefix)
    }

    fn file(&self, name: &str) -> String {
        batch_at(self.detail.row.line.number.as_str()).then("report").then(name).into_text()
    }

    /// What a file of the report is for.
    fn purpose(&self, name: &str) -> &'static str {
        match name {
            "report.html" => self.frame.say("to read and to print", "供阅读与打印"),
            "README.md" | "README.zh-CN.md" => self.frame.say("as the repository shows it", "代码仓库中的报告"),
            "report.json" => self.frame.say("for machines", "供程序读取"),
            "documents.csv" => self.frame.say("documents, for a spreadsheet", "单据表格"),
            "failures.csv" => self.frame.say("failures, for a spreadsheet", "失败单据表格"),
            _ => self.frame.say("failures with exact keys", "含完整键名的失败明细"),
        }
    }
}
