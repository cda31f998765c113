//! What a store turned out to be able to do.

use serde::{Deserialize, Serialize};

/// Something that a store may be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ability {
    /// Name what is there.
    List,
    /// Take an object.
    Write,
    /// Give an object back.
    Read,
    /// Give a part of an object.
    Range,
    /// Tell that an object is not the one that was listed.
    Pin,
    /// Refuse to replace an object, also where several writers come at once.
    ConditionalPut,
    /// Refuse an object whose SHA-256 is not the one that was sent, and give the right one back.
    Checksum,
    /// Copy an object by itself: what is asked for, pinned, never over another one.
    Copy,
    /// List keys in the order of their bytes, and from behind any of them.
    OrderedListing,
    /// Keep content type and user metadata.
    Metadata,
    /// Remove an object. Nothing but a check ever does.
    Delete,
}

impl Ability {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Write => "write",
            Self::Read => "read",
            Self::Range => "read a part",
            Self::Pin => "pinned read",
            Self::ConditionalPut => "conditional put",
            Self::Checksum => "checksum on upload",
            Self::Copy => "server-side copy",
            Self::OrderedListing => "ordered listing",
            Self::Metadata => "metadata",
            Self::Delete => "delete",
        }
    }
}

/// What came of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tried {
    /// It does what it should.
    Works,
    /// It does not.
    DoesNot,
    /// The store did not answer, or not so that it can be told.
    CouldNotTell,
    /// Stores of this kind have no such thing.
    NotApplicable,
    /// Not tried: asked not to, or what comes before it failed.
    NotTried,
}

impl Tried {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::DoesNot => "does not",
            Self::CouldNotTell => "could not tell",
            Self::NotApplicable => "has none",
            Self::NotTried => "not tried",
        }
    }
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AbilityView {
    /// What was tried.
    pub ability: Ability,
    /// What came of it.
    pub outcome: Tried,
    /// Whether batches rest on it, as the config stands.
    pub relied_on: bool,
    /// What that means, or why it could not be told.
    pub meaning: String,
}

/// What a store turned out to be able to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreCheckView {
    /// Of this form.
    pub format_version: u32,
    /// The store's name in the config.
    pub store: String,
    /// Nothing was written.
    pub read_only: bool,
    /// Every trial.
    pub abilities: Vec<AbilityView>,
    /// Lines of the config that say what was found; empty where nothing is to be declared.
    pub declare: Vec<String>,
    /// Where the config says otherwise.
    pub differences: Vec<String>,
    /// Objects of the check that could not be removed.
    pub left: Vec<String>,
}

impl StoreCheckView {
    /// Whether all that batches rest on works; `None`: that could not be told.
    pub fn is_sound(&self) -> Option<bool> {
        let relied_on = || self.abilities.iter().filter(|tried| tried.relied_on);
        if relied_on().any(|tried| tried.outcome == Tried::DoesNot) {
            return Some(false);
        }
        relied_on().all(|tried| tried.outcome == Tried::Works).then_some(true)
    }
}
