//! What each route may answer besides what it is asked for.

use serde_json::{Map, Value, json};

use super::route::{Answer, Route, Verb};

/// Where problems are described.
const PROBLEM: &str = "#/components/schemas/Problem";

/// The problems that a route may answer, by status.
pub(super) fn problems(route: &Route) -> Map<String, Value> {
    let always = [400, 401, 403, 404, 408, 413, 414, 429, 431, 500, 503];
    let may_conflict = route.verb != Verb::Get || matches!(route.answer, Answer::Zip);
    let statuses = always.into_iter().chain(may_conflict.then_some(409));
    let statuses = statuses.chain(route.body.is_some().then_some(415));
    statuses.map(|status| (status.to_string(), problem(status))).collect()
}

fn problem(status: u16) -> Value {
    let mut response = json!({
        "description": says(status),
        "content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}},
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", json!({"type": "string"}))),
        429 | 503 => Some(("Retry-After", json!({"type": "integer", "minimum": 1}))),
        _ => None,
    };
    if let Some((name, schema)) = header {
        // That a store cannot answer has no end that is known.
        response["headers"] = json!({name: {"schema": schema, "required": status != 503}});
    }
    response
}

fn says(status: u16) -> &'static str {
    match status {
        400 => "The request makes no sense; `detail` says what would.",
        401 => "Nothing says who asks, or it is not known.",
        403 => "Whoever asks may not.",
        404 => "There is no such batch or document, or nothing at this path.",
        408 => "The body did not arrive in time.",
        409 => "Not in this state, or not by the rules; no bag, because a file is not what its receipt says.",
        413 => "The body is too large, or the answer would be.",
        414 => "Path and query are too long.",
        415 => "The body must be JSON.",
        429 => "Too often; `Retry-After` says when.",
        431 => "The headers are too large.",
        500 => "A mistake of the daemon's own.",
        _ => "The ledger, a store or the daemon cannot answer now.",
    }
}
