//! Specs that are not accepted, with what is wrong.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::fault::fault;
use super::frame::{Frame, Section};
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use crate::model::checks::Severity;
use crate::model::diagnostic::{Diagnostic, InvalidSpec};
use crate::model::overview::{Overview, Overviewed};
use crate::model::text::capital;

#[derive(Template)]
#[template(path = "invalid.html", config = "src/web/page/askama.toml")]
struct Invalid {
    frame: Frame,
    specs: Vec<InvalidSpec>,
}

/// The page of invalid specs.
pub(super) async fn invalid(State(pages): State<Pages>, asking: Asking) -> Response {
    let specs = match pages.ask(Overview::Invalid).await {
        Ok(Overviewed::Invalid(specs)) => specs,
        Ok(_) => return fault(&asking, &Pages::other()),
        Err(refusal) => return fault(&asking, &refusal),
    };
    let frame = asking.frame(Section::Invalid);
    respond::page(&asking, StatusCode::OK, &Invalid { frame, specs })
}

impl Invalid {
    fn message(&self, problem: &Diagnostic) -> String {
        capital(&problem.message)
    }

    fn is_warning(&self, problem: &Diagnostic) -> bool {
        problem.severity == Severity::Warn
    }

    /// Stands under what is marked in the line above.
    fn mark(&self, problem: &Diagnostic) -> String {
        let before = usize::try_from(problem.column.saturating_sub(1)).unwrap_or_default().min(200);
        let length = usize::try_from(problem.length.max(1)).unwrap_or(1).min(200);
        format!("{}{}", " ".repeat(before), "^".repeat(length))
    }
}
