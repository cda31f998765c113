//! Keys as text: their parts, and what makes one unsafe.

pub use crate::model::keys::{MAX_KEY_BYTES, unsafe_reason};

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
