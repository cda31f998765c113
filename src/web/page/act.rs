//! Does what a form of a batch's page asks for, and leads back to the page.

use axum::Extension;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::action::Action;
use super::fault::{fault, not_done};
use super::query::Asking;
use super::respond;
use super::routes::Pages;
use super::told;
use crate::model::control::{Refusal, RefusalKind, Reply};
use crate::model::event::Operator;
use crate::web::access::{Denied, Guard, Peer};
use crate::web::asked::Desk;
use crate::web::body;
use crate::web::problem::Problem;

/// Who may, and whom to ask.
#[derive(Clone)]
pub(super) struct Acting {
    pub(super) guard: Guard,
    pub(super) desk: Desk,
}

/// What a form of an action sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    /// Absent: it is none of ours.
    #[serde(default)]
    csrf: String,
}

/// Does what `name` says.
pub(super) async fn act(
    State(acting): State<Acting>,
    Path((batch, name)): Path<(String, String)>,
    Extension(Peer(from)): Extension<Peer>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let asking = match Asking::from_request_parts(&mut parts, &()).await {
        Ok(asking) => asking,
        Err(never) => return never.into_response(),
    };
    let Some(action) = Action::named(&name) else { return fault(&asking, &unknown(&name)) };
    let headers = parts.headers.clone();
    let form: Form = match read(Request::from_parts(parts, body)).await {
        Ok(form) => form,
        Err(problem) => return problem.into_response(),
    };
    let operator = match acting.guard.form(&headers, &form.csrf, from) {
        Ok(operator) => operator,
        Err(denied) => return refuse(&asking, &denied),
    };
    match acting.act(action, batch, operator).await {
        Ok((batch, why)) => respond::led(told::leading(&batch, action, why.as_deref(), &form.csrf)),
        Err(refusal) => fault(&asking, &refusal),
    }
}

impl Acting {
    /// The batch's number, and why it was not done if it was not. What is no answer about a batch is an error.
    async fn act(
        &self,
        action: Action,
        batch: String,
        operator: Operator,
    ) -> Result<(String, Option<String>), Refusal> {
        match self.desk.ask(action.request(batch.clone()), operator).await {
            Ok(Reply::Batch(view)) => Ok((view.batch_number.to_string(), None)),
            Ok(_) => Err(Pages::other()),
            Err(refusal) if refusal.kind == RefusalKind::NotFound => Err(refusal),
            Err(refusal) => Ok((batch, Some(refusal.message))),
        }
    }
}

/// A form has its content type; what has another was made by something else.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    if body::is_form(&request) {
        return body::form(request).await;
    }
    let detail = "this takes the form of a page; programs ask the API, which docs/api.md describes";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, RefusalKind::Invalid, detail))
}

/// Says who may, in words for people with a browser.
pub(super) fn refuse(asking: &Asking, denied: &Denied) -> Response {
    let (status, refusal) = denied.told();
    let refusal = match denied {
        Denied::NotMeant => Refusal::new(
            RefusalKind::Refused,
            "this form is none of your session's, which may have ended since the page was made; go back, load the page \
             again and try once more",
        ),
        _ => refusal,
    };
    let mut response = not_done(asking, status, &refusal);
    if let Some(seconds) = denied.wait() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn unknown(name: &str) -> Refusal {
    let known: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
    Refusal::new(RefusalKind::NotFound, format!("no action is called {name:?}; there are {}", known.join(", ")))
}
