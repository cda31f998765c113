//! Which page is where.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header::ACCEPT;
use http::{HeaderMap, Uri};

use super::act::Acting;
use super::live::Hub;
use super::query::Asking;
use super::{
    act, assets, audit, batch, batches, document, documents, fault, file, guard, invalid, new, report_file, sign_in,
    stream,
};
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::event::Operator;
use crate::model::overview::{Overview, Overviewed};
use crate::web::access::{Guard, SIGN_IN};
use crate::web::asked::Desk;
use crate::web::body::MAX_BODY;
use crate::web::problem::Problem;

/// What the pages are made from.
#[derive(Clone)]
pub(in crate::web) struct Pages {
    desk: Desk,
    pub(super) hub: Arc<Hub>,
}

impl Pages {
    /// Pages of what this desk answers.
    pub(in crate::web) fn new(desk: Desk) -> Self {
        let hub = Hub::start(desk.clone());
        Self { desk, hub }
    }

    /// The routes.
    pub(in crate::web) fn routes(&self, readers: Guard) -> Router {
        let acting = Acting { guard: readers.clone(), desk: self.desk.clone() };
        Router::new()
            .route("/", get(batches::batches))
            .route("/batches/{batch}", get(batch::batch))
            .route("/batches/{batch}/documents", get(documents::documents))
            .route("/batches/{batch}/documents/{image}", get(document::document))
            .route("/batches/{batch}/documents/{image}/files/{file}", get(file::file))
            .route("/batches/{batch}/documents/{image}/files/{file}/picture", get(file::picture))
            .route("/batches/{batch}/audit", get(audit::audit))
            .route("/batches/{batch}/report/{name}", get(report_file::report_file))
            .route("/invalid", get(invalid::invalid))
            .route("/batches/{batch}/actions/{action}", post(act::act).with_state(acting.clone()))
            .route("/new", get(new::empty).post(new::posted).with_state(acting))
            .route("/events", get(stream::events))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(from_fn_with_state(readers.clone(), guard::guard))
            // What one needs to sign in tells nothing of batches.
            .route(SIGN_IN, get(sign_in::sign_in).with_state(readers))
            .route("/assets/{name}", get(assets::asset))
            .with_state(self.clone())
    }

    /// Ends the streams, which have no end of their own.
    pub(in crate::web) fn close(&self) {
        self.hub.close();
    }

    pub(super) async fn ask(&self, question: Overview) -> Result<Overviewed, Refusal> {
        ask(&self.desk, question).await
    }

    /// An answer to another question than was asked.
    pub(super) fn other() -> Refusal {
        Refusal::new(
            RefusalKind::Unavailable,
            "the daemon answered something else because of a mistake of its own; see its log",
        )
    }
}

/// Asks what a page shows. Nobody is asked who they are, and nothing is changed.
pub(super) async fn ask(desk: &Desk, question: Overview) -> Result<Overviewed, Refusal> {
    let reader = Operator { name: "unknown (page)".to_owned(), commit: None };
    match desk.ask(Request::Overview(question), reader).await? {
        Reply::Overview(shown) => Ok(*shown),
        _ => Err(Pages::other()),
    }
}

/// Says that nothing is at an address: to people as a page, to programs as a problem.
pub(in crate::web) fn lost(asking: &Asking, headers: &HeaderMap, uri: &Uri, problem: Problem) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepted.contains("text/html") {
        return problem.into_response();
    }
    let message = format!("nothing is at {:?}; the list of batches leads to everything that there is", uri.path());
    fault::fault(asking, &Refusal::new(RefusalKind::NotFound, message))
}
