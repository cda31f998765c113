//! The documents of a batch, page by page.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use super::batches::Choice;
use super::fault::fault;
use super::frame::{Frame, Section, batch_at};
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use super::row::{Badge, run_badge, sync_badge};
use crate::model::catalogue;
use crate::model::config::Language;
use crate::model::control::Refusal;
use crate::model::document::DocumentRecord;
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::overview::{DocumentPage, DocumentQuery, Overview, Overviewed};
use crate::model::status::ItemStatus;
use crate::reports::words;

/// Rows of a page.
const ROWS: u32 = 50;
const DAY: &str = "a day such as 2025-03-31";

#[derive(Template)]
#[template(path = "documents.html", config = "src/web/page/askama.toml")]
struct Documents<'a> {
    frame: Frame,
    asking: &'a Asking,
    query: DocumentQuery,
    page: DocumentPage,
}

/// The documents that are asked for.
pub(super) async fn documents(State(pages): State<Pages>, Path(batch): Path<String>, asking: Asking) -> Response {
    let query = match query(&asking) {
        Ok(query) => query,
        Err(refusal) => return fault(&asking, &refusal),
    };
    let page = match pages.ask(Overview::Documents { batch, query: query.clone() }).await {
        Ok(Overviewed::Documents(page)) => *page,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let frame = asking.frame(Section::Batches);
    respond::page(&asking, StatusCode::OK, &Documents { frame, asking: &asking, query, page })
}

fn query(asking: &Asking) -> Result<DocumentQuery, Refusal> {
    let text = |name| asking.text(name).map(str::to_owned);
    Ok(DocumentQuery {
        status: asking.word("status", &ItemStatus::ALL, ItemStatus::as_str)?,
        code: asking.parsed::<Code>("code", "a code such as MissingRole")?,
        organization: text("organization"),
        document_type: text("type"),
        from: asking.parsed::<Date>("from", DAY)?,
        to: asking.parsed::<Date>("to", DAY)?,
        beginning: text("image"),
        after: asking.text("after").map(ImageNumber::new),
        limit: ROWS,
    })
}

/// The badge of a document or file.
pub(super) fn item_badge(status: ItemStatus, language: Language) -> Badge {
    let (class, sign) = match status {
        ItemStatus::Migrated => ("good", "✓"),
        ItemStatus::AlreadyAtTarget => ("good", "="),
        ItemStatus::Failed => ("bad", "✗"),
        ItemStatus::Pending => ("idle", "○"),
    };
    (class, sign, words::item_status(status, language))
}

/// Why a document stands where it does: its code, and the rest in words.
pub(super) fn reason(document: &DocumentRecord, frame: &Frame) -> (Option<&'static str>, Option<String>) {
    let gone = document.gone_from_source && document.state.status().is_synced();
    match document.state.failure() {
        Some(failure) => (Some(failure.code.as_str()), Some(catalogue::sentence(failure, frame.language))),
        None if document.state.is_kept() => {
            let meaning = catalogue::entry(Code::TargetKept).message(frame.language);
            (Some(Code::TargetKept.as_str()), Some(meaning.to_owned()))
        }
        None if gone => {
            (None, Some(frame.say("gone from the source since it was synced", "同步后已从数据源消失").to_owned()))
        }
        None => (None, None),
    }
}

impl Documents<'_> {
    fn number(&self) -> &str {
        self.page.line.number.as_str()
    }

    fn batch(&self) -> String {
        batch_at(self.number()).into_text()
    }

    fn href(&self, document: &DocumentRecord) -> String {
        batch_at(self.number()).then("documents").value(document.image_number.as_str()).into_text()
    }

    fn badge(&self, document: &DocumentRecord) -> Badge {
        item_badge(document.state.status(), self.frame.language)
    }

    fn sync(&self) -> Badge {
        sync_badge(self.page.line.sync_status, self.frame.language)
    }

    fn run(&self) -> Badge {
        run_badge(self.page.line.run_status, self.frame.language)
    }

    fn reason(&self, document: &DocumentRecord) -> (Option<&'static str>, Option<String>) {
        reason(document, &self.frame)
    }

    fn day(&self, document: &DocumentRecord) -> String {
        document.fields.collected.map_or_else(|| "–".to_owned(), |collected| collected.day.to_string())
    }

    fn statuses(&self) -> [(Choice, u64); 4] {
        ItemStatus::ALL.map(|one| {
            let choice = (one.as_str(), words::item_status(one, self.frame.language), self.query.status == Some(one));
            (choice, self.page.line.documents.of(one))
        })
    }

    /// The codes that there are, and the one that was asked for.
    fn codes(&self) -> Vec<(&'static str, bool)> {
        let asked = self.query.code.filter(|code| !self.page.codes.contains(code));
        asked.iter().chain(&self.page.codes).map(|code| (code.as_str(), self.query.code == Some(*code))).collect()
    }

    fn typed(&self, name: &str) -> &str {
        self.asking.text(name).unwrap_or_default()
    }

    fn is_filtered(&self) -> bool {
        ["status", "code", "organization", "type", "from", "to", "image"]
            .iter()
            .any(|name| self.asking.text(name).is_some())
    }

    /// How far a page that ends early has looked.
    fn reached(&self) -> &str {
        self.page.next.as_ref().map(ImageNumber::as_str).unwrap_or_default()
    }

    fn next(&self) -> Option<String> {
        let next = self.page.next.as_ref()?;
        Some(self.asking.with(&[("after", Some(next.as_str()))]).into_text())
    }

    fn first(&self) -> Option<String> {
        self.query.after.as_ref().map(|_| self.asking.with(&[("after", None)]).into_text())
    }
}
