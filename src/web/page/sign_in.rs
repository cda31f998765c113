//! The form to sign in. What takes it stands in [`crate::web::access`].

use askama::Template;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::frame::{Frame, Section};
use super::query::Asking;
use super::respond;
use crate::web::access::{Guard, SIGN_IN, Why, is_own};
use crate::web::target::Target;

/// Most bytes of an address that one is led back to: with more, leading there would make an address that is too long.
const MOST: usize = 16 << 10;

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/web/page/askama.toml")]
struct SignIn {
    frame: Frame,
    why: Option<Why>,
    /// How long the reader has to wait.
    seconds: Option<u32>,
    /// Where signing in leads.
    next: String,
}

/// The form.
pub(super) async fn sign_in(State(guard): State<Guard>, request: Request) -> Response {
    if !guard.names_someone() {
        // Nobody has to, or nobody can; the pages say which.
        return respond::led(Target::at("/"));
    }
    let (mut parts, _) = request.into_parts();
    let asking = match Asking::from_request_parts(&mut parts, &()).await {
        Ok(asking) => asking,
        Err(never) => return never.into_response(),
    };
    let why = asking.word("why", &Why::ALL, Why::as_str).ok().flatten();
    let seconds = asking.parsed("seconds", "a number").ok().flatten();
    let next = asking.text("next").filter(|next| is_own(next)).unwrap_or("/").to_owned();
    let frame = asking.frame(Section::Nowhere);
    respond::page(&asking, StatusCode::OK, &SignIn { frame, why, seconds, next })
}

/// Leads to the form, and from there to `next`.
pub(super) fn lead(why: Option<Why>, next: &str) -> Response {
    let next = Some(next).filter(|next| next.len() <= MOST && is_own(next));
    respond::led(Target::at(SIGN_IN).with("why", why.map(Why::as_str)).with("next", next))
}

impl SignIn {
    /// Why the form is shown, in words, and how grave that is.
    fn told(&self) -> Option<(&'static str, String)> {
        let say = |english, chinese| self.frame.say(english, chinese).to_owned();
        Some(match self.why? {
            Why::Wrong => (
                "bad",
                say(
                    "This token is nobody's, or no more. Check that all of it was pasted, or ask for a new one.",
                    "令牌无效或已停用。请确认已完整粘贴，或申请新的令牌。",
                ),
            ),
            Why::Often => {
                let wait = self.seconds.unwrap_or(60).to_string();
                let text = say(
                    "Too many wrong tokens came from here. Try again in {n} s.",
                    "此处提交的错误令牌过多，请在 {n} 秒后重试。",
                );
                ("bad", text.replace("{n}", &wait))
            }
            Why::Ended => ("idle", say("Your session has ended. Sign in again.", "会话已结束，请重新登录。")),
            Why::Out => ("idle", say("You are signed out.", "您已退出登录。")),
        })
    }
}
