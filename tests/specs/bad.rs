//! One file for each thing that can be wrong, and one with many.

use std::fs;

use crate::program::{GOOD, repository, validate};

#[test]
fn every_problem_is_shown_at_its_place_with_a_way_out() {
    let mut paths: Vec<_> =
        fs::read_dir(repository("tests/data/specs/bad")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"file://\S*/\.tmp\w+/", "file://[FOLDER]/");
    let _bound = settings.bind_to_scope();
    assert!(paths.len() >= 18, "{paths:?}");
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let said = validate(&format!("{name}.yaml"), &fs::read(&path).unwrap());
        assert_eq!(said.code, Some(1), "{name}: {said:?}");
        assert!(!said.stderr.contains('\u{1b}'), "{name}: colours, although NO_COLOR asks for none");
        insta::assert_snapshot!(name, format!("{}{}", said.stderr, said.stdout));
    }
}

#[test]
fn the_spec_from_which_they_differ_is_good() {
    let said = validate("good.yaml", GOOD.as_bytes());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.stdout, "1 spec valid, 0 invalid, 0 ignored\n");
}
