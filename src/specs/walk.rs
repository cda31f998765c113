//! Walks a tree along a JSON Schema (the part of draft-07 that our types give) and names every place where they differ.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::locate::{Locator, echoed, nearest, suggest, write_instead};
use super::marked::{Content, Field, Node, Place};
use super::problems::Problems;
use super::scalar::{json_type, number, words};
use super::secrets::is_secretive;
use crate::model::ids::BatchName;
use crate::model::units::{Rate, Size, Span};
use crate::model::window::Window;

/// The schema of what may be anything.
static ANY: Value = Value::Bool(true);

/// Every place where `tree` is not what `schema` says.
pub(super) fn problems(locator: &Locator<'_>, tree: &Node, schema: &Value) -> Problems {
    let mut walk = Walk { locator, root: schema, found: Problems::default() };
    walk.value(tree, schema, "");
    walk.found
}

struct Walk<'a> {
    locator: &'a Locator<'a>,
    root: &'a Value,
    found: Problems,
}

impl Walk<'_> {
    fn value(&mut self, node: &Node, schema: &Value, path: &str) {
        let Some(is) = json_type(node) else { return };
        // Draft-07 knows no description beside a `$ref`, so such a `$ref` stands in an `allOf` of its own.
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            parts.iter().for_each(|part| self.value(node, part, path));
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if let Err(message) = form(name, node, path) {
                return self.say("value", path, node.place, message);
            }
            let target = self.root.pointer(reference.trim_start_matches('#')).unwrap_or(&ANY);
            return self.value(node, target, path);
        }
        if let Some(choices) = alternatives(schema) {
            return self.choice(node, is, choices, path);
        }
        if !type_allows(schema, is) {
            let expected = expected_words(schema);
            return self.say(
                "type",
                path,
                node.place,
                format!("expected {expected}, found {}", describe(node, is, path)),
            );
        }
        self.words(node, schema, path);
        self.bounds(node, schema, path);
        if schema.get("format").and_then(Value::as_str) == Some("date") {
            self.date(node, path);
        }
        match &node.content {
            Content::Fields(fields) => self.fields(node, fields, schema, path),
            Content::List(items) => {
                let inner = schema.get("items").unwrap_or(&ANY);
                for (index, item) in items.iter().enumerate() {
                    self.value(item, inner, &format!("{path}[{index}]"));
                }
            }
            Content::Scalar { .. } | Content::Alias => {}
        }
    }

    /// Of several alternatives (a value or nothing; words with texts of their own) the one that is meant.
    fn choice(&mut self, node: &Node, is: &str, choices: &[Value], path: &str) {
        let named: Vec<&str> =
            choices.iter().filter_map(|choice| choice.get("const").or_else(|| single_word(choice))?.as_str()).collect();
        if named.len() == choices.len() {
            return self.one_of(node, &named, path);
        }
        let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
        if is == "null" && choices.iter().any(|choice| is_null(&choice)) {
            return;
        }
        let real = || choices.iter().filter(|choice| !is_null(choice));
        // Of a short form and a long one, that which has the value's type.
        let fitting = real().find(|choice| type_allows(self.resolved(choice), is));
        if let Some(meant) = fitting.or_else(|| real().next()) {
            self.value(node, meant, path);
        }
    }

    /// A schema, or the definition that it names.
    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        reference.and_then(|name| self.root.pointer(name.trim_start_matches('#'))).unwrap_or(schema)
    }

    fn words(&mut self, node: &Node, schema: &Value, path: &str) {
        let Some(words) = schema.get("enum").and_then(Value::as_array) else { return };
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        self.one_of(node, &words, path);
    }

    fn one_of(&mut self, node: &Node, words: &[&str], path: &str) {
        let text = node.text().unwrap_or_default();
        if words.contains(&text) {
            return;
        }
        let expected = match words {
            [word] => (*word).to_owned(),
            _ => format!("one of {}", words.join(", ")),
        };
        let message = format!("expected {expected}, found {:?}", echoed(path, text));
        let diagnostic = self.locator.problem_of_value("word", path, node.place, message);
        self.found.push(suggest(diagnostic, write_instead(nearest(text, words.iter().copied()))));
    }

    fn bounds(&mut self, node: &Node, schema: &Value, path: &str) {
        let Some(number) = number(node) else { return };
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            self.say("range", path, node.place, format!("expected {least} or more, found {number}"));
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            self.say("range", path, node.place, format!("expected {most} or less, found {number}"));
        }
    }

    fn date(&mut self, node: &Node, path: &str) {
        let text = node.text().unwrap_or_default();
        if text.parse::<Date>().is_err() || text.len() != 10 {
            let found = echoed(path, text);
            self.say("date", path, node.place, format!("expected a day such as 2025-01-31, found {found:?}"));
        }
    }

    fn fields(&mut self, node: &Node, fields: &[Field], schema: &Value, path: &str) {
        let empty = Map::new();
        let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let open = schema.get("additionalProperties").is_none_or(|more| more != &Value::Bool(false));
        for field in fields {
            let below = join(path, &field.name);
            match known.get(&field.name) {
                Some(inner) => self.value(&field.value, inner, &below),
                None if open => {
                    let inner = schema.get("additionalProperties").unwrap_or(&ANY);
                    self.value(&field.value, inner, &below);
                }
                None => self.unknown(field, known, &below),
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !fields.iter().any(|field| field.name == *name)) {
            let message = format!("the field {name:?} is missing");
            self.found.push(self.locator.problem("missing-field", &join(path, name), start_of(node), message));
        }
    }

    fn unknown(&mut self, field: &Field, known: &Map<String, Value>, path: &str) {
        let message = match field.name.as_str() {
            "<<" => "merge keys (`<<`) are not applied; write the fields out".to_owned(),
            "status" => "unknown field \"status\": status is never written into a spec; `batchferry show` and the report have it".to_owned(),
            "sops" => "the file is encrypted with SOPS; decrypt it before delivery".to_owned(),
            name => format!("unknown field {:?}; expected one of {}", echoed("", name), known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
        };
        let diagnostic = self.locator.problem("unknown-field", path, field.place, message);
        let meant = write_instead(nearest(&field.name, known.keys().map(String::as_str)));
        self.found.push(suggest(diagnostic, meant));
    }

    fn say(&mut self, rule: &str, path: &str, place: Place, message: String) {
        self.found.push(self.locator.problem_of_value(rule, path, place, message));
    }
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()
}

fn single_word(choice: &Value) -> Option<&Value> {
    choice.get("enum")?.as_array().filter(|words| words.len() == 1)?.first()
}

fn type_allows(schema: &Value, is: &str) -> bool {
    let fits = |wanted: &str| wanted == is || (wanted == "number" && is == "integer");
    match schema.get("type") {
        Some(Value::String(wanted)) => fits(wanted),
        Some(Value::Array(wanted)) => wanted.iter().filter_map(Value::as_str).any(fits),
        _ => true,
    }
}

fn expected_words(schema: &Value) -> String {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(wanted)) => vec![wanted],
        Some(Value::Array(wanted)) => {
            wanted.iter().filter_map(Value::as_str).filter(|wanted| *wanted != "null").collect()
        }
        _ => Vec::new(),
    };
    types.into_iter().map(words).collect::<Vec<_>>().join(" or ")
}

fn describe(node: &Node, is: &str, path: &str) -> String {
    match node.text() {
        Some(text) if is != "null" && !is_secretive(path) => format!("{} ({})", words(is), echoed(path, text)),
        _ => words(is).to_owned(),
    }
}

/// Forms that a schema cannot say well: those of our own types, by the names of their definitions.
fn form(name: &str, node: &Node, path: &str) -> Result<(), String> {
    let Some(text) = node.text() else { return Ok(()) };
    // What is wrong with a text is wrong with what is shown of it.
    form_of_text(name, text).map_err(|message| form_of_text(name, &echoed(path, text)).err().unwrap_or(message))
}

fn form_of_text(name: &str, text: &str) -> Result<(), String> {
    match name {
        "Size" if text.parse::<u64>().is_err() => text.parse::<Size>().map(drop),
        "Rate" => text.parse::<Rate>().map(drop),
        "Span" => text.parse::<Span>().map(drop),
        "Window" => text.parse::<Window>().map(drop),
        "BatchName" => text.parse::<BatchName>().map(drop).map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

/// Where a mapping begins: a block mapping starts at its first field.
fn start_of(node: &Node) -> Place {
    node.fields().first().map_or(node.place, |field| Place { length: field.place.length, ..field.place })
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
