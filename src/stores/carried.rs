//! What travels along with an object: content type, other headers that describe it, user metadata.

use object_store::{Attribute, AttributeValue, Attributes};

/// What travels along with an object; empty where a store has no such thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried(Attributes);

impl Carried {
    /// What a JSON object of our own carries.
    pub fn json() -> Self {
        Self([(Attribute::ContentType, AttributeValue::from("application/json"))].into_iter().collect())
    }

    /// What a read returned. User metadata that is not ASCII is left behind: servers send it raw, and an HTTP client
    /// then refuses the whole object on its next read.
    pub(super) fn from_read(attributes: &Attributes) -> Self {
        let kept = attributes.iter().filter(|(name, value)| {
            !matches!(name, Attribute::Metadata(_)) || value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        });
        Self(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    pub(super) fn attributes(&self) -> Attributes {
        self.0.clone()
    }
}
