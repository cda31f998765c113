//! Parameters of queries, described once: the routes refuse all others.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::route::{Shape, shape};
use crate::model::control::MAX_ROWS;
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::status::ItemStatus;

/// A parameter of a query.
pub(in crate::web) struct Parameter {
    pub(in crate::web) name: &'static str,
    pub(super) says: &'static str,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

const fn optional(name: &'static str, says: &'static str, shape: Shape) -> Parameter {
    Parameter { name, says, shape, required: false }
}

/// `after`, where the rows have numbers.
pub(super) const AFTER: Parameter =
    optional("after", "The `next` of the page before, as it is; absent: the first page.", number);

/// `after`, where the rows have image numbers.
pub(super) const AFTER_IMAGE: Parameter =
    optional("after", "The `next` of the page before, as it is; absent: the first page.", text);

/// `limit`.
pub(super) const LIMIT: Parameter = optional("limit", "Most rows of a page: 1 to 1000; more count as 1000.", limit);

/// `status`.
pub(super) const STATUS: Parameter = optional("status", "Only documents that stand here.", shape::<ItemStatus>);

/// `code`.
pub(super) const CODE: Parameter = optional("code", "Only documents with this failure or warning.", shape::<Code>);

/// `image`, as a filter.
pub(super) const IMAGE: Parameter = optional("image", "Only this document, by its image number.", text);

/// `image`, without which nothing is asked.
pub(super) const THE_IMAGE: Parameter =
    Parameter { name: "image", says: "The image number of the document.", shape: text, required: true };

/// `from`.
pub(super) const FROM: Parameter = optional("from", "No event before this instant.", instant);

/// `until`.
pub(super) const UNTIL: Parameter = optional("until", "No event at or after this instant.", instant);

/// `event`.
pub(super) const EVENT: Parameter =
    optional("event", "With `digest`: the number of the event that a head kept elsewhere names.", number);

/// `digest`.
pub(super) const DIGEST: Parameter =
    optional("digest", "With `event`: the SHA-256 that a head kept elsewhere names.", shape::<Digest>);

fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string"})
}

fn number(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": "^[0-9]{1,9}$"})
}

fn instant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}

fn limit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "integer", "minimum": 0, "default": 100, "examples": [MAX_ROWS]})
}
