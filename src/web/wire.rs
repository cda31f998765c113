//! Requests and replies as HTTP carries them: what the client sends and reads, and what the routes write.
//!
//! The routes are the other half of [`call`]; a test sends every request through both.

use http::Method;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, de, ser};
use serde_json::Result;

use super::target::Target;
use crate::model::control::{Page, Reply, Request};
use crate::model::event::Sample;
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::spec::ResyncScope;
use crate::model::status::ItemStatus;
use crate::model::units::Span;

/// What is said of a question that does not go over the wire.
const WITHIN: &str = "what a page shows is asked within the daemon alone";

/// What is said of a bag, which is no value: its answer is the file itself.
const FILE: &str = "a bag is answered by a file, which is not read as a value";

/// The body of a resync.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResyncBody {
    /// Failed and pending documents, or the whole scope anew.
    pub(super) scope: ResyncScope,
}

/// The body of a verification.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VerifyBody {
    /// Only a sample of the documents; absent: all.
    #[serde(default)]
    pub(super) sample: Option<Sample>,
}

/// The body of a plan.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PlanBody {
    /// The path of the spec's file below the jobs directory: what it is called in messages, and what policies go by.
    pub(super) file: String,
    /// Its text.
    pub(super) text: String,
    /// Longest time, such as `30s`; then the plan is of what was looked at until then. Absent: as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "bound")]
    pub(super) within: Option<Span>,
}

/// The forms of a duration that are told of; others that people write are taken too.
fn bound(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": "^[0-9]{1,5}(ms|s|m|h)$"})
}

/// The text of a spec and where it lies, or is to lie.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SpecBody {
    /// The path of the spec's file below the jobs directory: what it is called in messages, and what policies go by.
    pub(super) file: String,
    /// Its text.
    pub(super) text: String,
}

/// Where a report was written.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    folder: String,
}

/// What a client sends.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query, encoded.
    pub(super) target: String,
    /// JSON; empty: none.
    pub(super) body: Vec<u8>,
}

/// A request as a call.
pub(super) fn call(request: &Request) -> Result<Call> {
    let body = match request {
        Request::Resync { scope, .. } => serde_json::to_vec(&ResyncBody { scope: *scope })?,
        Request::Verify { sample, .. } => serde_json::to_vec(&VerifyBody { sample: sample.clone() })?,
        Request::Plan { file, text, within } => {
            serde_json::to_vec(&PlanBody { file: file.clone(), text: text.clone(), within: *within })?
        }
        Request::CheckSpec { file, text } | Request::WriteSpec { file, text } => {
            serde_json::to_vec(&SpecBody { file: file.clone(), text: text.clone() })?
        }
        _ => Vec::new(),
    };
    Ok(Call { method: method(request), target: target(request).into_text(), body })
}

fn method(request: &Request) -> Method {
    match request {
        Request::Batches { .. }
        | Request::Batch { .. }
        | Request::Documents { .. }
        | Request::Files { .. }
        | Request::Chains { .. }
        | Request::Events { .. }
        | Request::CheckAudit { .. }
        | Request::Spec { .. }
        | Request::Records { .. }
        | Request::Report { .. }
        | Request::Bag { .. }
        | Request::Overview(_) => Method::GET,
        Request::Delete { .. } => Method::DELETE,
        Request::WriteReport { .. }
        | Request::Plan { .. }
        | Request::CheckSpec { .. }
        | Request::WriteSpec { .. }
        | Request::Verify { .. }
        | Request::Resync { .. }
        | Request::Suspend { .. }
        | Request::Resume { .. }
        | Request::Cancel { .. }
        | Request::Rescan => Method::POST,
    }
}

