//! The API's routes: HTTP into requests, replies into HTTP. What a request means is the daemon's to know.

use axum::extract::{DefaultBodyLimit, FromRequestParts, Path};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, get, on, post};
use axum::{Extension, Router};
use http::request::Parts;
use http::{Method, StatusCode, Uri};

use super::asked::Desk;
use super::body::{Json, MAX_BODY};
use super::parameters::Parameters;
use super::problem::{Problem, data};
use super::target::ROOT;
use super::wire::{self, PlanBody, ResyncBody, VerifyBody};
use crate::model::audit::EventFilter;
use crate::model::control::{RefusalKind, Request};
use crate::model::event::Operator;
use crate::model::ids::ImageNumber;

/// The API for one user.
pub(super) fn api(desk: Desk, operator: Operator) -> Router {
    let at = |rest: &str| format!("{ROOT}{rest}");
    let of_batch = |rest: &str| format!("{ROOT}/batches/{{batch}}{rest}");
    Router::new()
        .route(&at("/batches"), get(batches))
        .route(&of_batch(""), about(MethodFilter::GET, |batch| Request::Batch { batch }))
        .route(&of_batch(""), about(MethodFilter::DELETE, |batch| Request::Delete { batch }))
        .route(&of_batch("/documents"), get(documents))
        .route(&of_batch("/files"), get(files))
        .route(&of_batch("/events"), get(events))
        .route(&of_batch("/audit"), get(audit))
        .route(&at("/chains"), get(chains))
        .route(&of_batch("/report"), about(MethodFilter::GET, |batch| Request::Report { batch }))
        .route(&of_batch("/report"), about(MethodFilter::POST, |batch| Request::WriteReport { batch }))
        .route(&of_batch("/resync"), post(resync))
        .route(&of_batch("/spec"), about(MethodFilter::GET, |batch| Request::Spec { batch }))
        .route(&of_batch("/records"), get(records))
        .route(&of_batch("/verify"), post(verify))
        .route(&of_batch("/suspend"), about(MethodFilter::POST, |batch| Request::Suspend { batch }))
        .route(&of_batch("/resume"), about(MethodFilter::POST, |batch| Request::Resume { batch }))
        .route(&of_batch("/cancel"), about(MethodFilter::POST, |batch| Request::Cancel { batch }))
        .route(&at("/rescan"), post(rescan))
        .route(&at("/plan"), post(plan))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(Extension(operator))
        .with_state(desk)
}

/// Who asks, and whom to ask.
struct Caller {
    desk: Desk,
    operator: Operator,
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let operator = parts.extensions.get::<Operator>().cloned();
        let operator = operator.unwrap_or_else(|| Operator { name: "unknown".to_owned(), commit: None });
        Ok(Self { desk: desk.clone(), operator })
    }
}

impl Caller {
    async fn ask(self, request: Request) -> Result<Response, Problem> {
        let reply = self.desk.ask(request, self.operator).await?;
        let body = wire::encode(&reply).map_err(|error| {
            let detail = format_args!("the answer cannot be written as JSON: {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, RefusalKind::Unavailable, detail)
        })?;
        Ok(data(StatusCode::OK, "application/json", body))
    }
}

/// The batch that a path names.
struct At(String);

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::from_request_parts(parts, state).await;
        named
            .map(|Path(batch)| Self(batch))
            .map_err(|error| Problem::invalid(format_args!("the batch in the path cannot be read: {error}")))
    }
}

/// A route that takes the name of a batch and nothing else.
fn about(method: MethodFilter, make: fn(String) -> Request) -> MethodRouter<Desk> {
    on(method, move |caller: Caller, At(batch): At, parameters: Parameters| async move {
        parameters.only(&[])?;
        caller.ask(make(batch)).await
    })
}

async fn batches(caller: Caller, parameters: Parameters) -> Result<Response, Problem> {
    let parameters = parameters.only(&["after", "limit"])?;
    caller.ask(Request::Batches { after: parameters.text("after"), limit: parameters.limit()? }).await
}

async fn documents(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let parameters = parameters.only(&["status", "code", "after", "limit"])?;
    let request = Request::Documents {
        batch,
        status: parameters.status()?,
        code: parameters.code()?,
        after: parameters.text("after").map(ImageNumber::new),
        limit: parameters.limit()?,
    };
    caller.ask(request).await
}

async fn chains(caller: Caller, parameters: Parameters) -> Result<Response, Problem> {
    let parameters = parameters.only(&["after", "limit"])?;
    caller.ask(Request::Chains { after: parameters.text("after"), limit: parameters.limit()? }).await
}

async fn events(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let parameters = parameters.only(&["from", "until", "image", "after", "limit"])?;
    let filter = EventFilter {
        from: parameters.instant("from")?,
        until: parameters.instant("until")?,
        image: parameters.text("image").map(ImageNumber::new),
    };
    caller.ask(Request::Events { batch, filter, after: parameters.text("after"), limit: parameters.limit()? }).await
}

async fn audit(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let against = parameters.only(&["event", "digest"])?.anchor()?;
    caller.ask(Request::CheckAudit { batch, against }).await
}

async fn records(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let parameters = parameters.only(&["image", "after", "limit"])?;
    let [image, after] = ["image", "after"].map(|name| parameters.text(name).map(ImageNumber::new));
    caller.ask(Request::Records { batch, after, image, limit: parameters.limit()? }).await
}

async fn files(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let image = parameters.only(&["image"])?.text("image");
    let image = image.ok_or_else(|| Problem::invalid("name the document: ?image=IMAGE_NUMBER"))?;
    caller.ask(Request::Files { batch, image: ImageNumber::new(image) }).await
}

async fn resync(
    caller: Caller,
    At(batch): At,
    parameters: Parameters,
    Json(ResyncBody { scope }): Json<ResyncBody>,
) -> Result<Response, Problem> {
    parameters.only(&[])?;
    caller.ask(Request::Resync { batch, scope }).await
}

async fn verify(
    caller: Caller,
    At(batch): At,
    parameters: Parameters,
    Json(VerifyBody { sample }): Json<VerifyBody>,
) -> Result<Response, Problem> {
    parameters.only(&[])?;
    caller.ask(Request::Verify { batch, sample }).await
}

async fn plan(
    caller: Caller,
    parameters: Parameters,
    Json(PlanBody { file, text }): Json<PlanBody>,
) -> Result<Response, Problem> {
    parameters.only(&[])?;
    caller.ask(Request::Plan { file, text }).await
}

async fn rescan(caller: Caller, parameters: Parameters) -> Result<Response, Problem> {
    parameters.only(&[])?;
    caller.ask(Request::Rescan).await
}

async fn unknown(uri: Uri) -> Problem {
    let detail = format_args!("nothing is at {:?}; the batches are at {ROOT}/batches", uri.path());
    Problem::new(StatusCode::NOT_FOUND, RefusalKind::NotFound, detail)
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format_args!("{method} does nothing at {:?}; the Allow header says what does", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, RefusalKind::Invalid, detail)
}
