//! The page's answers: empty, and to what the form sends. Who may act may have a batch checked, planned and written.

use std::time::Duration;

use axum::Extension;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_DISPOSITION;

use super::form::{Form, Step};
use super::shown::{Judged, New};
use super::written;
use crate::model::checks::Severity;
use crate::model::control::{PlanView, Refusal, RefusalKind, Reply, Request as Ask};
use crate::model::diagnostic::Diagnostic;
use crate::model::draft::Choices;
use crate::model::event::Operator;
use crate::model::overview::{Overview, Overviewed};
use crate::model::units::Span;
use crate::specs;
use crate::web::access::Peer;
use crate::web::disposition::attachment;
use crate::web::page::act::{self, Acting};
use crate::web::page::fault::{fault, not_done};
use crate::web::page::frame::Section;
use crate::web::page::query::Asking;
use crate::web::page::respond;
use crate::web::page::routes::{Pages, ask};

/// The rule of a file's name, which is no field of a spec.
pub(super) const FILE_RULE: &str = "file-name";
/// Longest time that a plan for the page takes; a person waits for it.
const WITHIN: Duration = Duration::from_secs(30);
/// Longest wait for its turn besides, and for what is under way to end.
const TURN: Duration = Duration::from_secs(20);
/// Longest wait for the look that takes a new file in.
const LOOK: Duration = Duration::from_secs(2);

/// The empty form.
pub(in crate::web::page) async fn empty(State(acting): State<Acting>, asking: Asking) -> Response {
    let frame = asking.frame(Section::New);
    if frame.commands().is_none() {
        let message = "a batch is made here by operators who have signed in: the config names them in `access`, with \
                       `role: operator`; `batchferry new` writes a spec on a command line";
        let refusal = Refusal::new(RefusalKind::Refused, message);
        return not_done(&asking, StatusCode::FORBIDDEN, &refusal);
    }
    match choices(&acting).await {
        Ok(choices) => {
            let page = New { frame, choices, form: Form::default(), judged: None };
            respond::page(&asking, StatusCode::OK, &page)
        }
        Err(refusal) => fault(&asking, &refusal),
    }
}

/// What the form asks for.
pub(in crate::web::page) async fn posted(
    State(acting): State<Acting>,
    Extension(Peer(from)): Extension<Peer>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let asking = match Asking::from_request_parts(&mut parts, &()).await {
        Ok(asking) => asking,
        Err(never) => return never.into_response(),
    };
    let headers = parts.headers.clone();
    let form: Form = match act::read(Request::from_parts(parts, body)).await {
        Ok(form) => form,
        Err(problem) => return problem.into_response(),
    };
    let operator = match acting.guard.form(&headers, &form.csrf, from) {
        Ok(operator) => operator,
        Err(denied) => return act::refuse(&asking, &denied),
    };
    let text = specs::draft_text(&form.draft());
    if form.step == Step::Download {
        return download(&form.file(), text);
    }
    let answered = match acting.judge(&form, text, operator).await {
        Ok(Done::Written(to)) => return respond::led(to),
        Ok(Done::Judged(judged)) => choices(&acting).await.map(|choices| (choices, *judged)),
        Err(refusal) => Err(refusal),
    };
    match answered {
        Ok((choices, judged)) => {
            let page = New { frame: asking.frame(Section::New), choices, form, judged: Some(judged) };
            respond::page(&asking, StatusCode::OK, &page)
        }
        Err(refusal) => fault(&asking, &refusal),
    }
}

/// What came of a form.
enum Done {
    Written(crate::web::target::Target),
    Judged(Box<Judged>),
}

impl Acting {
    async fn judge(&self, form: &Form, text: String, operator: Operator) -> Result<Done, Refusal> {
        let file = form.file();
        let problems = self.problems(&file, &text, &operator).await?;
        let mut judged = Judged { file, text, problems, plan: None, unwritten: None, within: WITHIN };
        match form.step {
            Step::Plan if judged.is_valid() => judged.plan = Some(self.plan(&judged, operator).await),
            Step::Write => match self.write(&judged, operator, &form.csrf).await {
                Ok(to) => return Ok(Done::Written(to)),
                Err(refusal) => judged.unwritten = Some(refusal),
            },
            _ => {}
        }
        Ok(Done::Judged(Box::new(judged)))
    }

    async fn problems(&self, file: &str, text: &str, operator: &Operator) -> Result<Vec<Diagnostic>, Refusal> {
        if let Some(fault) = specs::file_fault(file) {
            // What policies say goes by the file, so nothing else can be told before it has a name.
            return Ok(vec![misnamed(file, fault)]);
        }
        let check = Ask::CheckSpec { file: file.to_owned(), text: text.to_owned() };
        match self.desk.ask(check, operator.clone()).await? {
            Reply::Checked(checked) => Ok(checked.diagnostics),
            _ => Err(Pages::other()),
        }
    }

    /// The plan of exactly the text that is shown. Whoever closes the page gives it up.
    async fn plan(&self, judged: &Judged, operator: Operator) -> Result<Box<PlanView>, Refusal> {
        let (file, text) = (judged.file.clone(), judged.text.clone());
        let plan = Ask::Plan { file, text, within: Some(Span(WITHIN)) };
        let late = |_| {
            let message =
                "other plans are being made, and this one did not get its turn in time; ask again in a minute";
            Err(Refusal::new(RefusalKind::Busy, message))
        };
        let asked = tokio::time::timeout(WITHIN + TURN, self.desk.ask(plan, operator)).await;
        match asked.unwrap_or_else(late)? {
            Reply::Plan(plan) => Ok(plan),
            _ => Err(Pages::other()),
        }
    }

    /// Writes the spec; gives the page that tells of it.
    async fn write(
        &self,
        judged: &Judged,
        operator: Operator,
        csrf: &str,
    ) -> Result<crate::web::target::Target, Refusal> {
        let write = Ask::WriteSpec { file: judged.file.clone(), text: judged.text.clone() };
        let Reply::SpecWritten(spec) = self.desk.ask(write, operator.clone()).await? else {
            return Err(Pages::other());
        };
        // The file is there; that it is seen soon is a courtesy where the system tells nothing of changes.
        let _ = tokio::time::timeout(LOOK, self.desk.ask(Ask::Rescan, operator)).await;
        Ok(written::leading(&spec, csrf))
    }
}

async fn choices(acting: &Acting) -> Result<Choices, Refusal> {
    match ask(&acting.desk, Overview::Choices).await? {
        Overviewed::Choices(choices) => Ok(choices),
        _ => Err(Pages::other()),
    }
}

fn misnamed(file: &str, fault: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Fail,
        rule: FILE_RULE.to_owned(),
        message: fault,
        suggestion: None,
        file: file.to_owned(),
        field: String::new(),
        line: 1,
        column: 1,
        length: 1,
        source_line: String::new(),
    }
}

/// The YAML as a file, for whoever commits it.
fn download(file: &str, text: String) -> Response {
    let mut response = respond::plain(StatusCode::OK, "application/yaml", text);
    let name = file.rsplit('/').next().unwrap_or(file);
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment(name));
    response
}
