//! The parts of a spec, each by itself: what is wrong with one hides nothing of the others.

use serde::de::DeserializeOwned;

use super::marked::Node;
use super::scalar;
use crate::model::checks::Checks;
use crate::model::spec::{BatchSpec, CollectedRange, Filters, Source, Target, Transfer};

/// The parts of a spec; `None`: that part is not well-formed.
pub(super) struct Parts {
    pub(super) collected: Option<CollectedRange>,
    pub(super) source: Option<Source>,
    pub(super) target: Option<Target>,
    pub(super) filters: Option<Filters>,
    pub(super) checks: Option<Checks>,
    pub(super) transfer: Option<Transfer>,
}

impl Parts {
    /// Those of a well-formed spec.
    pub(super) fn of(spec: &BatchSpec) -> Self {
        Self {
            collected: Some(spec.collected.clone()),
            source: Some(spec.source.clone()),
            target: Some(spec.target.clone()),
            filters: Some(spec.filters.clone()),
            checks: Some(spec.checks.clone()),
            transfer: Some(spec.transfer.clone()),
        }
    }

    /// Those of a spec that is not well-formed as a whole.
    pub(super) fn read(tree: &Node) -> Self {
        Self {
            collected: part(tree, "collected"),
            source: part(tree, "source"),
            target: part(tree, "target"),
            filters: part(tree, "filters"),
            checks: part(tree, "checks"),
            transfer: part(tree, "transfer"),
        }
    }
}

fn part<T: DeserializeOwned>(tree: &Node, name: &str) -> Option<T> {
    serde_yaml::from_value(scalar::value(tree.at(&["spec", name])?)?).ok()
}
