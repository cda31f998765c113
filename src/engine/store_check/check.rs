//! The trials in order, and what to declare.

use super::found::{Found, failed};
use super::reading;
use super::writing::{self, Trial};
use crate::engine::stop::Stop;
use crate::engine::store_set::{StoreSet, StoreSetError};
use crate::model::config::{ChecksumAbility, Config};
use crate::model::failure::Code;
use crate::model::ids::StoreName;
use crate::model::store_check::{Ability, StoreCheckView, Tried};
use crate::model::view::FORMAT_VERSION;
use crate::stores::{Abilities, Store};

/// Tries what a store of the config can do, on objects of its own that are removed at the end, also after a failure or
/// when someone asks to stop. With `read_only` nothing is written: its first object is read.
///
/// # Errors
/// The store cannot be set up.
pub async fn check(
    config: &Config,
    name: &StoreName,
    read_only: bool,
    stop: &Stop,
) -> Result<StoreCheckView, StoreSetError> {
    let store = StoreSet::new(config.clone()).open(name)?.store;
    let trusting = declaring(config, name, true)?;
    let (can_declare, relied_on) = (differing(&trusting, &declaring(config, name, false)?), store.abilities());
    let mut found = Found { abilities: Vec::new() };
    let mut left = Vec::new();
    let listed = store.list("", false, None).await;
    let is_listed = found.note(
        Ability::List,
        true,
        listed.as_ref().map(|_| "what is below the prefix can be selected").map_err(failed),
    );
    let is_down = found.outcome(Ability::List) == Some(Tried::CouldNotTell);
    // A folder would be made by the first write, where perhaps a disk is not mounted.
    let is_missing = listed.as_ref().err().is_some_and(|error| error.code == Code::StoreMissing);
    if read_only {
        let first = listed.ok().and_then(|page| page.objects.into_iter().next()).filter(|_| is_listed);
        reading::try_first(&store, first, &mut found).await;
        found.skip(&writing::abilities(relied_on, false), "nothing was to be written");
    } else if is_down || is_missing {
        let why =
            if is_down { "the store does not answer" } else { "there is nothing to try it on, and nothing was made" };
        found.skip(&reading::ABILITIES, why);
        found.skip(&writing::abilities(relied_on, true), why);
    } else {
        let trial = Trial::new(store, trusting, is_listed);
        tokio::select! {
            () = trial.run(&mut found) => {}
            // What was written is removed all the same.
            _ = stop.wait() => {}
        }
        left = trial.clean_up(&mut found).await;
    }
    let (declare, differences) =
        if read_only { Default::default() } else { declarations(&found, can_declare, relied_on) };
    let store = name.to_string();
    Ok(StoreCheckView {
        format_version: FORMAT_VERSION,
        store,
        read_only,
        abilities: found.abilities,
        declare,
        differences,
        left,
    })
}

/// The same store with everything declared, or nothing.
fn declaring(config: &Config, name: &StoreName, everything: bool) -> Result<Store, StoreSetError> {
    let mut config = config.clone();
    if let Some(store) = config.stores.get_mut(name) {
        store.conditional_put = Some(everything);
        store.checksum = Some(if everything { ChecksumAbility::Sha256 } else { ChecksumAbility::None });
        store.server_side_copy = Some(everything);
        store.ordered_listing = Some(everything);
    }
    Ok(StoreSet::new(config).open(name)?.store)
}

/// What can be declared of a store: folders do what they do.
fn differing(everything: &Store, nothing: &Store) -> Abilities {
    let (everything, nothing) = (everything.abilities(), nothing.abilities());
    Abilities {
        conditional_put: everything.conditional_put != nothing.conditional_put,
        checksum: everything.checksum != nothing.checksum,
        copy: everything.copy != nothing.copy,
        ordered: everything.ordered != nothing.ordered,
    }
}

/// Lines of the config that say what was found, and where it says otherwise now.
fn declarations(found: &Found, can_declare: Abilities, relied_on: Abilities) -> (Vec<String>, Vec<String>) {
    let fields = [
        (
            Ability::ConditionalPut,
            can_declare.conditional_put,
            relied_on.conditional_put,
            "conditionalPut",
            ["false", "true"],
        ),
        (Ability::Checksum, can_declare.checksum, relied_on.checksum, "checksum", ["none", "sha256"]),
        (Ability::Copy, can_declare.copy, relied_on.copy, "serverSideCopy", ["false", "true"]),
        (Ability::OrderedListing, can_declare.ordered, relied_on.ordered, "orderedListing", ["false", "true"]),
    ];
    let (mut declare, mut differences) = (Vec::new(), Vec::new());
    for (ability, can_declare, relied_on, field, values) in fields {
        let works = match found.outcome(ability) {
            Some(Tried::Works) if can_declare => true,
            Some(Tried::DoesNot) if can_declare => false,
            _ => continue,
        };
        let line = format!("{field}: {}", values[usize::from(works)]);
        if works != relied_on {
            let now = values[usize::from(relied_on)];
            differences.push(format!("it is taken for `{field}: {now}`, and was found to be `{line}`"));
        }
        declare.push(line);
    }
    (declare, differences)
}