fn target(request: &Request) -> Target {
    let batches = || Target::root().then("batches");
    let rows = |target: Target, limit: u32| target.with("limit", Some(&limit.to_string()));
    match request {
        Request::Batches { after, limit } => rows(batches().with("after", after.as_deref()), *limit),
        Request::Batch { batch } | Request::Delete { batch } => batches().value(batch),
        Request::Documents { batch, status, code, after, limit } => {
            let target = batches().value(batch).then("documents");
            let target = target.with("status", status.map(ItemStatus::as_str));
            let target = target.with("code", code.map(Code::as_str));
            rows(target.with("after", after.as_ref().map(ImageNumber::as_str)), *limit)
        }
        Request::Files { batch, image } => batches().value(batch).then("files").with("image", Some(image.as_str())),
        Request::Report { batch } | Request::WriteReport { batch } => batches().value(batch).then("report"),
        Request::Chains { after, limit } => rows(Target::root().then("chains").with("after", after.as_deref()), *limit),
        Request::Events { batch, filter, after, limit } => {
            let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
            let target = batches().value(batch).then("events");
            let target = target.with("from", instant(filter.from).as_deref());
            let target = target.with("until", instant(filter.until).as_deref());
            let target = target.with("image", filter.image.as_ref().map(ImageNumber::as_str));
            rows(target.with("after", after.as_deref()), *limit)
        }
        Request::CheckAudit { batch, against } => {
            let against = against.as_ref();
            let target = batches().value(batch).then("audit");
            let target = target.with("event", against.map(|anchor| anchor.event.to_string()).as_deref());
            target.with("digest", against.map(|anchor| anchor.digest.to_string()).as_deref())
        }
        Request::Spec { batch } => batches().value(batch).then("spec"),
        Request::Records { batch, after, image, limit } => {
            let target = batches().value(batch).then("records");
            let target = target.with("image", image.as_ref().map(ImageNumber::as_str));
            rows(target.with("after", after.as_ref().map(ImageNumber::as_str)), *limit)
        }
        Request::Bag { batch, image } => bag(batch, image.as_ref()),
        Request::Verify { batch, .. } => batches().value(batch).then("verify"),
        Request::Resync { batch, .. } => batches().value(batch).then("resync"),
        Request::Suspend { batch } => batches().value(batch).then("suspend"),
        Request::Resume { batch } => batches().value(batch).then("resume"),
        Request::Cancel { batch } => batches().value(batch).then("cancel"),
        Request::Plan { .. } => Target::root().then("plan"),
        Request::CheckSpec { .. } => Target::root().then("specs").then("check"),
        Request::WriteSpec { .. } => Target::root().then("specs"),
        Request::Rescan => Target::root().then("rescan"),
        // Nothing answers there: pages ask within the daemon.
        Request::Overview(_) => Target::root().then("overview"),
    }
}

/// Where a bag is asked for.
pub(super) fn bag(batch: &str, image: Option<&ImageNumber>) -> Target {
    Target::root().then("batches").value(batch).then("bag").with("image", image.map(ImageNumber::as_str))
}

/// A reply as the body of an answer.
pub(super) fn encode(reply: &Reply) -> Result<Vec<u8>> {
    match reply {
        Reply::Batches(page) => serde_json::to_vec(page),
        Reply::Batch(batch) => serde_json::to_vec(batch),
        Reply::Documents(page) => serde_json::to_vec(page),
        Reply::Files(rows) => serde_json::to_vec(&Page::new(rows.iter().collect(), None)),
        Reply::Report(rows) => serde_json::to_vec(&Page::new(rows.iter().collect(), None)),
        Reply::Written(folder) => serde_json::to_vec(&Written { folder: folder.clone() }),
        Reply::Chains(page) => serde_json::to_vec(page),
        Reply::Events(page) => serde_json::to_vec(page),
        Reply::AuditChecked(verdict) => serde_json::to_vec(verdict),
        Reply::Spec(spec) => serde_json::to_vec(spec),
        Reply::Records(page) => serde_json::to_vec(page),
        Reply::Verified(view) => serde_json::to_vec(view),
        Reply::Checked(checked) => serde_json::to_vec(checked),
        Reply::SpecWritten(written) => serde_json::to_vec(written),
        Reply::Plan(plan) => serde_json::to_vec(plan),
        Reply::Rescanned(found) => serde_json::to_vec(found),
        Reply::Bag(_) => Err(ser::Error::custom(FILE)),
        Reply::Overview(_) => Err(ser::Error::custom(WITHIN)),
    }
}

/// The body of an answer as the reply that a request has.
pub(super) fn decode(request: &Request, body: &[u8]) -> Result<Reply> {
    match request {
        Request::Batches { .. } => read(body).map(Reply::Batches),
        Request::Documents { .. } => read(body).map(Reply::Documents),
        Request::Files { .. } => read(body).map(|page: Page<_>| Reply::Files(page.rows)),
        Request::Report { .. } => read(body).map(|page: Page<_>| Reply::Report(page.rows)),
        Request::WriteReport { .. } => read(body).map(|written: Written| Reply::Written(written.folder)),
        Request::Chains { .. } => read(body).map(Reply::Chains),
        Request::Events { .. } => read(body).map(Reply::Events),
        Request::CheckAudit { .. } => read(body).map(Reply::AuditChecked),
        Request::Spec { .. } => read(body).map(Reply::Spec),
        Request::Records { .. } => read(body).map(Reply::Records),
        Request::Verify { .. } => read(body).map(Reply::Verified),
        Request::Plan { .. } => read(body).map(Reply::Plan),
        Request::CheckSpec { .. } => read(body).map(Reply::Checked),
        Request::WriteSpec { .. } => read(body).map(Reply::SpecWritten),
        Request::Rescan => read(body).map(Reply::Rescanned),
        Request::Bag { .. } => Err(de::Error::custom(FILE)),
        Request::Overview(_) => Err(de::Error::custom(WITHIN)),
        Request::Batch { .. }
        | Request::Resync { .. }
        | Request::Suspend { .. }
        | Request::Resume { .. }
        | Request::Cancel { .. }
        | Request::Delete { .. } => read(body).map(Reply::Batch),
    }
}

fn read<T: de::DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
}
