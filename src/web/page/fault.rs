//! A page that says why there is none, and the way back.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::frame::{Frame, Section};
use super::query::Asking;
use super::respond::page;
use crate::model::config::Language;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::text::capital;
use crate::web::problem::status;

#[derive(Template)]
#[template(path = "fault.html", config = "src/web/page/askama.toml")]
struct Fault {
    frame: Frame,
    status: u16,
    title: &'static str,
    /// What it comes to, where the message is in another language than the page.
    plainly: Option<&'static str>,
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
    let plainly = plainly(frame.language, status);
    page(asking, status, &Fault { frame, status: status.as_u16(), title, plainly, message })
}

/// What a refusal comes to and what to do next, in Chinese: the daemon's own words are English, and say it in full.
pub(super) fn plainly(language: Language, status: StatusCode) -> Option<&'static str> {
    if language != Language::Chinese {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => "此地址下没有内容：批次、单据或文件不存在，或已被删除。请从批次列表进入。",
        StatusCode::UNAUTHORIZED => "请先登录。",
        StatusCode::FORBIDDEN => {
            "您无权查看此页面或执行此操作。如需权限，请联系运维人员；若页面已打开较久，请返回刷新后重试。"
        }
        StatusCode::MISDIRECTED_REQUEST => "请使用 localhost 或数字形式的地址（如 127.0.0.1）打开本页面。",
        StatusCode::TOO_MANY_REQUESTS => "操作过于频繁，请稍候再试。",
        StatusCode::CONFLICT => "当前状态下无法执行，未作任何更改。",
        StatusCode::PAYLOAD_TOO_LARGE => "内容过大，无法在页面中显示，请使用命令行导出。",
        StatusCode::BAD_REQUEST => "地址或填写的内容无效，请检查后重试。",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "该文件的格式无法在页面中显示，请下载后查看。",
        _ => "守护进程、台账或存储暂时无法响应，请稍后重试；如持续出现，请查看守护进程日志。",
    })
}
