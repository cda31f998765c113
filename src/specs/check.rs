//! What a spec must be besides well-formed: dates in order, zones and globs known, templates sound, places apart.

use std::sync::OnceLock;

use jiff::tz;

use super::locate::{Locator, nearest, suggest, write_instead};
use super::marked::{Node, Place};
use super::order;
use crate::catalogs::{KeyTemplate, TargetTemplate, TemplateError};
use crate::model::config::Config;
use crate::model::diagnostic::Diagnostic;
use crate::model::ids::StoreName;
use crate::model::spec::{BatchFile, BatchSpec};
use crate::rules::places::{self, Location};
use crate::rules::roles::RoleRules;
use crate::rules::selection::Selector;

/// Everything that is wrong with a well-formed spec. Without a config, stores are not looked up.
pub(super) fn problems(
    locator: &Locator<'_>,
    tree: &Node,
    file: &BatchFile,
    config: Option<&Config>,
) -> Vec<Diagnostic> {
    let mut check = Check { locator, tree, found: Vec::new() };
    check.range(&file.spec);
    check.templates(&file.spec);
    check.globs(&file.spec);
    check.prefixes(&file.spec);
    check.found.extend(order::problems(locator, tree, file));
    if let Some(config) = config {
        check.stores(&file.spec, config);
    }
    check.found.sort_by_key(|problem| (problem.line, problem.column));
    check.found
}

