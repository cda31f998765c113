//! The map of `src/lib.rs`, kept true: imports run strictly downward, outside crates stay at home, the lower floors are
//! pure, and files are short.
//!
//! The checker is tested on snippets of its own, so that it cannot pass by seeing nothing.

#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/shape.rs"]
mod shape;
#[path = "architecture/snippets.rs"]
mod snippets;
#[path = "architecture/sources.rs"]
mod sources;

use sources::{Source, sources};

/// Every complaint of `check` about any file of `src`.
fn complaints(check: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    let sources = sources();
    let of_file = |source: &Source| -> Vec<String> {
        check(source).into_iter().map(|complaint| format!("{}: {complaint}", source.path)).collect()
    };
    sources.iter().flat_map(of_file).collect()
}

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn imports_run_strictly_downward() {
    assert_none(&complaints(|source| rules::floor_complaints(&source.names, source.module())));
}

#[test]
fn outside_crates_stay_at_home() {
    assert_none(&complaints(|source| rules::home_complaints(&source.names, source.module())));
}

#[test]
fn the_lower_floors_have_no_input_output_clock_or_randomness() {
    assert_none(&complaints(|source| rules::purity_complaints(&source.names, source.module())));
}

#[test]
fn files_are_short() {
    assert_none(&complaints(|source| match source.path.ends_with("/tests.rs") {
        true => Vec::new(),
        false => shape::length_complaints(&source.text),
    }));
}

#[test]
fn mod_files_only_declare_and_re_export() {
    assert_none(&complaints(|source| match source.path.ends_with("/mod.rs") {
        true => shape::mod_file_complaints(&source.text),
        false => Vec::new(),
    }));
}

#[test]
fn every_module_of_the_crate_has_a_floor() {
    let unknown = |source: &Source| match source.module() {
        "" => Vec::new(),
        module if rules::floor(module).is_some() => Vec::new(),
        module => vec![format!("`{module}` has no floor; give it one in tests/architecture/rules.rs")],
    };
    assert_none(&complaints(unknown));
}

#[test]
fn the_sources_are_seen() {
    let sources = sources();
    for module in
        ["model", "rules", "formats", "catalogs", "specs", "stores", "ledger", "reports", "engine", "web", "cli"]
    {
        assert!(sources.iter().any(|source| source.module() == module), "{module}");
    }
    let template = sources.iter().find(|source| source.path == "src/catalogs/key_template.rs").unwrap();
    let imports_the_model = |named: &names::Named| named.path.starts_with(&["crate".into(), "model".into()]);
    assert!(template.names.iter().any(imports_the_model));
}
