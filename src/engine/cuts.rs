//! Where a long listing is cut into ranges of keys: at the first character in which the keys that are left differ.
//!
//! Nobody tells how keys are spread, and no listing goes backwards. What can be asked for is the first key behind any text: so the
//! beginning that all keys share is found by halving, and the characters that come next by going from each to the one after it. Image
//! numbers give ten ranges so, and each long one is cut again.

/// Most cuts of one range: where more characters come next, the others are in the last one.
const MOST: usize = 64;

/// Keys that cut what is listed, in ascending order: each range but the last ends with one of them. `first` is the first key that is left,
/// all of them begin with its `floor` bytes, and `ask` gives the first key behind a text.
///
/// # Errors
/// Those of `ask`.
pub async fn cuts<F, E>(first: &str, floor: usize, mut ask: impl FnMut(String) -> F) -> Result<Vec<String>, E>
where
    F: Future<Output = Result<Option<String>, E>>,
{
    let ends = first.char_indices().map(|(at, character)| at + character.len_utf8());
    let ends: Vec<usize> = ends.filter(|end| *end > floor).collect();
    let (mut shared, mut differing) = (0, ends.len());
    while shared < differing {
        let middle = shared.midpoint(differing);
        match ask(beyond(&first[..ends[middle]])).await? {
            None => shared = middle + 1,
            Some(_) => differing = middle,
        }
    }
    // Where `first` is what all of them begin with, they differ behind it, where it says nothing.
    let Some(end) = ends.get(shared) else { return Ok(Vec::new()) };
    let all = shared.checked_sub(1).map_or(&first[..floor], |last| &first[..ends[last]]);
    let (mut cuts, mut child) = (Vec::new(), first[..*end].to_owned());
    while cuts.len() < MOST
        && let Some(key) = ask(beyond(&child)).await?
    {
        // Keys may come and go while they are listed, and no character comes behind the last one.
        let next = key.strip_prefix(all).and_then(|rest| rest.chars().next()).map(|next| format!("{all}{next}"));
        let Some(next) = next.filter(|next| *next > child) else { break };
        child.clone_from(&next);
        cuts.push(next);
    }
    Ok(cuts)
}

/// A text behind all that begin with another one, and before nearly all others.
fn beyond(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next_back().and_then(successor) {
        Some(next) => format!("{}{next}", characters.as_str()),
        None => format!("{text}{}", char::MAX),
    }
}

fn successor(character: char) -> Option<char> {
    // No character has the code of a surrogate.
    (character..=char::MAX).nth(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::future::ready;
    use std::ops::Bound;

    use futures::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    /// The cuts of keys, and how often was asked.
    fn of(keys: &BTreeSet<String>, floor: usize) -> (Vec<String>, usize) {
        let mut asked = 0;
        let ask = |after: String| {
            asked += 1;
            ready(Ok::<_, Infallible>(keys.range((Bound::Excluded(after), Bound::Unbounded)).next().cloned()))
        };
        let Ok(cuts) = cuts(keys.first().unwrap(), floor, ask).now_or_never().unwrap();
        (cuts, asked)
    }

    #[test]
    fn image_numbers_are_cut_at_their_first_digit_that_differs() {
        let keys = (32_000..1_000_000).step_by(7).map(|number| format!("scans/IMG-{number:010}/cover-1.png")).collect();
        let (cuts, asked) = of(&keys, "scans/".len());
        let expected: Vec<_> = (1..=9).map(|digit| format!("scans/IMG-0000{digit}")).collect();
        assert_eq!(cuts, expected);
        assert!(asked <= 5 + 10, "{asked}");
    }

    #[test]
    fn many_characters_give_no_more_cuts_than_are_of_use() {
        let keys =
            (0..1000).filter_map(|n| char::from_u32(0x4e00 + n)).map(|name| format!("票/{name}/1.png")).collect();
        let (cuts, _) = of(&keys, "票/".len());
        assert_eq!((cuts.len(), cuts[0].as_str()), (MOST, "票/丁"));
    }

    #[test]
    fn a_key_that_all_others_begin_with_cuts_nothing() {
        let keys = ["a/1", "a/1/x", "a/1/y"].map(str::to_owned).into();
        assert_eq!(of(&keys, 2).0, Vec::<String>::new());
    }

    /// It is only a guess where a cut is of use: each key is listed wherever that is.
    #[test]
    fn a_key_that_is_itself_the_text_behind_others_may_be_overlooked() {
        let keys = ["p/aa", "p/b"].map(str::to_owned).into();
        assert_eq!(of(&keys, 2).0, Vec::<String>::new());
        let keys = ["p/aa", "p/b", "p/b/1"].map(str::to_owned).into();
        assert_eq!(of(&keys, 2).0, ["p/b"]);
    }

    #[test]
    fn what_is_beyond_leaves_out_surrogates_and_has_no_end() {
        assert_eq!(
            (beyond("a/"), beyond("\u{d7ff}"), beyond("x\u{10ffff}")),
            ("a0".into(), "\u{e000}".into(), "x\u{10ffff}\u{10ffff}".into())
        );
    }

    proptest! {
        #[test]
        fn cuts_ascend_and_part_keys_that_differ(keys in prop::collection::btree_set("[ab/票\u{10ffff}]{0,6}", 2..60)) {
            // None is itself a text behind which others are looked for.
            let keys: BTreeSet<String> = keys.into_iter().map(|key| format!("p/{key}/1")).collect();
            let (cuts, _) = of(&keys, 2);
            prop_assert!(cuts.is_sorted_by(|a, b| a < b));
            // Each range that a cut begins has a key, unless that is the cut itself.
            for cut in &cuts {
                prop_assert!(keys.iter().any(|key| key.starts_with(cut.as_str())), "{cut:?} {keys:?}");
            }
            prop_assert!(cuts.first().is_none_or(|cut| keys.first().unwrap() < cut));
            let first = keys.first().unwrap();
            // Nothing is behind the last character there is, which is in no name.
            if !keys.iter().any(|key| key.contains(char::MAX)) {
                prop_assert_eq!(cuts.is_empty(), keys.iter().all(|key| key.starts_with(first.as_str())), "{:?}", keys);
            }
        }
    }
}
