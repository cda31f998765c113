//! What came of the trials so far.

use crate::model::failure::Code;
use crate::model::store_check::{Ability, AbilityView, Tried};
use crate::stores::StoreError;

/// A trial that did not work: what came of it, and what that means.
pub(super) type Failed = (Tried, String);

/// What came of the trials so far, in order.
pub(super) struct Found {
    pub(super) abilities: Vec<AbilityView>,
}

impl Found {
    /// Notes what came of a trial; gives whether it works.
    pub(super) fn note(&mut self, ability: Ability, relied_on: bool, tried: Result<&str, Failed>) -> bool {
        let (outcome, meaning) = match tried {
            Ok(meaning) => (Tried::Works, meaning.to_owned()),
            Err(failed) => failed,
        };
        self.abilities.push(AbilityView { ability, outcome, relied_on, meaning });
        outcome == Tried::Works
    }

    /// Notes trials that were not made.
    pub(super) fn skip(&mut self, abilities: &[(Ability, bool)], why: &str) {
        for (ability, relied_on) in abilities {
            self.note(*ability, *relied_on, Err((Tried::NotTried, why.to_owned())));
        }
    }

    /// What came of a trial.
    pub(super) fn outcome(&self, ability: Ability) -> Option<Tried> {
        self.abilities.iter().find(|tried| tried.ability == ability).map(|tried| tried.outcome)
    }
}

/// What an error says of an ability: a store that does not answer says nothing.
pub(super) fn failed(error: &StoreError) -> Failed {
    let silent = [Code::StoreUnavailable, Code::Timeout, Code::Throttled, Code::ClockSkewed];
    let outcome = if silent.contains(&error.code) { Tried::CouldNotTell } else { Tried::DoesNot };
    (outcome, format!("{}: {}", error.code, error.detail))
}

/// It does something else.
pub(super) fn wrong(meaning: impl Into<String>) -> Failed {
    (Tried::DoesNot, meaning.into())
}
