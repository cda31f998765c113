//! The digest of what a file says: the same whatever its comments, order and formatting, and whatever defaults later
//! versions fill in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::ids::Digest;

/// SHA-256 of a YAML text's value as compact JSON with sorted keys; `None`: it has no JSON form.
pub(super) fn digest(text: &str) -> Option<Digest> {
    let value: Value = serde_yaml::from_str(text).ok()?;
    Some(Digest::of(canonical(&value).as_bytes()))
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            // Sorted here, because the order of serde_json's own maps depends on a feature that others may turn on.
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let inner: Vec<String> = sorted
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_does_not_count_and_content_does() {
        let a = digest("a: 1\nb: {x: [1, two], y: true}\n").unwrap();
        let b = digest("# comment\nb:\n  y: true\n  x:\n  - 1\n  - \"two\"\na: 1\n").unwrap();
        let c = digest("a: 1\nb: {x: [two, 1], y: true}\n").unwrap();
        assert_eq!(a, b);
        assert_ne!(a, c);
    }
}
