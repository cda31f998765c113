//! Whether a JSON value is as a schema says. Of JSON Schema only what our descriptions use, and anything else is a fault.

use serde_json::Value;

/// Words that say nothing of what a value may be.
const SILENT: [&str; 6] = ["description", "format", "default", "examples", "title", "pattern"];

/// What is wrong with a value, each with its place.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(words) = schema.as_object() else {
        if *schema != Value::Bool(true) {
            found.push(format!("{at}: nothing may be here"));
        }
        return;
    };
    for (word, said) in words {
        let holds = match word.as_str() {
            "$ref" => {
                let target = document.pointer(said.as_str().unwrap().trim_start_matches('#'));
                check(document, target.expect("a reference leads somewhere"), value, at, found);
                true
            }
            "oneOf" => count(document, said, value) == 1,
            "anyOf" => count(document, said, value) >= 1,
            "allOf" => count(document, said, value) == said.as_array().unwrap().len(),
            "properties" => {
                for (name, of_field) in said.as_object().unwrap() {
                    if let Some(field) = value.get(name) {
                        check(document, of_field, field, &format!("{at}/{name}"), found);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = words.get("properties").and_then(Value::as_object);
                let fields = value.as_object().into_iter().flatten();
                for (name, field) in fields.filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name))) {
                    check(document, said, field, &format!("{at}/{name}"), found);
                }
                true
            }
            "items" => {
                let skipped = words.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
                for (n, item) in value.as_array().into_iter().flatten().enumerate().skip(skipped) {
                    check(document, said, item, &format!("{at}/{n}"), found);
                }
                true
            }
            "prefixItems" => {
                for (n, (of_item, item)) in
                    said.as_array().unwrap().iter().zip(value.as_array().into_iter().flatten()).enumerate()
                {
                    check(document, of_item, item, &format!("{at}/{n}"), found);
                }
                true
            }
            word => is_plainly(word, said, value),
        };
        if !holds {
            found.push(format!("{at}: not {word}: {said}; found {value}"));
        }
    }
}

/// What can be told of a value without looking into it.
fn is_plainly(word: &str, said: &Value, value: &Value) -> bool {
    match word {
        "type" => is_of(said, value),
        "const" => value == said,
        "enum" => said.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= said.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= said.as_f64().unwrap()),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= said.as_u64().unwrap()),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= said.as_u64().unwrap()),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= said.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= said.as_u64().unwrap()),
        "required" => value.as_object().is_none_or(|fields| {
            said.as_array().unwrap().iter().all(|name| fields.contains_key(name.as_str().unwrap()))
        }),
        word => SILENT.contains(&word),
    }
}

fn count(document: &Value, schemas: &Value, value: &Value) -> usize {
    schemas.as_array().unwrap().iter().filter(|schema| faults(document, schema, value).is_empty()).count()
}

fn is_of(types: &Value, value: &Value) -> bool {
    let one = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("no type {other}"),
    };
    match types {
        Value::String(name) => one(name),
        names => names.as_array().unwrap().iter().any(|name| one(name.as_str().unwrap())),
    }
}

#[test]
fn what_is_otherwise_is_seen() {
    let document = serde_json::json!({"s": {"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}}, "additionalProperties": false}});
    let schema = serde_json::json!({"type": "array", "items": {"$ref": "#/s"}});
    let faulty = |value: Value| faults(&document, &schema, &value).len();
    assert_eq!(faulty(serde_json::json!([{"a": "x"}, {"a": null}])), 0);
    for wrong in [
        serde_json::json!({}),
        serde_json::json!([{}]),
        serde_json::json!([{"a": 1}]),
        serde_json::json!([{"a": "x", "b": 1}]),
        serde_json::json!([[]]),
    ] {
        assert!(faulty(wrong.clone()) > 0, "{wrong}");
    }
    assert!(!faults(&document, &serde_json::json!({"uniqueItems": true}), &Value::Null).is_empty());
}