struct Check<'a> {
    locator: &'a Locator<'a>,
    tree: &'a Node,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    fn say(&mut self, rule: &str, path: &[&str], message: impl Into<String>, suggestion: Option<String>) {
        let problem = self.locator.problem_at(self.tree, rule, path, message);
        self.found.push(suggest(problem, suggestion));
    }

    fn range(&mut self, spec: &BatchSpec) {
        let range = &spec.collected;
        if range.from > range.to {
            let message = format!("the range ends before it starts: from {} to {}", range.from, range.to);
            self.say(
                "range-order",
                &["spec", "collected", "to"],
                message,
                Some(format!("swap them: `from: {}`, `to: {}`", range.to, range.from)),
            );
        }
        self.zone(&["spec", "collected", "timeZone"], &range.time_zone);
        if let Some(zone) = &spec.source.catalog.time_zone {
            self.zone(&["spec", "source", "catalog", "timeZone"], zone);
        }
    }

    fn zone(&mut self, path: &[&str], zone: &str) {
        let names = zones();
        if names.iter().any(|known| known == zone) && tz::TimeZone::get(zone).is_ok() {
            return;
        }
        let meant = nearest(zone, names.iter().map(String::as_str)).or_else(|| city(zone, names));
        self.say(
            "zone",
            path,
            format!("unknown time zone {zone:?}; expected an IANA name such as Asia/Shanghai"),
            write_instead(meant),
        );
    }

    fn templates(&mut self, spec: &BatchSpec) {
        let keys = ["spec", "source", "catalog", "keys"];
        let template = match KeyTemplate::parse(&spec.source.catalog.keys) {
            Ok(template) => template,
            Err(error) => return self.template(&keys, &error),
        };
        let known: Vec<&str> = template.fields().collect();
        if let Some(Err(error)) = spec.target.key.as_deref().map(|text| TargetTemplate::parse(text, &known)) {
            self.template(&["spec", "target", "key"], &error);
        }
        if let Some(Err(error)) =
            spec.target.manifest.as_deref().map(|text| TargetTemplate::parse_manifest(text, &known))
        {
            self.template(&["spec", "target", "manifest"], &error);
        }
        self.required_fields(spec, &known);
    }

    /// Marks the part of the template that is wrong; a quoted text starts one character later.
    fn template(&mut self, path: &[&str], error: &TemplateError) {
        let Some(node) = self.tree.at(path) else {
            return self.say("template", path, error.message.clone(), error.suggestion.clone());
        };
        let text = node.text().unwrap_or_default();
        let chars = |bytes: usize| text.get(..bytes).map_or(0, |part| part.chars().count());
        let quote = usize::from(node.place.length > text.chars().count());
        let column = node.place.column + quote + chars(error.offset);
        let place = Place { line: node.place.line, column, length: error.length.max(1) };
        let problem = self.locator.problem("template", &path.join("."), place, error.message.clone());
        self.found.push(suggest(problem, error.suggestion.clone()));
    }

    fn required_fields(&mut self, spec: &BatchSpec, known: &[&str]) {
        let Some(required) = &spec.checks.required_fields else { return };
        for (index, field) in required.fields.iter().enumerate() {
            if !known.contains(&field.as_str()) {
                let (index, known) = (index.to_string(), known.iter().copied());
                let message = format!("{field:?} is no field of `keys`, so no document could have it");
                let path = ["spec", "checks", "requiredFields", "fields", &index];
                self.say("required-field", &path, message, write_instead(nearest(field, known)));
            }
        }
    }

    fn globs(&mut self, spec: &BatchSpec) {
        if let Err(error) = Selector::new(&spec.filters, &spec.collected) {
            let path: Vec<&str> = ["spec", "filters"].into_iter().chain(error.filter.split('.')).collect();
            self.say("glob", &path, error.to_string(), None);
        }
        if let Err(error) = RoleRules::new(&spec.source.catalog.roles) {
            self.say("glob", &["spec", "source", "catalog", "roles"], error.to_string(), None);
        }
        if spec.checks.file_type.as_ref().is_some_and(|types| types.allow.is_empty()) {
            self.say(
                "allow",
                &["spec", "checks", "fileType", "allow"],
                "no type is allowed, so every document would fail",
                None,
            );
        }
    }

    fn prefixes(&mut self, spec: &BatchSpec) {
        for (side, prefix) in [("source", &spec.source.prefix), ("target", &spec.target.prefix)] {
            let bad = |segment: &str| segment == "." || segment == "..";
            let reason = if prefix.split('/').any(bad) {
                Some("'.' and '..' do not stand for folders in keys")
            } else if prefix.starts_with('/') || prefix.contains("//") {
                Some("a prefix has no empty parts: no '/' at its start and no '//'")
            } else if prefix.chars().any(char::is_control) {
                Some("a prefix has no control characters")
            } else {
                None
            };
            if let Some(reason) = reason {
                self.say("prefix", &["spec", side, "prefix"], format!("prefix {prefix:?}: {reason}"), None);
            }
        }
    }

    fn stores(&mut self, spec: &BatchSpec, config: &Config) {
        let source = self.store("source", &spec.source.store, config);
        let target = self.store("target", &spec.target.store, config);
        let (Some(source), Some(target)) = (source, target) else { return };
        if places::overlaps(&source, &spec.source.prefix, &target, &spec.target.prefix) {
            let (from, to) = (source.address(&spec.source.prefix), target.address(&spec.target.prefix));
            let message = format!("source and target contain each other: the source is {from}, the target is {to}");
            self.say(
                "overlap",
                &["spec", "target"],
                message,
                Some("choose prefixes of which neither begins with the other".to_owned()),
            );
        }
    }

    fn store(&mut self, side: &str, name: &StoreName, config: &Config) -> Option<Location> {
        let path = ["spec", side, "store"];
        let Some(store) = config.stores.get(name) else {
            let known: Vec<&str> = config.stores.keys().map(StoreName::as_str).collect();
            let message = format!("store {:?} is not in the config, which names: {}", name.as_str(), known.join(", "));
            let meant = write_instead(nearest(name.as_str(), known));
            self.say("unknown-store", &path, message, meant);
            return None;
        };
        Location::of(store).map_err(|reason| self.say("store", &path, reason, None)).ok()
    }
}

/// The names of all zones, read once: looking through them takes longer than all else that is checked.
fn zones() -> &'static [String] {
    static ZONES: OnceLock<Vec<String>> = OnceLock::new();
    ZONES.get_or_init(|| tz::db().available().map(|name| name.as_str().to_owned()).collect())
}

/// A zone by its last part alone: `Shanghai` is meant for `Asia/Shanghai`.
fn city<'n>(zone: &str, names: &'n [String]) -> Option<&'n str> {
    let last = zone.rsplit('/').next().unwrap_or(zone);
    names
        .iter()
        .map(String::as_str)
        .find(|name| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(last)))
}
