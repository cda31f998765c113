//! One YAML file into one type, with all its problems.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::locate::{Locator, suggest};
use super::marked::{self, Node, Place};
use super::problems::Problems;
use super::{secrets, walk};
use crate::model::diagnostic::Diagnostic;

/// Larger than any file of ours needs to be.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// A file's text as a tree.
///
/// # Errors
/// What leaves no tree to look at.
pub(super) fn tree(locator: &Locator<'_>, text: &str) -> Result<Node, Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(vec![locator.whole("size", message)]);
    }
    marked::parse(text).map_err(|broken| {
        let problem = match broken.place {
            Some(place) => locator.problem(broken.rule, "", place, broken.message),
            None => locator.whole(broken.rule, broken.message),
        };
        vec![suggest(problem, broken.advice.map(str::to_owned))]
    })
}

/// The line of a field in a file; `None`: the file or the field is not there, or cannot be read.
pub fn line_of(path: &Path, field: &[&str]) -> Option<u32> {
    let text = std::fs::read_to_string(path).ok()?;
    let tree = tree(&Locator::new("", &text), &text).ok()?;
    u32::try_from(tree.at(field)?.place.line).ok()
}

/// A tree and its text as a value of a type.
///
/// # Errors
/// Every problem that can be found.
pub(super) fn typed<T: DeserializeOwned>(
    locator: &Locator<'_>,
    tree: &Node,
    text: &str,
    schema: &Value,
) -> Result<T, Problems> {
    let mut problems = walk::problems(locator, tree, schema);
    for (name, second, first) in marked::duplicates(tree) {
        let message = format!("the field {name:?} stands twice; the first one is in line {}", first.line);
        problems.push(suggest(
            locator.problem("duplicate-field", &name, second, message),
            Some("remove one of them".to_owned()),
        ));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // What the schema cannot say, serde_yaml says; it stops at the first.
    serde_yaml::from_str(text).map_err(|error| {
        let place = error.location().map_or(Place::START, |at| Place {
            line: at.line(),
            column: at.column().saturating_sub(1),
            length: 1,
        });
        let said = error.to_string();
        // Of an alias it is the value that is repeated, and its line that is shown.
        let field = said.split(": ").next().filter(|field| secrets::is_secretive(field));
        let mut problems = Problems::default();
        problems.push(match field {
            Some(field) => locator.problem_of_value("value", field, place, format!("{field} does not take this value")),
            None => locator.problem("value", "", place, said),
        });
        problems
    })
}
