//! What is wrong with a spec or the config, and where: for people, editors and pipelines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::checks::Severity;

/// One problem in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// `Fail`: the file is not accepted. `Warn`: it is.
    pub severity: Severity,
    /// A short stable word for the rule, such as `unknown-field`.
    pub rule: String,
    /// What is wrong, naming the item, what was expected and what was found.
    pub message: String,
    /// What to do, in the imperative ("write `labels`"), if that can be told.
    pub suggestion: Option<String>,
    /// The file, as the user named it or as found below the jobs directory.
    pub file: String,
    /// Path of the field in the file, such as `spec.collected.to`; empty: the file as a whole.
    pub field: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters of what is marked; at least 1.
    pub length: u32,
    /// The source line, without its end, secrets as stars; empty: the file has no text to show.
    pub source_line: String,
}

impl Diagnostic {
    /// Whether there is a line to show; otherwise its place means nothing.
    pub fn has_line(&self) -> bool {
        !self.source_line.is_empty()
    }
}

/// The problems of one file that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvalidSpec {
    /// The file, as found below the jobs directory.
    pub file: String,
    /// What is wrong with it, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// The rule of what is sound and not allowed by the operator's policies.
pub const POLICY_RULE: &str = "policy";

impl InvalidSpec {
    /// Whether it is sound, and only not allowed.
    pub fn is_only_denied(&self) -> bool {
        !self.diagnostics.is_empty() && self.diagnostics.iter().all(|problem| problem.rule == POLICY_RULE)
    }
}
