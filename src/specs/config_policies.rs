//! What a policy of the config must be besides well-formed.

use super::locate::nearest;
use crate::model::config::Config;
use crate::model::ids::StoreName;
use crate::model::policy::Policy;
use crate::rules::keys;
use crate::rules::policies::Policies;

/// Says everything that is wrong with a policy: path below it, message and advice.
pub(super) fn problems(policy: &Policy, config: &Config, say: &mut dyn FnMut(&[&str], &str, &str)) {
    if let Err(error) = Policies::new(std::slice::from_ref(policy)) {
        say(&["specs"], &error.to_string(), "write one such as `finance/**`");
    }
    if policy.specs.starts_with('/') || policy.specs.starts_with("./") {
        say(&["specs"], "the paths of specs begin below the jobs directory", "write one such as `finance/**`");
    }
    for (list, places) in [("read", &policy.read), ("write", &policy.write)] {
        for (index, place) in places.iter().enumerate() {
            let index = index.to_string();
            if !config.stores.contains_key(&place.store) {
                let known: Vec<&str> = config.stores.keys().map(StoreName::as_str).collect();
                let message =
                    format!("store {:?} is not in the config, which names: {}", place.store.as_str(), known.join(", "));
                let meant = nearest(place.store.as_str(), known);
                let advice = meant.map_or("name one of `stores`".to_owned(), |meant| format!("write `{meant}`"));
                say(&[list, &index, "store"], &message, &advice);
            }
            if let Some(fault) = keys::prefix_fault(&place.prefix) {
                let advice = "write one such as `scans/`, or none for the whole store";
                say(&[list, &index, "prefix"], &format!("prefix {:?}: {fault}", place.prefix), advice);
            }
        }
    }
    if policy.overwrite && policy.write.is_empty() {
        say(&["overwrite"], "nothing may be overwritten where nothing may be written", "name places in `write`");
    }
}
