//! The audit log as a stream of lines: one page in memory at a time, and none asked for once the client is gone.

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream::{self, Stream};
use http::StatusCode;

use crate::model::audit::{AuditRow, EventFilter};
use crate::model::control::{MAX_ROWS, Page, Refusal, RefusalKind, Reply, Request};
use crate::model::ids::ImageNumber;
use crate::model::text::safe_json;
use crate::web::parameters::Parameters;
use crate::web::problem::{Problem, data};
use crate::web::routes::{At, Caller};

/// What a line of JSON each is called.
pub(super) const LINES: &str = "application/jsonl";

/// Where an export is.
struct Export {
    caller: Caller,
    batch: String,
    filter: EventFilter,
    /// The page that is to be written.
    page: Page<AuditRow>,
    /// All pages are written.
    ended: bool,
}

pub(super) async fn events(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let filter = EventFilter {
        from: parameters.instant("from")?,
        until: parameters.instant("until")?,
        image: parameters.text("image").map(ImageNumber::new),
    };
    // The first page before the head, so that what cannot be answered is told as such.
    let page = page(&caller, &batch, &filter, None).await?;
    let export = Export { caller, batch, filter, page, ended: false };
    Ok(data(StatusCode::OK, LINES, Body::from_stream(lines(export))))
}

/// Page after page as lines. An error breaks the answer off before its end, which clients notice.
fn lines(export: Export) -> impl Stream<Item = Result<Bytes, Refusal>> {
    stream::try_unfold(export, async |mut export| {
        if export.ended {
            return Ok(None);
        }
        let text = text(&export.page.rows)?;
        match export.page.next.take() {
            None => export.ended = true,
            next => export.page = page(&export.caller, &export.batch, &export.filter, next).await?,
        }
        Ok(Some((Bytes::from(text), export)))
    })
}

fn text(rows: &[AuditRow]) -> Result<String, Refusal> {
    let mut text = String::new();
    for row in rows {
        let line = serde_json::to_string(row).map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?;
        text.push_str(&safe_json(&line));
        text.push('\n');
    }
    Ok(text)
}

async fn page(
    caller: &Caller,
    batch: &str,
    filter: &EventFilter,
    after: Option<String>,
) -> Result<Page<AuditRow>, Refusal> {
    let request = Request::Events { batch: batch.to_owned(), filter: filter.clone(), after, limit: MAX_ROWS };
    match caller.reply(request).await? {
        Reply::Events(page) => Ok(page),
        _ => Err(Refusal::new(RefusalKind::Unavailable, "the daemon gave another answer than was asked for")),
    }
}
