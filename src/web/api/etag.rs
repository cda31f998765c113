//! Entity tags: who has the bytes already is told so instead of being sent them.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use crate::model::ids::Digest;
use crate::web::problem::data;

/// What a request to read says of the bytes that the client has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web) struct Conditions {
    /// It reads.
    reads: bool,
    /// Tags that it has; `*` for any.
    has: Vec<String>,
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let lists = parts.headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        // Compared weakly, as RFC 9110 demands for this header. No tag of ours has a comma.
        let tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/").to_owned());
        Ok(Self { reads: matches!(parts.method, Method::GET | Method::HEAD), has: tags.collect() })
    }
}

impl Conditions {
    /// JSON, or that the client has it. What a command answers has no tag: it is not to be asked for again.
    pub(in crate::web) fn answer(&self, json: Vec<u8>) -> Response {
        if !self.reads {
            return data(StatusCode::OK, "application/json", json);
        }
        let tag = format!("\"{}\"", &Digest::of(&json).to_string()[..32]);
        let is_there = self.has.iter().any(|has| *has == tag || has == "*");
        let mut response = match is_there {
            true => data(StatusCode::NOT_MODIFIED, "application/json", Vec::new()),
            false => data(StatusCode::OK, "application/json", json),
        };
        let headers = response.headers_mut();
        if is_there {
            headers.remove(CONTENT_TYPE);
        }
        // Hexadecimal digits between quotes stand in a header as they are.
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(method: Method, has: Option<&str>) -> Response {
        let mut request = http::Request::builder().method(method).uri("/");
        if let Some(has) = has {
            request = request.header(IF_NONE_MATCH, has);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        Conditions::from_request_parts(&mut parts, &()).await.unwrap().answer(b"{}".to_vec())
    }

    fn tag(response: &Response) -> Option<&str> {
        response.headers().get(ETAG).map(|tag| tag.to_str().unwrap())
    }

    #[tokio::test]
    async fn the_same_bytes_are_not_sent_again() {
        let first = answer(Method::GET, None).await;
        let own = tag(&first).unwrap().to_owned();
        assert_eq!(own, "\"44136fa355b3678a1146ad16f7e8649e\"");
        for has in [own.clone(), format!("W/{own}"), format!("\"x\", {own}"), "*".to_owned()] {
            let again = answer(Method::GET, Some(&has)).await;
            assert_eq!((again.status(), tag(&again)), (StatusCode::NOT_MODIFIED, Some(own.as_str())), "{has}");
            assert_eq!(again.headers().get(CONTENT_TYPE), None);
        }
        for has in ["\"x\"", "", "44136fa355b3678a1146ad16f7e8649e"] {
            assert_eq!(answer(Method::GET, Some(has)).await.status(), StatusCode::OK, "{has}");
        }
        let command = answer(Method::POST, Some("*")).await;
        assert_eq!((command.status(), tag(&command)), (StatusCode::OK, None));
    }
}
