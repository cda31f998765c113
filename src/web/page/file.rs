//! One file of a document, read from its source when someone asks to see it: what its bytes say, and a picture of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderValue, X_FRAME_OPTIONS};

use super::fault::{fault, refused};
use super::frame::{Frame, Section, batch_at};
use super::query::Asking;
use super::respond::{self, plain};
use super::routes::Pages;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::document::FileRecord;
use crate::model::facts::{Dpi, Ending, FileKind};
use crate::model::ids::ImageNumber;
use crate::model::overview::{FileLook, Overview, Overviewed};

/// A picture may do nothing but be seen.
const ALONE: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// A PDF is shown by the browser's own viewer, which opens none that is sandboxed and has a sandbox of its own. It may load
/// nothing, and only pages of ours may frame it.
const FRAMED: &str = "default-src 'none'; frame-ancestors 'self'";

/// How browsers show a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    content_type: &'static str,
    /// With what it is called when it is saved.
    disposition: &'static str,
    /// It has pages, of which the first is shown.
    is_pdf: bool,
}

#[derive(Template)]
#[template(path = "file.html", config = "src/web/page/askama.toml")]
struct File {
    frame: Frame,
    look: FileLook,
    place: String,
}

/// Where the file is in an address: its batch, its document, and its place among the files.
type At = (String, String, String);

/// The page of a file.
pub(super) async fn file(State(pages): State<Pages>, Path(at): Path<At>, asking: Asking) -> Response {
    let place = at.2.clone();
    let look = match ask(&pages, at).await {
        Ok(look) => look,
        Err(refusal) => return fault(&asking, &refusal),
    };
    let page = File { frame: asking.frame(Section::Batches), look, place };
    let mut response = respond::page(&asking, StatusCode::OK, &page);
    if page.is_pdf() {
        respond::let_frame(response.headers_mut());
    }
    response
}

/// The file itself, if browsers show it: by its bytes, whatever its name says.
pub(super) async fn picture(State(pages): State<Pages>, Path(at): Path<At>, asking: Asking) -> Response {
    let look = match ask(&pages, at).await {
        Ok(look) => look,
        Err(refusal) => return fault(&asking, &refusal),
    };
    let Some(shown) = look.facts.kind.and_then(shown) else {
        let refusal = Refusal::new(RefusalKind::Refused, "this file is none that browsers show");
        return refused(&asking, StatusCode::UNSUPPORTED_MEDIA_TYPE, &refusal);
    };
    let mut response = plain(StatusCode::OK, shown.content_type, look.bytes);
    let headers = response.headers_mut();
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(shown.disposition));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(if shown.is_pdf { FRAMED } else { ALONE }));
    if shown.is_pdf {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    response
}

async fn ask(pages: &Pages, (batch, image, file): At) -> Result<FileLook, Refusal> {
    let bad =
        |_| Refusal::new(RefusalKind::NotFound, format!("the document has no file {file:?}; its page shows them"));
    let file = file.parse().map_err(bad)?;
    match pages.ask(Overview::File { batch, image: ImageNumber::new(image), file }).await? {
        Overviewed::File(look) => Ok(*look),
        _ => Err(Pages::other()),
    }
}

/// How browsers show a file of this kind, if they do.
fn shown(kind: FileKind) -> Option<Shown> {
    let shown = |content_type, disposition| Some(Shown { content_type, disposition, is_pdf: kind == FileKind::Pdf });
    match kind {
        FileKind::Jpeg => shown("image/jpeg", "inline; filename=\"picture.jpg\""),
        FileKind::Png => shown("image/png", "inline; filename=\"picture.png\""),
        FileKind::Gif => shown("image/gif", "inline; filename=\"picture.gif\""),
        FileKind::Webp => shown("image/webp", "inline; filename=\"picture.webp\""),
        FileKind::Pdf => shown("application/pdf", "inline; filename=\"document.pdf\""),
        FileKind::Tiff | FileKind::Bmp | FileKind::Ofd | FileKind::Xml => None,
    }
}

impl File {
    fn record(&self) -> Option<&FileRecord> {
        self.look.record.files.first()
    }

    fn key(&self) -> &str {
        self.record().map(|file| file.object.key.as_str()).unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.key().rsplit('/').next().unwrap_or_default()
    }

    fn image(&self) -> &str {
        self.look.record.document.image_number.as_str()
    }

    fn batch(&self) -> String {
        batch_at(self.look.line.number.as_str()).into_text()
    }

    fn document(&self) -> String {
        batch_at(self.look.line.number.as_str()).then("documents").value(self.image()).into_text()
    }

    /// Whether it is shown by the browser's viewer of PDFs.
    fn is_pdf(&self) -> bool {
        self.look.facts.kind.and_then(shown).is_some_and(|shown| shown.is_pdf)
    }

    /// Where the file itself is, if it is one that browsers show.
    fn picture(&self) -> Option<String> {
        self.look.facts.kind.and_then(shown)?;
        let document = batch_at(self.look.line.number.as_str()).then("documents").value(self.image());
        Some(document.then("files").value(&self.place).then("picture").into_text())
    }

    fn kind(&self) -> String {
        let kind = self.look.facts.kind.map(|kind| kind.to_string().to_uppercase());
        kind.unwrap_or_else(|| self.frame.say("none that is known here", "未知类型").to_owned())
    }

    fn pixels(&self) -> Option<String> {
        self.look.facts.pixels.map(|(across, down)| format!("{across} × {down}"))
    }

    fn dpi(&self) -> String {
        match self.look.facts.dpi {
            Dpi::Known { x, y } if (x - y).abs() < 0.5 => format!("{x:.0}"),
            Dpi::Known { x, y } => format!("{x:.0} × {y:.0}"),
            Dpi::Unknown => self.frame.say("the file does not say", "文件未注明").to_owned(),
            Dpi::NotApplicable => self.frame.say("not applicable", "不适用").to_owned(),
        }
    }

    fn ending(&self) -> &'static str {
        match self.look.facts.ending {
            Ending::Whole => self.frame.say("yes", "是"),
            Ending::Truncated => self.frame.say("no: it ends too early", "否：文件被截断"),
            Ending::Unknown => self.frame.say("not determined", "无法确定"),
        }
    }

    fn size(&self) -> String {
        self.frame.size(self.look.bytes.len() as u64)
    }
}
