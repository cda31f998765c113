//! The API: one table of routes, from which the router and its OpenAPI description are both made.

mod bag;
mod etag;
mod export;
mod limits;
mod openapi;
mod parameter;
mod responses;
mod route;
mod router;
mod table;

pub use openapi::openapi;

pub(super) use etag::Conditions;
pub(super) use limits::bounded;
pub(super) use route::Route;
pub(super) use router::api;
