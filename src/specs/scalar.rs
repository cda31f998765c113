//! What a scalar is by its spelling, as serde_yaml reads it.

use super::marked::{Content, Node};

/// The JSON type of a value; `None`: an alias, which may be anything.
pub(super) fn json_type(node: &Node) -> Option<&'static str> {
    match &node.content {
        Content::List(_) => Some("array"),
        Content::Fields(_) => Some("object"),
        Content::Alias => None,
        Content::Scalar { quoted: true, .. } => Some("string"),
        Content::Scalar { text, quoted: false } => Some(match serde_yaml::from_str::<serde_yaml::Value>(text) {
            Ok(serde_yaml::Value::Null) => "null",
            Ok(serde_yaml::Value::Bool(_)) => "boolean",
            Ok(serde_yaml::Value::Number(number)) if number.is_f64() => "number",
            Ok(serde_yaml::Value::Number(_)) => "integer",
            _ => "string",
        }),
    }
}

/// A JSON type in words.
pub(super) fn words(json_type: &str) -> &'static str {
    match json_type {
        "array" => "a list",
        "object" => "fields",
        "null" => "nothing",
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        _ => "a text",
    }
}
