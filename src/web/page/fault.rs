//! A page that says why there is none, and the way back.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::frame::{Frame, Section};
use super::query::Asking;
use super::respond::page;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::text::capital;
use crate::web::problem::status;

#[derive(Template)]
#[template(path = "fault.html", config = "src/web/page/askama.toml")]
struct Fault {
    frame: Frame,
    status: u16,
    title: &'static str,
    message: String,
}

/// Says why there is no answer.
pub(super) fn fault(asking: &Asking, refusal: &Refusal) -> Response {
    refused(asking, status(refusal.kind), refusal)
}

/// Says that something was not done, and why.
pub(super) fn not_done(asking: &Asking, status: StatusCode, refusal: &Refusal) -> Response {
    let frame = asking.frame(Section::Nowhere);
    let title = frame.say("Not done", "未执行");
    told(asking, status, frame, title, &refusal.message)
}

/// The same with a status of the caller's own.
pub(super) fn refused(asking: &Asking, status: StatusCode, refusal: &Refusal) -> Response {
    let frame = asking.frame(Section::Nowhere);
    let title = match refusal.kind {
        RefusalKind::NotFound => frame.say("Nothing is here", "此处没有内容"),
        RefusalKind::Refused => frame.say("Not shown here", "此处不予显示"),
        RefusalKind::Invalid => frame.say("The address makes no sense", "地址无效"),
        RefusalKind::TooLarge => frame.say("Too large for one answer", "内容过大"),
        RefusalKind::Busy | RefusalKind::Unavailable => frame.say("There is no answer just now", "暂时无法回答"),
    };
    told(asking, status, frame, title, &refusal.message)
}

fn told(asking: &Asking, status: StatusCode, frame: Frame, title: &'static str, message: &str) -> Response {
    let message = format!("{}.", capital(message.trim_end_matches('.')));
    page(asking, status, &Fault { frame, status: status.as_u16(), title, message })
}
