//! What the operator's policies let a spec do: once there are any, what none of them allows is denied.
//!
//! Policies add up: what a spec reads may be allowed by one, and what it writes by another. A prefix contains what starts
//! with it, as text of the store's keys.

use globset::GlobSet;

use super::globs::{self, Against, GlobError};
use crate::model::ids::StoreName;
use crate::model::policy::{Policy, PolicyPlace};
use crate::model::spec::{OnConflict, Source, Target};

/// Policies that are named where a spec has none.
const NAMED: usize = 5;

/// The policies of a config.
pub struct Policies<'p> {
    policies: &'p [Policy],
    specs: GlobSet,
}

/// Something that a spec asks for and no policy allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The field of the spec.
    pub field: [&'static str; 3],
    /// What is not allowed, and what the nearest policy allows.
    pub message: String,
    /// What to do, as an imperative.
    pub advice: String,
}

/// Whether a place is read or written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Read,
    Write,
}

impl Way {
    fn of(self, policy: &Policy) -> &[PolicyPlace] {
        match self {
            Self::Read => &policy.read,
            Self::Write => &policy.write,
        }
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Read => ("read from", "read", "source"),
            Self::Write => ("write to", "write", "target"),
        }
    }
}

/// A policy that is for a spec, and its place in the list, from 1.
type Numbered<'p> = (usize, &'p Policy);

impl<'p> Policies<'p> {
    /// Makes their globs ready.
    ///
    /// # Errors
    /// A glob that is none.
    pub fn new(policies: &'p [Policy]) -> Result<Self, GlobError> {
        let specs: Vec<String> = policies.iter().map(|policy| policy.specs.clone()).collect();
        Ok(Self { policies, specs: globs::set(&specs, Against::Key)? })
    }

    /// What the spec at this path below the jobs directory asks for and may not; empty: it is allowed. The parts of a spec
    /// that could not be read ask for nothing.
    pub fn denials(&self, spec: &str, source: Option<&Source>, target: Option<&Target>) -> Vec<Denial> {
        let own: Vec<Numbered> =
            self.specs.matches(spec).into_iter().map(|index| (index + 1, &self.policies[index])).collect();
        if own.is_empty() {
            return vec![self.without_policy(spec)];
        }
        let reads = source.map(|source| granting(&own, spec, Way::Read, &source.store.to_string(), &source.prefix));
        let tables = source.into_iter().flat_map(tables).map(|Table { field, store, key }| {
            let denied = granting(&own, spec, Way::Read, store.as_str(), key);
            denied.map_err(|denial| Denial { field, ..denial })
        });
        let tables: Vec<_> = tables.collect();
        let writes = target.map(|target| granting(&own, spec, Way::Write, &target.store.to_string(), &target.prefix));
        let overwrites = target.is_some_and(|target| target.on_conflict == OnConflict::Overwrite);
        let overwrite = writes.as_ref().and_then(|writes| writes.as_ref().ok()).filter(|_| overwrites);
        let overwrite = overwrite.and_then(|granting| overwrite_denied(granting, spec));
        reads.into_iter().chain(tables).chain(writes).filter_map(Result::err).chain(overwrite).collect()
    }

    /// Whether any policy, whatever specs it is for, allows to read this prefix of a store.
    pub fn lets_anyone_read(&self, store: &StoreName, prefix: &str) -> bool {
        self.lets_anyone(Way::Read, store, prefix)
    }

    /// Whether any policy, whatever specs it is for, allows to write to this prefix of a store.
    pub fn lets_anyone_write(&self, store: &StoreName, prefix: &str) -> bool {
        self.lets_anyone(Way::Write, store, prefix)
    }

    fn lets_anyone(&self, way: Way, store: &StoreName, prefix: &str) -> bool {
        let mut places = self.policies.iter().flat_map(|policy| way.of(policy));
        places.any(|place| place.store == *store && prefix.starts_with(&place.prefix))
    }

    fn without_policy(&self, spec: &str) -> Denial {
        let globs: Vec<String> = self.policies.iter().map(|policy| format!("{:?}", policy.specs)).collect();
        let there_are = match globs.as_slice() {
            [] => "`policies` in the config is an empty list, which allows nothing".to_owned(),
            globs if globs.len() <= NAMED => format!("the config has policies for {}", globs.join(", ")),
            globs => {
                format!("the config has policies for {} and {} more", globs[..NAMED].join(", "), globs.len() - NAMED)
            }
        };
        let advice = if globs.is_empty() {
            "ask the operator of batchferry for a policy".to_owned()
        } else {
            "move the spec to where a policy is for it, or ask the operator of batchferry for one".to_owned()
        };
        let message = format!("no policy is for the spec {spec:?}, so it may do nothing: {there_are}");
        Denial { field: ["spec", "source", "store"], message, advice }
    }
}

