//! One route: what it is called, takes and gives, and what answers it.

use axum::routing::{MethodFilter, MethodRouter};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::parameter::Parameter;
use crate::web::asked::Desk;

/// A type as a schema.
pub(in crate::web) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a type.
pub(super) fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A route of the API.
pub(in crate::web) struct Route {
    pub(super) verb: Verb,
    /// Below the root, with `{batch}` for the batch that it is about.
    pub(super) path: &'static str,
    /// What generated clients call it.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) says: &'static str,
    /// What its query may have.
    pub(in crate::web) parameters: &'static [Parameter],
    /// What its body must be.
    pub(super) body: Option<Shape>,
    pub(super) answer: Answer,
    pub(super) serve: fn(MethodFilter) -> MethodRouter<Desk>,
}

/// What a route gives.
pub(super) enum Answer {
    /// One JSON value.
    Json(Shape),
    /// A JSON value a line, as many as there are.
    Lines(Shape),
    /// A zip.
    Zip,
}

/// The methods that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Reads. `HEAD` does too.
    Get,
    /// Commands, or asks for something that takes long.
    Post,
    /// Removes.
    Delete,
}

impl Verb {
    pub(super) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// As OpenAPI writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }
}

impl Route {
    /// It is about one batch.
    pub(super) fn is_about_a_batch(&self) -> bool {
        self.path.contains("{batch}")
    }
}
