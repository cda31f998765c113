//! Why someone may not, as an answer.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::model::control::{Refusal, RefusalKind};
use crate::web::problem::Problem;
use crate::web::{socket, target};

/// Why someone may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Denied {
    /// There is no `access`, and the listener is open to more than this machine.
    NotServed,
    /// The name in the request is not one of ours, so a page of another site may have made a browser ask.
    StrangeHost(String),
    /// There is no `access`, so nobody commands anything here.
    NobodyActs,
    /// Nothing says who asks.
    NoToken,
    /// What should say who asks is unknown.
    WrongToken,
    /// A viewer wants to command something.
    OnlyViewer,
    /// A cookie commands something without what shows that its owner means it.
    NotMeant,
    /// Too often, for so long.
    TooOften(Duration),
}

impl Denied {
    /// The same for a page: its status, and why.
    pub(in crate::web) fn told(&self) -> (StatusCode, Refusal) {
        (self.status(), Refusal::new(self.kind(), self.detail()))
    }

    /// Whether signing in helps.
    pub(in crate::web) fn asks_who(&self) -> bool {
        matches!(self, Self::NoToken | Self::WrongToken)
    }

    /// Seconds after which it may be tried again, if it is only too early.
    pub(in crate::web) fn wait(&self) -> Option<u64> {
        if let Self::TooOften(wait) = self { Some(seconds(*wait)) } else { None }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotServed => StatusCode::NOT_FOUND,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::StrangeHost(_) | Self::NobodyActs | Self::OnlyViewer | Self::NotMeant => StatusCode::FORBIDDEN,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::NotServed => RefusalKind::NotFound,
            Self::TooOften(_) => RefusalKind::Unavailable,
            _ => RefusalKind::Refused,
        }
    }

    fn detail(&self) -> String {
        let (socket, root) = (socket::NAME, target::ROOT);
        match self {
            Self::NotServed => format!(
                "the API is not served here: `listen` is open to other machines, and the config has no `access`; add it, or \
                 ask over the Unix socket in the state directory: curl --unix-socket STATE/{socket} \
                 http://localhost{root}/batches"
            ),
            Self::StrangeHost(host) => format!(
                "the header Host names {host:?}, which is neither localhost nor an address of this listener; ask for \
                 http://localhost:PORT, or configure `access`"
            ),
            Self::NobodyActs => format!(
                "the config has no `access`, so that the API only reads here; add an operator to it, or use the command or \
                 the Unix socket {socket} in the state directory"
            ),
            Self::NoToken => {
                "say who asks: send the header `Authorization: Bearer TOKEN`, with a token of a name in `access` \
                              of the config"
                    .to_owned()
            }
            Self::WrongToken => {
                "this token or session is not known, or no more: take one from the file that `access` of the \
                                 config names, or sign in again"
                    .to_owned()
            }
            Self::OnlyViewer => {
                "this token is a viewer's, who reads; for this the config must say `role: operator`".to_owned()
            }
            Self::NotMeant => {
                "this session commands nothing without the header X-CSRF-Token, with the value that signing in \
                               gave, and an Origin that equals Host"
                    .to_owned()
            }
            Self::TooOften(wait) => format!("too often; ask again in {} s", seconds(*wait)),
        }
    }
}

/// Whole seconds after which it is surely over.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + 1
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let mut response = Problem::new(self.status(), self.kind(), self.detail()).into_response();
        let (headers, wait) = (response.headers_mut(), self.wait());
        let challenge = match self {
            Self::NoToken => Some("Bearer realm=\"batchferry\""),
            Self::WrongToken => Some("Bearer realm=\"batchferry\", error=\"invalid_token\""),
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = wait {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
