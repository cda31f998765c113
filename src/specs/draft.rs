//! The YAML of a spec that someone made from flags or a form. Whatever was typed stays a value: none of it becomes YAML.

use jiff::civil::Date;

use crate::model::draft::{Draft, DraftPlace};
use crate::model::spec::OnConflict;
use crate::model::text::safe_json;

/// Only where keys tell roles: no document could pass it elsewhere.
const ROLES: &str = "  checks:                        # before a byte moves
    requiredRoles: {cover: 1}
";

/// The text of a spec. It is well-formed; [`check_text`](super::check_text) tells whether it is sound.
pub fn draft_text(draft: &Draft) -> String {
    format!(
        "# yaml-language-server: $schema=../schemas/batch.schema.json
apiVersion: batchferry/v1
kind: MigrationBatch
metadata:
  name: {name}
spec:
  collected:                     # both days inclusive, in this zone
    from: {from}
    to: {to}
    timeZone: {zone}
  source:
    store: {source}
{source_prefix}    catalog:
      keys: {keys}
  target:
    store: {target}
{target_prefix}    {on_conflict}
{filters}{checks}",
        name = word(&draft.name),
        from = word(&draft.from),
        to = word(&draft.to),
        zone = word(&draft.time_zone),
        source = word(&draft.source.store),
        target = word(&draft.target.store),
        keys = quoted(&draft.keys),
        source_prefix = prefix(&draft.source),
        target_prefix = prefix(&draft.target),
        on_conflict = on_conflict(draft.on_conflict),
        filters = filters(&draft.organizations, &draft.document_types),
        checks = if draft.keys.contains("{role}") { ROLES } else { "" },
    )
}

fn prefix(place: &DraftPlace) -> String {
    if place.prefix.is_empty() { String::new() } else { format!("    prefix: {}\n", quoted(&place.prefix)) }
}

fn on_conflict(on_conflict: OnConflict) -> &'static str {
    match on_conflict {
        OnConflict::Fail => "onConflict: Fail             # never replace what is there and differs",
        OnConflict::Overwrite => "onConflict: Overwrite        # replace what is there and differs",
        OnConflict::KeepTarget => "onConflict: KeepTarget       # what is there stays, and counts as synced",
    }
}

fn filters(organizations: &[String], types: &[String]) -> String {
    if organizations.is_empty() && types.is_empty() {
        return String::new();
    }
    format!("  filters:\n    organizations: {}\n    documentTypes: {}\n", list(organizations), list(types))
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
}

/// Plain where YAML cannot take it for anything but a text.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    let is_day = text.len() == 10 && text.parse::<Date>().is_ok();
    if (is_word || is_day) && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// JSON's strings are YAML's double-quoted ones, once what YAML takes for an end of line, or does not take at all, is escaped.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    safe_json(&json).replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::specs::locate::Locator;
    use crate::specs::read;

    /// What people type, and what they should not.
    const TYPED: &[&str] = &[
        "",
        " ",
        "true",
        "No",
        "~",
        "null",
        "2025",
        "1e5",
        "0x1f",
        "2025-01-01",
        "12:30:45",
        ".inf",
        "a: b",
        "a #b",
        "- a",
        "[a, b]",
        "{a: b}",
        "&a *a !a %a @a `a",
        "'",
        "\"",
        "\\",
        "\\n",
        "a\nb",
        "a\r\n  b: c\n---\n",
        "\u{feff}a",
        "a\u{85}b\u{2028}c\u{2029}d",
        "\0\u{1b}[2J\u{7f}\u{9b}",
        "שלום\u{202e}gpj",
        "发票 🧾\u{fffe}\u{ffff}",
        "<script>alert(1)</script>",
        "{organization}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}",
    ];

    fn draft(text: &str) -> Draft {
        let of = || text.to_owned();
        let place = || DraftPlace { store: of(), prefix: of() };
        Draft {
            name: of(),
            from: of(),
            to: of(),
            time_zone: of(),
            source: place(),
            keys: of(),
            target: place(),
            on_conflict: OnConflict::KeepTarget,
            organizations: vec![of(), "*".to_owned(), of()],
            document_types: vec![of()],
        }
    }

    /// What the reader of specs makes of a field: a text, wherever it stands.
    #[track_caller]
    fn assert_reads_back(text: &str) {
        let yaml = draft_text(&draft(text));
        let value: Value = serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{text:?}: {error}\n{yaml}"));
        let spec = &value["spec"];
        let place = |side: &str| (spec[side]["store"].clone(), spec[side]["prefix"].clone());
        let prefix = if text.is_empty() { Value::Null } else { json!(text) };
        assert_eq!(
            (&value["metadata"]["name"], &value["apiVersion"]),
            (&json!(text), &json!("batchferry/v1")),
            "{yaml}"
        );
        assert_eq!(spec["collected"], json!({"from": text, "to": text, "timeZone": text}), "{yaml}");
        assert_eq!(place("source"), (json!(text), prefix.clone()), "{yaml}");
        assert_eq!(place("target"), (json!(text), prefix), "{yaml}");
        assert_eq!(spec["source"]["catalog"], json!({"keys": text}), "{yaml}");
        assert_eq!(spec["target"]["onConflict"], json!("KeepTarget"), "{yaml}");
        assert_eq!(spec["filters"], json!({"organizations": [text, "*", text], "documentTypes": [text]}), "{yaml}");
        // The tree that places of problems are told from has the same text.
        let tree =
            read::tree(&Locator::new("", &yaml), &yaml).unwrap_or_else(|problems| panic!("{text:?}: {problems:?}"));
        for path in [&["metadata", "name"][..], &["spec", "source", "catalog", "keys"], &["spec", "target", "store"]] {
            assert_eq!(tree.at(path).and_then(|node| node.text()), Some(text), "{path:?}: {yaml}");
        }
    }

    #[test]
    fn what_people_type_reads_back_as_typed() {
        TYPED.iter().for_each(|text| assert_reads_back(text));
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_typed(text in any::<String>()) {
            assert_reads_back(&text);
        }

        #[test]
        fn text_of_yamls_own_signs_reads_back_as_typed(text in "[-:#&*!|>'\"%@`{}\\[\\],? \n\r\t\\\\a1~.]{0,12}") {
            assert_reads_back(&text);
        }
    }

    #[test]
    fn what_is_left_empty_is_left_out() {
        let text = draft_text(&Draft { name: "acme".to_owned(), ..Draft::default() });
        assert!(!text.contains("prefix") && !text.contains("filters") && !text.contains("checks"), "{text}");
        assert!(text.contains("name: acme\n") && text.contains("onConflict: Fail "), "{text}");
    }
}
