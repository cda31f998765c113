//! What the repository itself ships: schemas and samples.

use std::fs;
use std::path::Path;

use batchferry::specs::{batch_schema, check_text, config_schema, load_config, report_schema};

use crate::program::repository;

#[test]
fn the_schemas_in_the_repository_are_those_of_the_types() {
    for (name, schema) in [("batch", batch_schema()), ("config", config_schema()), ("report", report_schema())] {
        let kept = fs::read_to_string(repository(&format!("schemas/{name}.schema.json"))).unwrap();
        assert_eq!(kept, format!("{schema:#}\n"), "run `batchferry schema --write schemas`");
    }
}

#[test]
fn every_sample_is_valid_with_the_config_beside_it() {
    let config = load_config(Some(Path::new(&repository("batchferry.yaml")))).unwrap().config;
    let mut checked = 0;
    for entry in fs::read_dir(repository("jobs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.display().to_string();
            let checks = check_text(&name, &fs::read_to_string(&path).unwrap(), Some(&config));
            assert!(checks.is_ok(), "{name}: {checks:#?}");
            checked += 1;
        }
    }
    assert!(checked > 0);
}
