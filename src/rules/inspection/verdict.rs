//! Failures and findings as they come up, most telling first.

use crate::model::checks::Severity;
use crate::model::failure::{Failure, Finding, Outcome};

/// What checks have found so far.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) failures: Vec<Failure>,
    pub(super) findings: Vec<Finding>,
}

impl Verdict {
    /// Takes what a check found, as the spec weighs it.
    pub(super) fn add(&mut self, severity: Severity, failure: Failure) {
        match severity {
            Severity::Fail => self.failures.push(failure),
            Severity::Warn => self.findings.push(Finding { outcome: Outcome::Warn, failure }),
        }
    }

    /// Takes note that a check could not tell.
    pub(super) fn unknown(&mut self, failure: Failure) {
        self.findings.push(Finding { outcome: Outcome::Unknown, failure });
    }
}
