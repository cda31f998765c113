//! A file of a batch's report folder, to be saved.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderValue};

use super::fault::fault;
use super::query::Asking;
use super::respond::plain;
use super::routes::Pages;
use crate::model::overview::{Overview, Overviewed};

/// Gives the file.
pub(super) async fn report_file(
    State(pages): State<Pages>,
    Path((batch, name)): Path<(String, String)>,
    asking: Asking,
) -> Response {
    let bytes = match pages.ask(Overview::ReportFile { batch, name: name.clone() }).await {
        Ok(Overviewed::ReportFile(bytes)) => bytes,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let mut response = plain(StatusCode::OK, content_type(&name), bytes);
    let headers = response.headers_mut();
    // The names of a report's files are fixed words.
    if let Ok(saved) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, saved);
    }
    // Whoever opens it in place all the same gets no script of it run in our name.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "csv" => "text/csv; charset=utf-8",
        _ => "text/markdown; charset=utf-8",
    }
}
