//! What the operator lets specs do with the stores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::StoreName;

/// What some specs may do. What no policy allows is denied, once the config has any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Glob on the path of the spec below the jobs directory, such as `finance/**`.
    pub specs: String,
    /// Where they may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<PolicyPlace>,
    /// Where they may write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<PolicyPlace>,
    /// What they may write to they may also overwrite: `onConflict: Overwrite`.
    #[serde(default)]
    pub overwrite: bool,
}

/// A part of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyPlace {
    /// A store named in the config.
    pub store: StoreName,
    /// The keys that start with this; empty: all of them. It is text, so `scans` also takes in `scans2/`, and `scans/` does
    /// not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}
