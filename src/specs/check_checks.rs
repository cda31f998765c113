//! Checks of a spec that no document could ever pass.

use super::check::Check;
use crate::model::checks::{Checks, Pages};

impl Check<'_> {
    /// What a spec asks of documents.
    pub(super) fn checks(&mut self, checks: &Checks) {
        if checks.file_type.as_ref().is_some_and(|types| types.allow.is_empty()) {
            self.say(
                "allow",
                &["spec", "checks", "fileType", "allow"],
                "no type is allowed, so every document would fail",
                None,
            );
        }
        if let Some(pages) = &checks.pages {
            self.pages(pages);
        }
    }

    fn pages(&mut self, pages: &Pages) {
        let path = |field| ["spec", "checks", "pages", field];
        match (pages.min, pages.max) {
            (Some(min), Some(max)) if min > max => {
                let message = format!("no file has at least {min} and at most {max} pages");
                let swapped = format!("swap them: `min: {max}`, `max: {min}`");
                self.say("pages", &path("max"), message, Some(swapped));
            }
            (_, Some(0)) => self.say("pages", &path("max"), "no file has at most 0 pages", None),
            _ => {}
        }
    }
}
