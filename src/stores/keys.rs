//! Keys as users know them, and as the store is asked for them.

use object_store::path::{Error, Path};

/// The part of a store's keys that its config fixes: empty, or ends in `/`.
pub(super) fn folder(prefix: &str) -> String {
    match prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    }
}

/// Longest key of a cloud's store, in bytes; Azure counts 1024 characters.
pub(super) const MAX_KEY: usize = 1024;

/// The path that asks for exactly this key, or why there is none.
pub(super) fn address(key: &str, longest: usize) -> Result<Path, String> {
    if key.len() > longest {
        return Err(format!("is longer than {longest} bytes"));
    }
    if key.is_empty() {
        return Err("is empty".to_owned());
    }
    if key.ends_with('/') {
        return Err("ends in '/': a folder marker, which cannot be asked for".to_owned());
    }
    let path = Path::parse(key).map_err(|error| why(&error).to_owned())?;
    if path.as_ref() == key { Ok(path) } else { Err("starts with '/'".to_owned()) }
}

/// The same for Azure, which takes `\\` for `/` and leaves out dots at the end of a part.
pub(super) fn azure_address(key: &str) -> Result<Path, String> {
    if key.contains('\\') {
        return Err("has a '\\\\', which Azure takes for a '/'".to_owned());
    }
    if key.split('/').any(|part| part.ends_with('.')) {
        return Err("has a part that ends in '.', which Azure leaves out".to_owned());
    }
    address(key, MAX_KEY)
}

fn why(error: &Error) -> &'static str {
    match error {
        Error::EmptySegment { .. } => "has an empty segment ('//')",
        _ => "has a '.' or '..' segment or a control character",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_asked_for_byte_for_byte() {
        for key in ["a.jpg", "a b+c%20d&e=f?g#h.jpg", "发票/😀 1.tif", " leading", "trailing ", "a/~b/{c}", "%2e%2e/a"]
        {
            assert_eq!(address(key, MAX_KEY).unwrap().as_ref(), key);
        }
    }

    #[test]
    fn a_key_that_another_would_be_asked_for_is_refused() {
        for key in ["", "/a", "a/", "a//b", "a/./b", "../a", "a\nb", "a\u{7f}"] {
            assert!(address(key, MAX_KEY).is_err(), "{key:?}");
        }
        assert!(address(&"a".repeat(MAX_KEY + 1), MAX_KEY).is_err());
    }

    #[test]
    fn a_key_that_azure_would_change_is_refused() {
        for key in ["a\\b", "a./b", "a/b.", "a//b"] {
            assert!(azure_address(key).is_err(), "{key:?}");
        }
        assert_eq!(azure_address("发票/.a...jpg").unwrap().as_ref(), "发票/.a...jpg");
    }

    #[test]
    fn a_prefix_is_a_folder() {
        assert_eq!(
            (folder(""), folder("/"), folder("/a/b"), folder("a/")),
            (String::new(), String::new(), "a/b/".into(), "a/".into())
        );
    }
}
