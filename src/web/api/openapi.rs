//! The API's description (OpenAPI 3.1), made from the table of routes and the types that they take and give.

use std::sync::OnceLock;

use axum::response::Response;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::bag::ZIP;
use super::etag::Conditions;
use super::export::LINES;
use super::parameter::Parameter;
use super::responses::problems;
use super::route::{Answer, Route, Verb, shape};
use super::table::ROUTES;
use crate::web::parameters::Parameters;
use crate::web::problem::Problem;
use crate::web::target::ROOT;

/// The description of the API.
pub fn openapi() -> Value {
    // What is sent and what is given back differ in what may be left out, so they are made apart; only what is given back has
    // names of its own.
    let given =
        |settings: SchemaSettings| settings.with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut replies = given(SchemaSettings::draft2020_12().for_serialize()).into_generator();
    let mut bodies = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let operation = operation(route, &mut replies, &mut bodies);
        let path = paths.entry(format!("{ROOT}{}", route.path)).or_insert_with(|| json!({}));
        path[route.verb.as_str()] = operation;
    }
    shape::<Problem>(&mut replies);
    json!({
        "openapi": "3.1.0",
        "info": {"title": "batchferry", "version": env!("CARGO_PKG_VERSION"), "summary": "Batches of document images: look at them and command them"},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": replies.take_definitions(true),
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token of a name in `access` of the config. Without `access`, a loopback listener answers what reads to anyone.",
            }},
        },
    })
}

fn operation(route: &Route, replies: &mut SchemaGenerator, bodies: &mut SchemaGenerator) -> Value {
    let parameters = route.is_about_a_batch().then(batch).into_iter();
    let parameters = parameters.chain(route.parameters.iter().map(|parameter| in_query(parameter, bodies)));
    let is_tagged = route.verb == Verb::Get && matches!(route.answer, Answer::Json(_));
    let parameters = parameters.chain(is_tagged.then(if_none_match));
    let mut responses = problems(route);
    responses.insert("200".to_owned(), answer(route, replies));
    if is_tagged {
        let described = "Not changed since the answer with this `ETag`.";
        responses.insert("304".to_owned(), json!({"description": described, "headers": {"ETag": tag()}}));
    }
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.says,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses,
    });
    if let Some(body) = route.body {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": body(bodies)}}});
    }
    operation
}

fn answer(route: &Route, replies: &mut SchemaGenerator) -> Value {
    match route.answer {
        Answer::Json(shape) => {
            let mut answer =
                json!({"description": "As asked for.", "content": {"application/json": {"schema": shape(replies)}}});
            if route.verb == Verb::Get {
                answer["headers"] = json!({"ETag": tag()});
            }
            answer
        }
        // A schema is of a whole answer, and this one has many values; its lines are described beside it.
        Answer::Lines(shape) => json!({
            "description": "A line of JSON each.",
            "content": {LINES: {"schema": {"type": "string"}, "x-line": shape(replies)}},
        }),
        // Bytes have no schema.
        Answer::Zip => json!({
            "description": "A BagIt 1.0 bag, made whole before its first byte is sent.",
            "headers": {"Content-Disposition": {"required": true, "schema": {"type": "string"}}},
            "content": {ZIP: {}},
        }),
    }
}

fn batch() -> Value {
    json!({
        "name": "batch",
        "in": "path",
        "required": true,
        "description": "Name or number of the batch, or the path of its spec.",
        "schema": {"type": "string", "minLength": 1},
    })
}

fn in_query(parameter: &Parameter, bodies: &mut SchemaGenerator) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.says,
        "schema": (parameter.shape)(bodies),
    })
}

fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "description": "The `ETag` of an earlier answer.",
        "schema": {"type": "string"},
    })
}

fn tag() -> Value {
    json!({"required": true, "schema": {"type": "string", "pattern": "^\"[0-9a-f]{32}\"$"}})
}

/// Of the description itself.
pub(super) fn document_shape(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "required": ["openapi", "info", "paths"]})
}

/// The description as an answer.
pub(super) async fn served(conditions: Conditions, _: Parameters) -> Response {
    static TEXT: OnceLock<Vec<u8>> = OnceLock::new();
    // A document in memory with string keys can be written as JSON.
    let text = TEXT.get_or_init(|| serde_json::to_vec(&openapi()).expect("it is plain data"));
    conditions.answer(text.clone())
}
