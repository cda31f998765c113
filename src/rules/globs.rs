//! Globs: compiled once, named when they are wrong, and looked into for what they say literally.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the glob {glob:?} is not valid: {reason}")]
pub struct GlobError {
    /// The glob as written.
    pub glob: String,
    /// Why.
    pub reason: String,
}

/// How a glob is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against {
    /// A key: `*` stays within a segment, `**` does not.
    Key,
    /// A plain text: `*` takes anything.
    Text,
}

pub(super) fn set(globs: &[String], against: Against) -> Result<GlobSet, GlobError> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let compiled = GlobBuilder::new(glob).literal_separator(against == Against::Key).build();
        builder.add(compiled.map_err(|error| glob_error(glob, error.kind()))?);
    }
    builder.build().map_err(|error| glob_error(error.glob().unwrap_or_default(), error.kind()))
}

fn glob_error(glob: &str, kind: &globset::ErrorKind) -> GlobError {
    GlobError { glob: glob.to_owned(), reason: kind.to_string() }
}

/// Characters that mean something to a glob.
const META: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

/// The globs themselves, where each matches nothing but its own text.
pub(super) fn literals(globs: &[String]) -> Option<Vec<String>> {
    globs.iter().all(|glob| !glob.contains(META)).then(|| globs.to_vec())
}

/// What everything starts with that any of the globs matches.
pub(super) fn common_head(globs: &[String]) -> String {
    let head = |glob: &str| glob.find(META).map_or_else(|| glob.to_owned(), |at| glob[..at].to_owned());
    globs.iter().map(|glob| head(glob)).reduce(|a, b| common_prefix(&a, &b)).unwrap_or_default()
}

fn common_prefix(a: &str, b: &str) -> String {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(globs: &[&str]) -> Vec<String> {
        globs.iter().map(|glob| (*glob).to_owned()).collect()
    }

    #[test]
    fn a_star_stays_within_a_segment_of_a_key() {
        let keys = set(&globs(&["a/*.pdf", "**/thumbs/**"]), Against::Key).unwrap();
        assert!(keys.is_match("a/x.pdf") && !keys.is_match("a/b/x.pdf"));
        assert!(keys.is_match("thumbs/x") && keys.is_match("a/b/thumbs/c/x") && !keys.is_match("a/thumbs2/x"));
        assert!(set(&globs(&["ACME-*"]), Against::Text).unwrap().is_match("ACME-a/b"));
    }

    #[test]
    fn a_wrong_glob_is_named() {
        let error = set(&globs(&["fine", "ACME-[a"]), Against::Text).unwrap_err();
        assert_eq!(error.glob, "ACME-[a");
        assert!(error.to_string().contains("unclosed character class"), "{error}");
    }

    #[test]
    fn what_globs_say_literally_is_told() {
        assert_eq!(literals(&globs(&["A", "B-1"])), Some(globs(&["A", "B-1"])));
        assert_eq!(literals(&globs(&["A", "B-*"])), None);
        assert_eq!(literals(&globs(&[r"A\*"])), None);
        for (of, head) in [
            (vec!["ACME-*"], "ACME-"),
            (vec!["ACME-上*", "ACME-海?"], "ACME-"),
            (vec!["ACME-{a,b}", "ACME"], "ACME"),
            (vec!["*"], ""),
            (vec![], ""),
        ] {
            assert_eq!(common_head(&globs(&of)), head, "{of:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_matches_starts_with_the_common_head(
            patterns in proptest::collection::vec("[ab*?{},\\\\[\\\\]!-]{1,6}", 1..4), text in "[ab]{0,6}",
        ) {
            if let Ok(set) = set(&patterns, Against::Text) && set.is_match(&text) {
                proptest::prop_assert!(text.starts_with(&common_head(&patterns)), "{patterns:?} {text}");
            }
        }
    }
}
