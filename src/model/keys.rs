//! Keys of objects as text: what makes one unsafe, wherever it is read or made.

/// Longest key that S3 and its kin accept, in bytes.
pub const MAX_KEY_BYTES: usize = 1024;

/// Why no object should be read from or written to `key`, in a few words; `None`: it is safe.
///
/// Control characters hide in listings and logs; `.`, `..` and empty segments mean other places to file systems and are
/// folded away by HTTP clients.
pub fn unsafe_reason(key: &str) -> Option<String> {
    if key.len() > MAX_KEY_BYTES {
        return Some(format!("{} bytes, more than {MAX_KEY_BYTES}", key.len()));
    }
    if let Some(control) = key.chars().find(|c| c.is_control()) {
        return Some(format!("the control character U+{:04X}", u32::from(control)));
    }
    key.split('/').find_map(|segment| match segment {
        "" => Some("an empty segment".to_owned()),
        "." | ".." => Some(format!("the segment `{segment}`")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_leads_elsewhere_is_unsafe() {
        for bad in ["", "a//b", "/a", "a/", "a/./b", "../a", "a/..", "a\u{0}b", "a\nb", "a\u{85}b", &"x".repeat(1025)] {
            assert!(unsafe_reason(bad).is_some(), "{bad:?}");
        }
        for good in ["a", "a/b.pdf", "单据/发票 1.jpg", "a/...", "a/.hidden", "a%2F..%2Fb", &"x".repeat(1024)] {
            assert_eq!(unsafe_reason(good), None, "{good:?}");
        }
    }

    #[test]
    fn the_reason_names_what_was_found() {
        assert_eq!(unsafe_reason("a\tb").unwrap(), "the control character U+0009");
        assert_eq!(unsafe_reason("a/../b").unwrap(), "the segment `..`");
    }
}
