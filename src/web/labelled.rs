//! Metrics with one label whose values are known beforehand, so that their number is bounded and none is missing.

use prometheus_client::metrics::family::Family;

/// One metric for each value of a label.
#[derive(Debug)]
pub(super) struct Labelled<M> {
    name: &'static str,
    family: Family<[(&'static str, &'static str); 1], M>,
}

impl<M: Default + Clone> Labelled<M> {
    /// A metric for each of these values, at zero.
    pub(super) fn new(name: &'static str, values: &[&'static str]) -> Self {
        let labelled = Self { name, family: Family::default() };
        for value in values {
            labelled.of(value);
        }
        labelled
    }

    /// The metric of one value.
    pub(super) fn of(&self, value: &'static str) -> M {
        self.family.get_or_create_owned(&[(self.name, value)])
    }

    /// What a registry takes.
    pub(super) fn family(&self) -> Family<[(&'static str, &'static str); 1], M> {
        self.family.clone()
    }
}
