//! One file of a document, read from its source when someone asks to see it: what its bytes say, and a picture of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderValue};

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
    let frame = asking.frame(Section::Batches);
    respond::page(&asking, StatusCode::OK, &File { frame, look, place })
}

/// The file itself, if it is a picture that browsers show: by its bytes, whatever its name says.
pub(super) async fn picture(State(pages): State<Pages>, Path(at): Path<At>, asking: Asking) -> Response {
    let look = match ask(&pages, at).await {
        Ok(look) => look,
        Err(refusal) => return fault(&asking, &refusal),
    };
    let Some((content_type, name)) = look.facts.kind.and_then(shown) else {
        let refusal = Refusal::new(RefusalKind::Refused, "this file is no picture that browsers show");
        return refused(&asking, StatusCode::UNSUPPORTED_MEDIA_TYPE, &refusal);
    };
    let mut response = plain(StatusCode::OK, content_type, look.bytes);
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE));
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

/// The content type of a picture that browsers show, and what it is called when it is saved.
fn shown(kind: FileKind) -> Option<(&'static str, &'static str)> {
    match kind {
        FileKind::Jpeg => Some(("image/jpeg", "inline; filename=\"picture.jpg\"")),
        FileKind::Png => Some(("image/png", "inline; filename=\"picture.png\"")),
        FileKind::Gif => Some(("image/gif", "inline; filename=\"picture.gif\"")),
        FileKind::Webp => Some(("image/webp", "inline; filename=\"picture.webp\"")),
        FileKind::Tiff | FileKind::Bmp | FileKind::Pdf | FileKind::Ofd | FileKind::Xml => None,
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

    /// Where the picture is, if it is one that browsers show.
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
