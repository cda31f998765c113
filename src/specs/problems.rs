//! The problems of one file: in order of place, and no more than anyone reads.

use super::locate::Locator;
use crate::model::diagnostic::Diagnostic;
use crate::rules::reporting::count;

/// More problems than this help no one.
const MAX_PROBLEMS: usize = 100;

/// The first problems that were found, and how many more there are.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<Diagnostic>,
    more: usize,
}

impl Problems {
    pub(super) fn push(&mut self, problem: Diagnostic) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.more += others.more;
        others.found.into_iter().for_each(|problem| self.push(problem));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All that are kept, in order of place; the last one says how many are not.
    pub(super) fn listed(mut self, locator: &Locator<'_>) -> Vec<Diagnostic> {
        self.found.sort_by_key(|problem| (problem.line, problem.column));
        if self.more > 0 {
            let more = count(self.more as u64, "more problem is", "more problems are");
            self.found.push(locator.whole("more", format!("{more} not shown; mend those above first")));
        }
        self.found
    }
}
