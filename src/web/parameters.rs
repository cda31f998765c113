//! The parameters of a query: known ones only, each once, each of its type.

use axum::extract::{FromRequestParts, Query};
use http::Uri;
use http::request::Parts;
use jiff::Timestamp;

use super::api::Route;
use super::problem::Problem;
use crate::model::audit::Anchor;
use crate::model::control::MAX_ROWS;
use crate::model::failure::Code;
use crate::model::status::ItemStatus;

/// Rows of a page where none are asked for.
const ROWS: u32 = 100;

/// What stands in a query, decoded, in its order.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let route = parts.extensions.get::<&'static Route>();
        let known: Vec<&str> = route.iter().flat_map(|route| route.parameters).map(|known| known.name).collect();
        Self::of(&parts.uri)?.only(&known)
    }
}

impl Parameters {
    fn of(uri: &Uri) -> Result<Self, Problem> {
        let unreadable = |error| Problem::invalid(format_args!("the query cannot be read: {error}"));
        Query::try_from_uri(uri).map(|Query(pairs)| Self(pairs)).map_err(unreadable)
    }

    /// Demands that there are no others than these, and none of them twice.
    fn only(self, known: &[&str]) -> Result<Self, Problem> {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(Problem::invalid(format_args!("no parameter {name:?} here; {}", allowed(known))));
            }
            if self.0[..at].iter().any(|(other, _)| other == name) {
                return Err(Problem::invalid(format_args!("the parameter {name:?} is given twice; give it once")));
            }
        }
        Ok(self)
    }

    /// One of them as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    }

    /// `limit`, within what one page may have.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.text("limit") else { return Ok(ROWS) };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            let detail = format_args!("limit is a number of rows from 1 to {MAX_ROWS}; found {text:?}");
            return Err(Problem::invalid(detail));
        }
        // Digits that no number holds are more than the most.
        Ok(text.parse().unwrap_or(MAX_ROWS).clamp(1, MAX_ROWS))
    }

    /// An instant, as RFC 3339 writes it.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let read = |text: String| {
            text.parse().map_err(|_| {
                Problem::invalid(format_args!("{name} is an instant such as 2025-04-02T00:00:00Z; found {text:?}"))
            })
        };
        self.text(name).map(read).transpose()
    }

    /// `event` and `digest`: the head of an audit log at a moment.
    pub(super) fn anchor(&self) -> Result<Option<Anchor>, Problem> {
        let (event, digest) = match (self.text("event"), self.text("digest")) {
            (None, None) => return Ok(None),
            (Some(event), Some(digest)) => (event, digest),
            _ => return Err(Problem::invalid("`event` and `digest` belong together: give both or none")),
        };
        let bad = |what: &str, found: &str| Problem::invalid(format_args!("{what}; found {found:?}"));
        let number = event.parse().map_err(|_| bad("event is the number of an event", &event))?;
        let digest = digest.parse().map_err(|_| bad("digest is a SHA-256 of 64 hexadecimal digits", &digest))?;
        Ok(Some(Anchor { event: number, digest }))
    }

    /// `status`, without regard to case.
    pub(super) fn status(&self) -> Result<Option<ItemStatus>, Problem> {
        let named = |text: String| {
            let is_named = |status: &ItemStatus| status.as_str().eq_ignore_ascii_case(&text);
            ItemStatus::ALL.into_iter().find(is_named).ok_or_else(|| {
                let all = ItemStatus::ALL.map(ItemStatus::as_str).join(", ");
                Problem::invalid(format_args!("no status {text:?}; there are {all}"))
            })
        };
        self.text("status").map(named).transpose()
    }

    /// `code`, without regard to case.
    pub(super) fn code(&self) -> Result<Option<Code>, Problem> {
        let named = |text: String| text.parse().map_err(|why: String| Problem::invalid(why));
        self.text("code").map(named).transpose()
    }
}

fn allowed(known: &[&str]) -> String {
    if known.is_empty() { "there are none".to_owned() } else { format!("there are {}", known.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        Parameters::of(&format!("/x{query}").parse().unwrap()).unwrap()
    }

    #[test]
    fn limits_are_clamped_and_what_is_no_number_is_refused() {
        for (query, limit) in
            [("", ROWS), ("?limit=7", 7), ("?limit=0", 1), ("?limit=99999999999999999999999999", MAX_ROWS)]
        {
            assert_eq!(parameters(query).limit(), Ok(limit), "{query}");
        }
        for query in ["?limit=", "?limit=-1", "?limit=%2B1", "?limit=ten", "?limit=1e3"] {
            assert!(parameters(query).limit().is_err(), "{query}");
        }
    }

    #[test]
    fn instants_are_those_of_rfc_3339() {
        let read = parameters("?from=2025-04-02T08:00:00%2B08:00").instant("from").unwrap();
        assert_eq!(read.unwrap().to_string(), "2025-04-02T00:00:00Z");
        for query in ["?from=", "?from=yesterday", "?from=2025-04-02"] {
            assert!(parameters(query).instant("from").is_err(), "{query}");
        }
    }

    #[test]
    fn a_head_is_a_number_and_a_digest() {
        let digest = "0a".repeat(32);
        let anchor = parameters(&format!("?event=7&digest={digest}")).anchor().unwrap().unwrap();
        assert_eq!((anchor.event, anchor.digest.to_string()), (7, digest));
        assert_eq!(parameters("").anchor(), Ok(None));
        for query in ["?event=7", "?digest=ab", "?event=x&digest=ab", "?event=7&digest=ab"] {
            assert!(parameters(query).anchor().is_err(), "{query}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_is() {
        let detail = |problem: Problem| crate::model::control::Refusal::from(problem).message;
        let unknown = parameters("?limt=3").only(&["after", "limit"]).unwrap_err();
        assert_eq!(detail(unknown), "no parameter \"limt\" here; there are after, limit");
        assert!(detail(parameters("?a=1&a=1").only(&["a"]).unwrap_err()).contains("twice"));
        assert!(detail(parameters("?status=lost").status().unwrap_err()).contains("AlreadyAtTarget"));
        assert!(detail(parameters("?code=Lost").code().unwrap_err()).contains("explain"));
        assert_eq!(parameters("?status=failed").status(), Ok(Some(ItemStatus::Failed)));
        assert_eq!(parameters("?code=missingrole").code(), Ok(Some(Code::MissingRole)));
    }
}
