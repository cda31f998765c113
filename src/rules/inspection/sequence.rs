//! Numbers that are missing among the files of a role.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::checks::Severity;
use crate::model::document::FileRecord;
use crate::model::failure::{Code, Failure};

use super::verdict::Verdict;

/// Missing numbers that are named; the rest is counted.
const NAMED: usize = 20;

pub(super) fn check_sequence(severity: Severity, files: &[FileRecord], verdict: &mut Verdict) {
    let mut roles: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.record.recognised) {
        let Some(number) = file.record.sequence.as_deref().and_then(|text| text.parse().ok()) else { continue };
        let role = file.record.role_label.as_deref().unwrap_or(file.record.role.as_str());
        roles.entry(role).or_default().insert(number);
    }
    for (role, numbers) in roles {
        if let Some(failure) = gap(role, &numbers) {
            verdict.add(severity, failure);
        }
    }
}

/// Numbers begin with 0 or 1, whichever is there.
fn gap(role: &str, numbers: &BTreeSet<u64>) -> Option<Failure> {
    let (first, last) = ((*numbers.first()?).min(1), *numbers.last()?);
    let missing = (last - first).saturating_add(1) - numbers.len() as u64;
    if missing == 0 {
        return None;
    }
    let named: Vec<String> = (first..=last)
        .filter(|number| !numbers.contains(number))
        .take(NAMED)
        .map(|number| number.to_string())
        .collect();
    let rest = missing - named.len() as u64;
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let failure = Failure::new(Code::SequenceGap, role);
    Some(failure.with(format!("every number from {first} to {last}"), format!("missing {}{rest}", named.join(", "))))
}
