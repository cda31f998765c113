//! One document with its files.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::documents::{item_badge, reason};
use super::fault::fault;
use super::frame::{Frame, Section, batch_at};
use super::guard::ServesApi;
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use super::row::Badge;
use crate::model::catalogue;
use crate::model::document::{DocumentRecord, FieldOrigin, FileRecord, FileState, Role};
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::overview::{DocumentDetail, Overview, Overviewed};
use crate::model::receipt::Receipt;
use crate::reports::words;
use crate::web::wire;

#[derive(Template)]
#[template(path = "document.html", config = "src/web/page/askama.toml")]
struct Document {
    frame: Frame,
    detail: DocumentDetail,
    /// Whether this reader has an API to download from.
    has_api: bool,
}

/// A check: its name, its badge's class, and what came of it.
type Checked = (&'static str, &'static str, &'static str);

/// The page of a document.
pub(super) async fn document(
    State(pages): State<Pages>,
    Extension(ServesApi(has_api)): Extension<ServesApi>,
    Path((batch, image)): Path<(String, String)>,
    asking: Asking,
) -> Response {
    let detail = match pages.ask(Overview::Document { batch, image: ImageNumber::new(image) }).await {
        Ok(Overviewed::Document(detail)) => *detail,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let frame = asking.frame(Section::Batches);
    respond::page(&asking, StatusCode::OK, &Document { frame, detail, has_api })
}

impl Document {
    fn record(&self) -> &DocumentRecord {
        &self.detail.record.document
    }

    fn files(&self) -> &[FileRecord] {
        &self.detail.record.files
    }

    fn number(&self) -> &str {
        self.detail.line.number.as_str()
    }

    fn batch(&self) -> String {
        batch_at(self.number()).into_text()
    }

    fn documents(&self) -> String {
        batch_at(self.number()).then("documents").into_text()
    }

    fn badge(&self) -> Badge {
        item_badge(self.record().state.status(), self.frame.language)
    }

    fn file_badge(&self, file: &FileRecord) -> Badge {
        item_badge(file.state.status(), self.frame.language)
    }

    fn reason(&self) -> (Option<&'static str>, Option<String>) {
        reason(self.record(), &self.frame)
    }

    /// Business fields that the document has.
    fn fields(&self) -> Vec<(String, String)> {
        let fields = &self.record().fields;
        let named = [
            (self.frame.say("Organization", "组织"), fields.organization.clone()),
            (self.frame.say("Document type", "单据类型"), fields.document_type.clone()),
            (self.frame.say("Document number", "单据编号"), fields.document_number.clone()),
            (self.frame.say("Collected", "采集日期"), fields.collected.map(|collected| collected.day.to_string())),
        ];
        let named = named.into_iter().map(|(name, value)| (name.to_owned(), value.unwrap_or_else(|| "–".to_owned())));
        named.chain(fields.extra.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    fn role(&self, file: &FileRecord) -> String {
        let word = match file.record.role {
            Role::Cover => self.frame.say("Cover", "封面"),
            Role::Invoice => self.frame.say("Invoice", "发票"),
            Role::Attachment => self.frame.say("Attachment", "附件"),
        };
        file.record.role_label.as_ref().map_or_else(|| word.to_owned(), |label| format!("{word} · {label}"))
    }

    fn file_name<'a>(&self, file: &'a FileRecord) -> &'a str {
        file.object.key.rsplit('/').next().unwrap_or_default()
    }

    /// The type that the file's name says; that it is of that type, a check tells.
    fn file_type(&self, file: &FileRecord) -> String {
        let extension = self.file_name(file).rsplit_once('.').map(|(_, extension)| extension.to_uppercase());
        extension.filter(|extension| extension.len() <= 8).unwrap_or_else(|| "–".to_owned())
    }

    /// Where its bag is made, if anything of it is at the target.
    fn bag(&self) -> Option<String> {
        let image = &self.record().image_number;
        let is_there = self.has_api && self.record().state.status().is_synced();
        is_there.then(|| wire::bag(self.number(), Some(image)).into_text())
    }

    /// The page of a file.
    fn look(&self, place: &usize) -> String {
        let document = batch_at(self.number()).then("documents").value(self.record().image_number.as_str());
        document.then("files").value(&place.to_string()).into_text()
    }

    /// Where its fields were found, if not in its key.
    fn origin(&self, file: &FileRecord) -> Option<String> {
        (file.record.origin != FieldOrigin::Key).then(|| file.record.origin.to_string())
    }

    fn receipt<'a>(&self, file: &'a FileRecord) -> Option<&'a Receipt> {
        match &file.state {
            FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(receipt),
            _ => None,
        }
    }

    fn target_key<'a>(&self, file: &'a FileRecord) -> Option<&'a str> {
        match &file.state {
            FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(&receipt.target_key),
            FileState::TargetKept(kept) => Some(&kept.target_key),
            FileState::Pending | FileState::Failed(_) => None,
        }
    }

    /// The digest of what was read, and of what was kept instead of it.
    fn digests(&self, file: &FileRecord) -> Vec<(&'static str, String)> {
        match &file.state {
            FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
                vec![("SHA-256", receipt.sha256.to_string())]
            }
            FileState::TargetKept(kept) => vec![
                (self.frame.say("SHA-256 of the source", "数据源 SHA-256"), kept.source_sha256.to_string()),
                (self.frame.say("SHA-256 of the kept object", "保留对象 SHA-256"), kept.target_sha256.to_string()),
            ],
            FileState::Pending | FileState::Failed(_) => Vec::new(),
        }
    }

    /// The versions of both sides, where their stores give any.
    fn versions(&self, receipt: &Receipt) -> Vec<(&'static str, String)> {
        let named = [
            (self.frame.say("Version at the source", "数据源版本"), &receipt.source.version),
            (self.frame.say("Version at the target", "目标端版本"), &receipt.version),
        ];
        named.into_iter().filter_map(|(name, version)| Some((name, version.clone()?))).collect()
    }

    fn proof(&self, receipt: &Receipt) -> &'static str {
        words::proof(receipt.proof, self.frame.language)
    }

    fn failure<'a>(&self, file: &'a FileRecord) -> Option<&'a Failure> {
        match &file.state {
            FileState::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    fn sentence(&self, failure: &Failure) -> String {
        catalogue::sentence(failure, self.frame.language)
    }

    /// A warning, or what could not be determined.
    fn finding(&self, finding: &Finding) -> String {
        let same = |text: &str| text.to_owned();
        catalogue::sentence_with(&finding.failure, finding.outcome, self.frame.language, same, same)
    }

    fn code(&self, code: &Code) -> &'static str {
        code.as_str()
    }

    fn checks(&self, file: &FileRecord) -> Vec<Checked> {
        let class = |outcome| match outcome {
            Outcome::Pass => "good",
            Outcome::Warn => "part",
            Outcome::Fail => "bad",
            Outcome::Unknown | Outcome::NotApplicable | Outcome::NotRun => "idle",
        };
        let language = self.frame.language;
        let told = file
            .checks
            .told()
            .map(|(check, outcome)| (words::check(check, language), class(outcome), words::outcome(outcome, language)));
        told.collect()
    }
}