/// A table that a source needs besides its objects.
struct Table<'s> {
    field: [&'static str; 3],
    store: &'s StoreName,
    key: &'s str,
}

/// The index and the inventory of a source. What an inventory's manifest names is taken to lie beside it.
fn tables(source: &Source) -> Vec<Table<'_>> {
    let index = source.catalog.index.as_ref().and_then(|index| Some((index.store.as_ref(), index.object.as_ref()?)));
    let inventory = source.inventory.as_ref().map(|inventory| (inventory.store.as_ref(), &inventory.manifest));
    [(["spec", "source", "catalog"], index), (["spec", "source", "inventory"], inventory)]
        .into_iter()
        .filter_map(|(field, table)| {
            let (store, key) = table?;
            Some(Table { field, store: store.unwrap_or(&source.store), key })
        })
        .collect()
}

/// The policies that let a spec reach a place, or why none does.
fn granting<'p>(
    own: &[Numbered<'p>],
    spec: &str,
    way: Way,
    store: &str,
    prefix: &str,
) -> Result<Vec<Numbered<'p>>, Denial> {
    let grants = |place: &PolicyPlace| place.store.as_str() == store && prefix.starts_with(&place.prefix);
    let granting: Vec<Numbered> = own.iter().copied().filter(|(_, policy)| way.of(policy).iter().any(grants)).collect();
    if granting.is_empty() { Err(place_denied(own, spec, way, store, prefix)) } else { Ok(granting) }
}

