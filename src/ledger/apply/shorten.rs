//! Texts from outside are cut before they are kept: a store's error page must not fill the ledger.

use crate::model::document::{DocumentState, FileState};
use crate::model::failure::{Failure, Finding};

/// Longest text of an expectation or observation, in bytes.
const LONGEST: usize = 500;

/// Cuts the texts of a document's state and findings.
pub(super) fn document(state: &mut DocumentState, findings: &mut [Finding]) {
    if let DocumentState::Failed(cause) = state {
        failure(cause);
    }
    findings.iter_mut().for_each(|finding| failure(&mut finding.failure));
}

/// Cuts the texts of a file's state and findings.
pub(super) fn file(state: &mut FileState, findings: &mut [Finding]) {
    if let FileState::Failed(cause) = state {
        failure(cause);
    }
    findings.iter_mut().for_each(|finding| failure(&mut finding.failure));
}

fn failure(failure: &mut Failure) {
    for text in [&mut failure.expected, &mut failure.actual].into_iter().flatten() {
        cut(text);
    }
}

fn cut(text: &mut String) {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Code;

    #[test]
    fn long_texts_are_cut_between_characters_and_marked() {
        let mut findings = [Finding {
            outcome: crate::model::failure::Outcome::Warn,
            failure: Failure::new(Code::Timeout, "a").with("short", "发".repeat(1000)),
        }];
        document(&mut DocumentState::Pending, &mut findings);
        let failure = &findings[0].failure;
        assert_eq!(failure.expected.as_deref(), Some("short"));
        assert_eq!(failure.actual.as_deref(), Some(&*format!("{}…", "发".repeat(166))));
    }
}
