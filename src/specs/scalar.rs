//! What a scalar is by its spelling, as serde_yaml reads it.

use super::marked::{Content, Node};

/// The JSON type of a value; `None`: an alias, which may be anything.
pub(super) fn json_type(node: &Node) -> Option<&'static str> {
    match &node.content {
        Content::List(_) => Some("array"),
        Content::Fields(_) => Some("object"),
        Content::Alias => None,
        Content::Scalar { text, quoted } if *quoted || is_plain_text(text) => Some("string"),
        Content::Scalar { text, .. } => Some(match serde_yaml::from_str::<serde_yaml::Value>(text) {
            Ok(serde_yaml::Value::Null) => "null",
            Ok(serde_yaml::Value::Bool(_)) => "boolean",
            Ok(serde_yaml::Value::Number(number)) if number.is_f64() => "number",
            Ok(serde_yaml::Value::Number(_)) => "integer",
            _ => "string",
        }),
    }
}

/// Whether a text is one by its first letter alone: `null`, `~`, `true`, `false` and every number begin otherwise. Asking
/// serde_yaml of every text takes longer than all other checks.
fn is_plain_text(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() && !"nNtTfF".contains(c))
}

/// The number that a scalar is, however it is written.
pub(super) fn number(node: &Node) -> Option<f64> {
    match &node.content {
        Content::Scalar { text, quoted: false } => serde_yaml::from_str::<serde_yaml::Number>(text).ok()?.as_f64(),
        _ => None,
    }
}

/// A tree as a value, as serde_yaml would read it; of fields that stand twice the first. `None`: it has an alias.
pub(super) fn value(node: &Node) -> Option<serde_yaml::Value> {
    Some(match &node.content {
        Content::Alias => return None,
        Content::Scalar { text, quoted: true } => text.as_str().into(),
        Content::Scalar { text, quoted: false } => serde_yaml::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Content::List(items) => items.iter().map(value).collect::<Option<Vec<_>>>()?.into(),
        Content::Fields(fields) => {
            let mut mapping = serde_yaml::Mapping::new();
            for field in fields {
                mapping.entry(field.name.as_str().into()).or_insert(value(&field.value)?);
            }
            mapping.into()
        }
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::marked::Place;
    use super::*;

    proptest! {
        #[test]
        fn a_text_is_told_by_its_first_letter_as_by_serde_yaml(text in "[a-zA-Z~][a-zA-Z0-9._:/+-]{0,8}") {
            if is_plain_text(&text) {
                let value: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
                prop_assert!(!matches!(value, serde_yaml::Value::Null | serde_yaml::Value::Bool(_) | serde_yaml::Value::Number(_)));
            }
        }
    }

    #[test]
    fn words_and_numbers_are_what_serde_yaml_takes_them_for() {
        for (text, is) in [
            ("null", "null"),
            ("~", "null"),
            ("", "null"),
            ("True", "boolean"),
            ("false", "boolean"),
            ("yes", "string"),
            ("1", "integer"),
            ("-1", "integer"),
            ("0x1f", "integer"),
            ("1.5", "number"),
            (".inf", "number"),
            ("2025-01-01", "string"),
            ("Asia/Shanghai", "string"),
            ("发票", "string"),
            ("nothing", "string"),
        ] {
            let content = Content::Scalar { text: text.to_owned(), quoted: false };
            assert_eq!(json_type(&Node { place: Place::START, content }), Some(is), "{text:?}");
        }
    }
}