fn place_denied(own: &[Numbered<'_>], spec: &str, way: Way, store: &str, prefix: &str) -> Denial {
    let (does, list, part) = way.words();
    let places = own.iter().flat_map(|(number, policy)| way.of(policy).iter().map(move |place| (*number, place)));
    let of_store = places.clone().filter(|(_, place)| place.store.as_str() == store);
    let nearest = of_store.max_by_key(|(_, place)| common(&place.prefix, prefix));
    // There is one: without any, nothing is asked here.
    let first = own.first().map_or(1, |(number, _)| *number);
    let wanted = format!("{{store: {store}, prefix: {prefix:?}}}");
    let ask = |number| format!("ask the operator of batchferry to add `{wanted}` to `{list}` of policy {number}");
    match nearest {
        Some((number, place)) => Denial {
            field: ["spec", part, "prefix"],
            message: format!(
                "no policy lets {spec:?} {does} {}; policy {number} lets it {does} {} alone",
                told(store, prefix),
                told(store, &place.prefix)
            ),
            advice: format!("choose a prefix that starts with {:?}, or {}", place.prefix, ask(number)),
        },
        None => {
            let mut stores: Vec<&str> = places.map(|(_, place)| place.store.as_str()).collect();
            stores.sort_unstable();
            stores.dedup();
            let may = if stores.is_empty() { "no store".to_owned() } else { stores.join(", ") };
            Denial {
                field: ["spec", part, "store"],
                message: format!("no policy lets {spec:?} {does} store {store:?}; it may {does} {may}"),
                advice: format!("name another store, or {}", ask(first)),
            }
        }
    }
}

fn told(store: &str, prefix: &str) -> String {
    if prefix.is_empty() { format!("all of store {store:?}") } else { format!("store {store:?} below {prefix:?}") }
}

/// How many bytes two texts begin with in common.
fn common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

fn overwrite_denied(granting: &[Numbered<'_>], spec: &str) -> Option<Denial> {
    if granting.iter().any(|(_, policy)| policy.overwrite) {
        return None;
    }
    let (number, _) = granting.first()?;
    Some(Denial {
        field: ["spec", "target", "onConflict"],
        message: format!("policy {number} lets {spec:?} write there, and overwrite nothing"),
        advice: format!(
            "write `Fail` or `KeepTarget`, or ask the operator of batchferry for `overwrite: true` in policy {number}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policies() -> Vec<Policy> {
        let policies = json!([
            {"specs": "finance/**", "read": [{"store": "standard", "prefix": "scans/"}],
             "write": [{"store": "flagship", "prefix": "archive/"}]},
            {"specs": "finance/redo/*.yaml", "write": [{"store": "flagship", "prefix": "archive/redo/"}], "overwrite": true},
            {"specs": "ops/*", "read": [{"store": "standard"}, {"store": "other"}], "write": [{"store": "other"}]},
        ]);
        serde_json::from_value(policies).unwrap()
    }

    /// What is denied of a spec at a path: field and message.
    fn denied(spec: &str, from: (&str, &str), to: (&str, &str), on_conflict: &str) -> Vec<(String, String)> {
        let policies = policies();
        let keys = "{collected:%Y-%m-%d}/{imageNumber}/{fileName}";
        let source = json!({"store": from.0, "prefix": from.1, "catalog": {"keys": keys}});
        let target = json!({"store": to.0, "prefix": to.1, "onConflict": on_conflict});
        let (source, target) = (serde_json::from_value(source).unwrap(), serde_json::from_value(target).unwrap());
        let denials = Policies::new(&policies).unwrap().denials(spec, Some(&source), Some(&target));
        denials.into_iter().map(|denial| (denial.field.join("."), denial.message)).collect()
    }

    fn fields(spec: &str, from: (&str, &str), to: (&str, &str), on_conflict: &str) -> Vec<String> {
        denied(spec, from, to, on_conflict).into_iter().map(|(field, _)| field).collect()
    }

    const FROM: (&str, &str) = ("standard", "scans/2025/");
    const TO: (&str, &str) = ("flagship", "archive/acme/");

    #[test]
    fn what_a_policy_allows_is_allowed_and_nothing_else() {
        assert_eq!(fields("finance/a/q1.yaml", FROM, TO, "Fail"), [""; 0]);
        assert_eq!(fields("finance/q1.yaml", ("standard", "scans"), TO, "Fail"), ["spec.source.prefix"]);
        assert_eq!(fields("finance/q1.yaml", ("standard", "scans2/"), TO, "Fail"), ["spec.source.prefix"]);
        assert_eq!(fields("finance/q1.yaml", ("other", "scans/"), TO, "Fail"), ["spec.source.store"]);
        let both = ["spec.source.store", "spec.target.store"];
        assert_eq!(fields("finance/q1.yaml", ("flagship", "archive/"), ("standard", "scans/"), "Fail"), both);
        assert_eq!(fields("ops/x.yaml", ("standard", ""), ("other", ""), "Fail"), [""; 0]);
        assert_eq!(fields("ops/deep/x.yaml", ("standard", ""), ("other", ""), "Fail"), ["spec.source.store"]);
    }

    #[test]
    fn what_may_be_written_may_be_overwritten_only_where_that_is_said() {
        assert_eq!(fields("finance/q1.yaml", FROM, TO, "Overwrite"), ["spec.target.onConflict"]);
        assert_eq!(fields("finance/q1.yaml", FROM, TO, "KeepTarget"), [""; 0]);
        let redo = "finance/redo/q1.yaml";
        assert_eq!(fields(redo, FROM, TO, "Overwrite"), ["spec.target.onConflict"], "another prefix of the same spec");
        assert_eq!(fields(redo, FROM, ("flagship", "archive/redo/"), "Overwrite"), [""; 0]);
    }

    #[test]
    fn a_denial_names_the_nearest_policy_and_what_it_allows() {
        let said = |spec, from| denied(spec, from, TO, "Fail").remove(0).1;
        assert_eq!(
            said("finance/q1.yaml", ("standard", "other/")),
            "no policy lets \"finance/q1.yaml\" read from store \"standard\" below \"other/\"; policy 1 lets it read from \
             store \"standard\" below \"scans/\" alone"
        );
        assert!(said("finance/q1.yaml", ("standard", "")).contains("all of store \"standard\""));
        let named = said("hr/x.yaml", FROM);
        assert!(named.contains("policies for \"finance/**\", \"finance/redo/*.yaml\", \"ops/*\""), "{named}");
        let none = Policies::new(&[]).unwrap().denials("a.yaml", None, None);
        assert!(none[0].message.contains("an empty list, which allows nothing"), "{none:?}");
    }

    #[test]
    fn the_tables_of_a_source_are_read_too() {
        let policies = policies();
        let columns = json!({"key": "path", "imageNumber": "image", "collected": "day"});
        let denied = |index: serde_json::Value, manifest: &str| -> Vec<String> {
            let source = json!({"store": "standard", "prefix": "scans/", "catalog": {"index": index},
                "inventory": {"manifest": manifest}});
            let source = serde_json::from_value(source).unwrap();
            let denials = Policies::new(&policies).unwrap().denials("finance/a.yaml", Some(&source), None);
            denials.into_iter().map(|denial| denial.field.join(".")).collect()
        };
        let object = |key: &str| json!({"object": key, "columns": columns});
        assert_eq!(denied(object("scans/index.csv"), "scans/manifest.json"), [""; 0]);
        let both = ["spec.source.catalog", "spec.source.inventory"];
        assert_eq!(denied(object("exports/index.csv"), "exports/manifest.json"), both);
        assert_eq!(denied(json!({"file": "index.csv", "columns": columns}), "scans/manifest.json"), [""; 0]);
        let elsewhere = json!({"object": "scans/index.csv", "store": "other", "columns": columns});
        assert_eq!(denied(elsewhere, "scans/manifest.json"), ["spec.source.catalog"]);
    }

    #[test]
    fn parts_of_a_spec_that_cannot_be_read_ask_for_nothing() {
        assert_eq!(Policies::new(&policies()).unwrap().denials("finance/a.yaml", None, None), []);
    }
}
