//! Floors, homes, and what the lower floors may not name.

use super::names::Named;

/// Every top-level module and its floor. A module may name those of lower floors alone.
const FLOORS: [(&str, u8); 16] = [
    ("model", 1),
    ("rules", 2),
    ("formats", 2),
    ("catalogs", 2),
    ("specs", 3),
    ("stores", 3),
    ("ledger", 3),
    ("reports", 3),
    ("scanners", 3),
    ("tables", 3),
    ("engine", 4),
    ("web", 4),
    ("daemon", 5),
    ("cli", 6),
    ("main", 6),
    ("", 7),
];

/// Outside crates that only some modules may name: what they stand for can then be replaced in one place.
const HOMES: [(&str, &[&str]); 25] = [
    ("askama", &["reports", "web"]),
    ("sled", &["ledger"]),
    ("object_store", &["stores"]),
    ("serde_yaml", &["specs"]),
    ("notify", &["specs"]),
    ("nix", &["ledger", "specs", "web"]),
    ("globset", &["rules"]),
    ("icu_normalizer", &["rules"]),
    ("zip", &["reports"]),
    ("humantime", &["model"]),
    ("clap", &["cli"]),
    ("comfy_table", &["cli"]),
    ("indicatif", &["cli"]),
    ("axum", &["web"]),
    ("hyper", &["web"]),
    ("hyper_util", &["web"]),
    ("reqwest", &["web"]),
    ("hmac", &["web"]),
    ("prometheus_client", &["web"]),
    ("parquet", &["catalogs"]),
    ("csv_core", &["catalogs"]),
    ("encoding_rs", &["catalogs"]),
    ("zstd", &["catalogs"]),
    ("md5", &["catalogs"]),
    ("tracing_subscriber", &["cli", "main"]),
];

/// The highest floor that has no input, output, clock or randomness.
const PURE: u8 = 2;

/// The floor of a top-level module.
pub fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// Imports of `module` that run up or sideways.
pub fn floor_complaints(names: &[Named], module: &str) -> Vec<String> {
    let own = floor(module).unwrap_or_default();
    let complaint = |named: &Named| {
        let [root, target, ..] = named.path.as_slice() else { return None };
        // `main` is nothing but the way into `cli`.
        if root != "crate" || target == module || module.is_empty() || (module == "main" && target == "cli") {
            return None;
        }
        let path = named.path.join("::");
        match floor(target) {
            _ if target == "*" => Some(format!("`{path}`: the crate's root is imported whole")),
            None => Some(format!("`{path}`: `{target}` has no floor")),
            Some(other) if other < own => None,
            Some(other) if other == own => Some(format!("`{path}`: `{target}` stands beside `{module}`")),
            Some(_) => Some(format!("`{path}`: `{target}` stands above `{module}`")),
        }
    };
    names.iter().filter_map(complaint).collect()
}

/// Outside crates that `module` names although it is not their home.
pub fn home_complaints(names: &[Named], module: &str) -> Vec<String> {
    let complaint = |named: &Named| {
        let first = named.path.first().filter(|_| named.imported || named.path.len() > 1)?;
        let (_, homes) = HOMES.iter().find(|(name, homes)| first == name && !homes.contains(&module))?;
        Some(format!("`{}`: only {} may name `{first}`", named.path.join("::"), homes.join(" and ")))
    };
    names.iter().filter_map(complaint).collect()
}

/// What `module`, if it is a pure one, names outside its tests that it should be passed.
pub fn purity_complaints(names: &[Named], module: &str) -> Vec<String> {
    if floor(module).is_none_or(|floor| floor > PURE) {
        return Vec::new();
    }
    let named = names.iter().filter(|named| !named.in_test && is_impure(&named.path));
    named
        .map(|named| format!("`{}`: pure floors are passed clocks, readers and randomness", named.path.join("::")))
        .collect()
}

fn is_impure(path: &[String]) -> bool {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["tokio" | "rand", _, ..] | ["std", "fs" | "net", ..] | ["fs", _, ..] => true,
        [_, .., "now"] => true,
        names => names.contains(&"SystemTime"),
    }
}
