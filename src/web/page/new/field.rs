//! Which field of the form a problem of the spec is about.

/// Fields of the form by the part of the spec that they are; the longest that fits counts.
const FIELDS: [(&str, &str); 16] = [
    ("metadata.name", "name"),
    ("spec.collected.from", "from"),
    ("spec.collected.to", "to"),
    ("spec.collected", "to"),
    ("spec.collected.timeZone", "zone"),
    ("spec.source", "source"),
    ("spec.source.store", "source"),
    ("spec.source.prefix", "sourcePrefix"),
    ("spec.source.catalog", "keys"),
    ("spec.target", "targetPrefix"),
    ("spec.target.store", "target"),
    ("spec.target.prefix", "targetPrefix"),
    ("spec.target.onConflict", "conflict"),
    ("spec.filters.organizations", "organizations"),
    ("spec.filters.documentTypes", "types"),
    ("spec.checks", "keys"),
];

/// The form's field of a path in the spec; `None`: the problem is about the whole.
pub(super) fn field_of(path: &str) -> Option<&'static str> {
    let is_at = |at: &str| path.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    FIELDS.iter().filter(|(at, _)| is_at(at)).max_by_key(|(at, _)| at.len()).map(|(_, field)| *field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_decides() {
        for (path, field) in [
            ("metadata.name", Some("name")),
            ("spec.collected.timeZone", Some("zone")),
            ("spec.source.catalog.keys", Some("keys")),
            ("spec.target", Some("targetPrefix")),
            ("spec.target.store", Some("target")),
            ("spec.filters.organizations[1]", Some("organizations")),
            ("spec.filters.organizations.1", Some("organizations")),
            ("spec.filters.organizationsX", None),
            ("spec.transfer", None),
            ("", None),
        ] {
            assert_eq!(field_of(path), field, "{path}");
        }
    }
}
