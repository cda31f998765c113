//! A good spec with a few characters changed: whatever comes of it, no panic, and every place lies in the text.

use batchferry::specs::check_text;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::program::GOOD;

/// Characters that mean something to YAML, to templates, or to whoever counts in bytes.
const TELLING: &str = "{}[]:,-*&!|>'\"%@`#?\\/<.~ \n\r\t\u{0}\u{7f}\u{85}\u{feff}\u{2028}a0é发𝄞\u{202e}";

#[derive(Debug, Clone)]
enum Edit {
    Delete(Index, usize),
    Insert(Index, String),
    Replace(Index, char),
    Repeat(Index, usize),
}

fn character() -> impl Strategy<Value = char> {
    prop_oneof![prop::sample::select(TELLING.chars().collect::<Vec<_>>()), any::<char>()]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), 1..40usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        (any::<Index>(), prop::collection::vec(character(), 1..8))
            .prop_map(|(at, new)| Edit::Insert(at, new.into_iter().collect())),
        (any::<Index>(), character()).prop_map(|(at, new)| Edit::Replace(at, new)),
        (any::<Index>(), 1..60usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
    ]
}

fn edited(text: &str, edit: &Edit) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let (Edit::Delete(at, _) | Edit::Insert(at, _) | Edit::Replace(at, _) | Edit::Repeat(at, _)) = edit;
    let at = at.index(chars.len() + 1);
    let end = |length: &usize| (at + length).min(chars.len());
    match edit {
        Edit::Delete(_, length) => drop(chars.drain(at..end(length))),
        Edit::Insert(_, new) => drop(chars.splice(at..at, new.chars())),
        Edit::Replace(_, new) => drop(chars.splice(at..end(&1), [*new])),
        Edit::Repeat(_, length) => {
            let again = chars[at..end(length)].to_vec();
            drop(chars.splice(at..at, again));
        }
    }
    chars.into_iter().collect()
}

/// Panics unless every diagnostic points into the text.
#[track_caller]
fn check(text: &str) {
    let Err(diagnostics) = check_text("mutated.yaml", text, None) else { return };
    assert!(!diagnostics.is_empty(), "refused without a word: {text:?}");
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let lines: Vec<&str> = text.split(['\n', '\r']).collect();
    for problem in diagnostics {
        assert!(problem.line >= 1 && problem.line as usize <= lines.len().max(1), "{problem:?}\n{text:?}");
        let line = lines.get(problem.line as usize - 1).copied().unwrap_or_default();
        let chars = line.chars().count();
        let is_shown = |(shown, c): (char, char)| shown == c || shown == '*';
        assert!(problem.source_line.chars().zip(line.chars()).all(is_shown), "{problem:?}\n{text:?}");
        // One character behind the end is where something is missing.
        let (column, length) = (problem.column as usize, problem.length as usize);
        assert!(column >= 1 && length >= 1 && column - 1 + length <= chars + 1, "{problem:?}\n{text:?}");
        assert!(!problem.message.trim().is_empty() && !problem.rule.is_empty(), "{problem:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_spec_never_panics_and_every_problem_lies_in_it(edits in prop::collection::vec(edit(), 1..6)) {
        check(&edits.iter().fold(GOOD.to_owned(), |text, edit| edited(&text, edit)));
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,200}") {
        check(&text);
        check(&format!("kind: MigrationBatch\nspec: {text}"));
    }
}
