//! What the API's routes do: HTTP into requests, replies into HTTP. What a request means is the daemon's to know, and where
//! each stands is the table's (`api::table`).

use axum::extract::{FromRequestParts, OriginalUri, Path};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::request::Parts;
use http::{Method, StatusCode};

use super::api::Conditions;
use super::asked::Desk;
use super::body::Json;
use super::parameters::Parameters;
use super::problem::Problem;
use super::target::ROOT;
use super::wire::{self, PlanBody, ResyncBody, SpecBody, VerifyBody};
use crate::model::audit::EventFilter;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::event::Operator;
use crate::model::ids::ImageNumber;

/// Who asks, and whom to ask.
pub(super) struct Caller {
    desk: Desk,
    operator: Operator,
    conditions: Conditions,
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let operator = parts.extensions.get::<Operator>().cloned();
        let operator = operator.unwrap_or_else(|| Operator { name: "unknown".to_owned(), commit: None });
        let Ok(conditions) = Conditions::from_request_parts(parts, desk).await;
        Ok(Self { desk: desk.clone(), operator, conditions })
    }
}

impl Caller {
    async fn ask(self, request: Request) -> Result<Response, Problem> {
        let reply = self.reply(request).await?;
        let body = wire::encode(&reply).map_err(|error| {
            let detail = format_args!("the answer cannot be written as JSON: {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, RefusalKind::Unavailable, detail)
        })?;
        Ok(self.conditions.answer(body))
    }

    /// The answer as a value.
    pub(super) async fn reply(&self, request: Request) -> Result<Reply, Refusal> {
        self.desk.ask(request, self.operator.clone()).await
    }
}

/// The batch that a path names.
pub(super) struct At(pub(super) String);

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
pub(super) fn about(method: MethodFilter, make: fn(String) -> Request) -> MethodRouter<Desk> {
    on(method, move |caller: Caller, At(batch): At, _: Parameters| async move { caller.ask(make(batch)).await })
}

pub(super) async fn batches(caller: Caller, parameters: Parameters) -> Result<Response, Problem> {
    caller.ask(Request::Batches { after: parameters.text("after"), limit: parameters.limit()? }).await
}

pub(super) async fn documents(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let request = Request::Documents {
        batch,
        status: parameters.status()?,
        code: parameters.code()?,
        after: parameters.text("after").map(ImageNumber::new),
        limit: parameters.limit()?,
    };
    caller.ask(request).await
}

pub(super) async fn chains(caller: Caller, parameters: Parameters) -> Result<Response, Problem> {
    caller.ask(Request::Chains { after: parameters.text("after"), limit: parameters.limit()? }).await
}

pub(super) async fn events(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let filter = EventFilter {
        from: parameters.instant("from")?,
        until: parameters.instant("until")?,
        image: parameters.text("image").map(ImageNumber::new),
    };
    caller.ask(Request::Events { batch, filter, after: parameters.text("after"), limit: parameters.limit()? }).await
}

pub(super) async fn audit(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let against = parameters.anchor()?;
    caller.ask(Request::CheckAudit { batch, against }).await
}

pub(super) async fn records(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let [image, after] = ["image", "after"].map(|name| parameters.text(name).map(ImageNumber::new));
    caller.ask(Request::Records { batch, after, image, limit: parameters.limit()? }).await
}

pub(super) async fn files(caller: Caller, At(batch): At, parameters: Parameters) -> Result<Response, Problem> {
    let image = parameters.text("image");
    let image = image.ok_or_else(|| Problem::invalid("name the document: ?image=IMAGE_NUMBER"))?;
    caller.ask(Request::Files { batch, image: ImageNumber::new(image) }).await
}

pub(super) async fn resync(
    caller: Caller,
    At(batch): At,
    _: Parameters,
    Json(ResyncBody { scope }): Json<ResyncBody>,
) -> Result<Response, Problem> {
    caller.ask(Request::Resync { batch, scope }).await
}

pub(super) async fn verify(
    caller: Caller,
    At(batch): At,
    _: Parameters,
    Json(VerifyBody { sample }): Json<VerifyBody>,
) -> Result<Response, Problem> {
    caller.ask(Request::Verify { batch, sample }).await
}

pub(super) async fn plan(
    caller: Caller,
    _: Parameters,
    Json(PlanBody { file, text, within }): Json<PlanBody>,
) -> Result<Response, Problem> {
    caller.ask(Request::Plan { file, text, within }).await
}

pub(super) async fn check_spec(
    caller: Caller,
    _: Parameters,
    Json(SpecBody { file, text }): Json<SpecBody>,
) -> Result<Response, Problem> {
    caller.ask(Request::CheckSpec { file, text }).await
}

pub(super) async fn write_spec(
    caller: Caller,
    _: Parameters,
    Json(SpecBody { file, text }): Json<SpecBody>,
) -> Result<Response, Problem> {
    caller.ask(Request::WriteSpec { file, text }).await
}

pub(super) async fn rescan(caller: Caller, _: Parameters) -> Result<Response, Problem> {
    caller.ask(Request::Rescan).await
}

pub(super) async fn unknown(OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format_args!("nothing is at {:?}; the batches are at {ROOT}/batches", uri.path());
    Problem::new(StatusCode::NOT_FOUND, RefusalKind::NotFound, detail)
}

pub(super) async fn not_allowed(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format_args!("{method} does nothing at {:?}; the Allow header says what does", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, RefusalKind::Invalid, detail)
}
