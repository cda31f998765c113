//! What a spec may say of when its batch runs: `after` and `repeat`.

use std::collections::HashSet;
use std::time::Duration;

use super::locate::{Locator, suggest};
use super::marked::Node;
use crate::model::diagnostic::Diagnostic;
use crate::model::ids::BatchName;
use crate::model::spec::{BatchFile, Repeat};

/// The shortest pause between two runs: less would list the whole scope all the time.
const LEAST_PAUSE: Duration = Duration::from_secs(60);

/// Everything that is wrong with the order that one spec asks for, whatever the other specs say.
pub(super) fn problems(locator: &Locator<'_>, tree: &Node, file: &BatchFile) -> Vec<Diagnostic> {
    let mut found = after(locator, tree, file);
    if let Some(repeat) = &file.spec.repeat {
        found.extend(pause(locator, tree, repeat));
        found.extend(last_day(locator, tree, file, repeat));
    }
    found
}

fn after(locator: &Locator<'_>, tree: &Node, file: &BatchFile) -> Vec<Diagnostic> {
    let (own, mut seen) = (&file.metadata.name, HashSet::new());
    let wrong = |name: &BatchName| {
        if name == own {
            Some(("after-itself", format!("the batch comes after itself: {own:?} is its own name", own = own.as_str())))
        } else if seen.insert(name.clone()) {
            None
        } else {
            Some(("after-twice", format!("{:?} stands twice in `after`", name.as_str())))
        }
    };
    let wrong = file.spec.after.iter().map(wrong).enumerate();
    wrong
        .filter_map(|(index, wrong)| {
            let (rule, message) = wrong?;
            let problem = locator.problem_at(tree, rule, &["spec", "after", &index.to_string()], message);
            Some(suggest(problem, Some("remove it".to_owned())))
        })
        .collect()
}

fn pause(locator: &Locator<'_>, tree: &Node, repeat: &Repeat) -> Option<Diagnostic> {
    let message = format!("every {} would list the whole scope almost without a pause", repeat.every);
    let problem = || locator.problem_at(tree, "repeat-every", &["spec", "repeat", "every"], message);
    (repeat.every.0 < LEAST_PAUSE).then(problem).map(|problem| suggest(problem, Some("write `1m` or more".to_owned())))
}

fn last_day(locator: &Locator<'_>, tree: &Node, file: &BatchFile, repeat: &Repeat) -> Option<Diagnostic> {
    let first = file.spec.collected.from;
    let message = format!("the last day to repeat on, {}, is before the first day of the range, {first}", repeat.until);
    let problem = || locator.problem_at(tree, "repeat-until", &["spec", "repeat", "until"], message);
    let advice = "write the last day on which documents may still arrive";
    (repeat.until < first).then(problem).map(|problem| suggest(problem, Some(advice.to_owned())))
}
