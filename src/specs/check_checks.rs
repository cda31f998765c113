//! Checks of a spec that no document could ever pass.

use super::check::Check;
use super::locate::{echoed, nearest, write_instead};
use crate::model::checks::{Checks, Pages};
use crate::model::config::Config;

/// Where checks stand.
const CHECKS: [&str; 2] = ["spec", "checks"];

/// The checks of all documents and those of each type, with the places where they stand.
pub(super) fn everywhere(checks: &Checks) -> impl Iterator<Item = (Vec<&str>, &Checks)> {
    let own = checks.by_type.iter().map(|(name, own)| ([&CHECKS[..], &["byType", name]].concat(), own));
    std::iter::once((CHECKS.to_vec(), checks)).chain(own)
}

impl Check<'_> {
    /// What a spec asks of documents, of all and of each type. `known`: the fields of its keys, where they can be read.
    pub(super) fn checks(&mut self, checks: &Checks, known: Option<&[&str]>) {
        for (path, own) in everywhere(checks) {
            self.checks_at(&path, own, known);
            if path.len() > CHECKS.len() && !own.by_type.is_empty() {
                let path = [&path[..], &["byType"]].concat();
                self.say("by-type", &path, "a type has no types of its own", Some("remove it".to_owned()));
            }
        }
    }

    /// Scanners that the config does not have.
    pub(super) fn scanners(&mut self, checks: &Checks, config: &Config) {
        for (path, checks) in everywhere(checks) {
            let Some(wanted) = checks.virus.as_ref().map(|virus| virus.scanner.as_str()) else { continue };
            if config.scanners.contains_key(wanted) {
                continue;
            }
            let known: Vec<&str> = config.scanners.keys().map(String::as_str).collect();
            let names = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let message = format!("scanner {:?} is not in the config, which names: {names}", echoed("", wanted));
            let meant = write_instead(nearest(wanted, known));
            self.say("unknown-scanner", &[&path[..], &["virus", "scanner"]].concat(), message, meant);
        }
    }

    fn checks_at(&mut self, path: &[&str], checks: &Checks, known: Option<&[&str]>) {
        let at = |fields: &[&'static str]| [path, fields].concat();
        if checks.file_type.as_ref().is_some_and(|types| types.allow.is_empty()) {
            let message = "no type is allowed, so every document would fail";
            self.say("allow", &at(&["fileType", "allow"]), message, None);
        }
        if let Some(message) = checks.pages.as_ref().and_then(no_such_pages) {
            self.say("pages", &at(&["pages", "max"]), message, None);
        }
        if checks.sequence.is_some() && known.is_some_and(|known| !known.contains(&"sequence")) {
            let message = "`keys` has no `{sequence}`, so no number could be missing";
            self.say("sequence", &at(&["sequence"]), message, Some("name it in `keys`, or remove this".to_owned()));
        }
    }
}

/// Why no file could have so many pages.
fn no_such_pages(pages: &Pages) -> Option<String> {
    match (pages.min, pages.max) {
        (Some(min), Some(max)) if min > max => Some(format!("no file has at least {min} and at most {max} pages")),
        (_, Some(0)) => Some("no file has at most 0 pages".to_owned()),
        _ => None,
    }
}
