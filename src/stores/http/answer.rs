//! What a server answered.

use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use http::response::Parts;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::super::error::one_line;
use super::said;

/// The end of one request that the store answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Answer {
    pub(super) status: StatusCode,
    /// The `<Code>` of an error, or the header in which Azure tells it.
    pub(super) code: Option<String>,
    /// Its `<Message>`.
    pub(super) message: Option<String>,
    /// Where the bucket is, where the server tells it.
    pub(super) region: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl Answer {
    /// The answer with this head and this (possibly cut) body; only errors have one that matters.
    pub(super) fn new(parts: &Parts, body: &[u8]) -> Self {
        let said::Said { code, message, region } = said::error(body).unwrap_or_default();
        let code = code.or_else(|| code_in_head(parts));
        Self {
            status: behind_success(parts.status, code.as_deref()).unwrap_or(parts.status),
            code,
            message,
            region: region.or_else(|| header(parts, "x-amz-bucket-region")),
            retry_after: retry_after(parts),
        }
    }

    pub(super) fn is_error(&self) -> bool {
        !self.status.is_success() || self.code.is_some()
    }

    /// In words: `HTTP 503 SlowDown: Please reduce your request rate`.
    pub(super) fn said(&self) -> String {
        let name = self.code.as_deref().or(self.status.canonical_reason()).unwrap_or_default();
        let said = format!("HTTP {} {name}", self.status.as_u16());
        let message = self.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        let region = self.region.as_ref().filter(|_| self.is_of_region());
        let region = region.map(|region| format!("; the bucket is in `region: {region}`")).unwrap_or_default();
        one_line(&format!("{said}{message}{region}"))
    }

    /// Whether the request was sent or signed for a region that the bucket is not in.
    fn is_of_region(&self) -> bool {
        let codes = ["AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"];
        self.status == StatusCode::MOVED_PERMANENTLY || self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }
}

/// The status that an error would have had, if it had not come behind a success that was sent before the end was known.
fn behind_success(status: StatusCode, code: Option<&str>) -> Option<StatusCode> {
    match code.filter(|_| status.is_success())? {
        "AccessDenied" | "InvalidObjectState" => Some(StatusCode::FORBIDDEN),
        "NoSuchKey" | "NoSuchVersion" => Some(StatusCode::NOT_FOUND),
        "PreconditionFailed" => Some(StatusCode::PRECONDITION_FAILED),
        "NotImplemented" => Some(StatusCode::NOT_IMPLEMENTED),
        _ => None,
    }
}

/// Azure tells the code in a header, too, which an answer to HEAD has.
fn code_in_head(parts: &Parts) -> Option<String> {
    header(parts, "x-ms-error-code")
}

fn header(parts: &Parts, name: &str) -> Option<String> {
    parts.headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Longest pause that a server may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// `Retry-After` in seconds or as a date.
fn retry_after(parts: &Parts) -> Option<Duration> {
    let text = parts.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = rfc2822::parse(text).ok()?.timestamp();
            Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default()
        }
    };
    Some(pause.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    fn answer(status: u16, retry_after: &str, body: &str) -> Answer {
        let response = Response::builder().status(status).header(RETRY_AFTER, retry_after).body(()).unwrap();
        Answer::new(&response.into_parts().0, body.as_bytes())
    }

    #[test]
    fn an_answer_is_told_by_status_code_and_message() {
        let body = "<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please wait.</Message>\
                    <RequestId>4</RequestId></Error>";
        let answer = answer(503, "7", body);
        assert_eq!(answer.said(), "HTTP 503 SlowDown: Please wait.");
        assert_eq!(answer.retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_wrong_region_is_told_with_the_right_one() {
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'eu' is wrong</Message><Region>us-west-2</Region></Error>";
        let said =
            "HTTP 400 AuthorizationHeaderMalformed: the region 'eu' is wrong; the bucket is in `region: us-west-2`";
        assert_eq!(answer(400, "0", body).said(), said);
        let head = Response::builder().status(301).header("x-amz-bucket-region", "us-west-2").body(()).unwrap();
        let said = Answer::new(&head.into_parts().0, b"").said();
        assert_eq!(said, "HTTP 301 Moved Permanently; the bucket is in `region: us-west-2`");
    }

    #[test]
    fn a_body_that_is_no_error_is_left_out() {
        assert_eq!(answer(502, "soon", "<html>Bad gateway").said(), "HTTP 502 Bad Gateway");
        let json = answer(400, "0", "{\"error\":{\"code\":400,\"message\":\"invalid\"}}");
        assert_eq!(json.said(), "HTTP 400 Bad Request: invalid");
        assert!(!answer(200, "0", "<CompleteMultipartUploadResult/>").is_error());
        assert!(answer(200, "0", "<Error><Code>InternalError</Code></Error>").is_error());
    }

    #[test]
    fn an_error_behind_a_success_is_what_it_would_have_been_alone() {
        let said = |code: &str| answer(200, "0", &format!("\n <Error><Code>{code}</Code></Error>")).said();
        assert_eq!(said("AccessDenied"), "HTTP 403 AccessDenied");
        assert_eq!(said("PreconditionFailed"), "HTTP 412 PreconditionFailed");
        assert_eq!(said("InternalError"), "HTTP 200 InternalError");
    }

    #[test]
    fn azure_tells_its_code_in_the_head() {
        let head = Response::builder().status(404).header("x-ms-error-code", "ContainerNotFound").body(()).unwrap();
        assert_eq!(Answer::new(&head.into_parts().0, b"").said(), "HTTP 404 ContainerNotFound");
    }

    #[test]
    fn a_pause_may_be_a_date_and_is_bounded() {
        assert_eq!(answer(503, "Fri, 31 Dec 1999 23:59:59 GMT", "").retry_after, Some(Duration::ZERO));
        assert_eq!(answer(503, "Fri, 31 Dec 2100 23:59:59 GMT", "").retry_after, Some(MAX_RETRY_AFTER));
        assert_eq!(answer(503, "99999999", "").retry_after, Some(MAX_RETRY_AFTER));
        assert_eq!(answer(503, "later", "").retry_after, None);
    }
}
