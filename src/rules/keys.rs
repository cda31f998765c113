//! Keys as text: their parts, and what makes one unsafe.

pub use crate::model::keys::{MAX_KEY_BYTES, unsafe_reason};

/// What is wrong with a prefix of keys, in a sentence; `None`: nothing.
pub fn prefix_fault(prefix: &str) -> Option<&'static str> {
    let bad = |segment: &str| segment == "." || segment == "..";
    if prefix.split('/').any(bad) {
        Some("'.' and '..' do not stand for folders in keys")
    } else if prefix.starts_with('/') || prefix.contains("//") {
        Some("a prefix has no empty parts: no '/' at its start and no '//'")
    } else if prefix.chars().any(char::is_control) {
        Some("a prefix has no control characters")
    } else {
        None
    }
}

/// The last segment of a key.
pub fn file_name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

/// The key below a prefix; `None`: it does not start with the prefix.
pub fn below<'k>(prefix: &str, key: &'k str) -> Option<&'k str> {
    key.strip_prefix(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_cut_at_its_prefix_and_its_last_slash() {
        assert_eq!(file_name("scans/a/发票.pdf"), "发票.pdf");
        assert_eq!((file_name("x"), file_name("x/")), ("x", ""));
        assert_eq!(below("scans/", "scans/a/b"), Some("a/b"));
        assert_eq!(below("scans", "scans2/a"), Some("2/a"));
        assert_eq!(below("scans/", "other/a"), None);
    }
}
