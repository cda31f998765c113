//! Sidecars of JSON.

use std::borrow::Cow;

use crate::catalogs::table::JsonPaths;

/// The values at the paths of an object.
///
/// # Errors
/// What is not a JSON object in UTF-8, and values that are no texts.
pub(super) fn values<'b>(bytes: &'b [u8], paths: &[String]) -> Result<Vec<Option<Cow<'b, str>>>, String> {
    let bytes = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err("the sidecar is UTF-16; write it anew as UTF-8".to_owned()),
        bytes => bytes,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!(
            "the sidecar is not UTF-8 at byte {}, as JSON has to be; write it anew as UTF-8",
            error.valid_up_to() + 1
        )
    })?;
    JsonPaths::new(paths, &['.', '/']).read(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_utf_8_is_passed_over_and_other_encodings_are_named() {
        let paths = ["a".to_owned()];
        assert_eq!(values(b"\xef\xbb\xbf{\"a\":1}", &paths), Ok(vec![Some(Cow::Borrowed("1"))]));
        assert!(values(b"\xff\xfe{\0", &paths).unwrap_err().contains("UTF-16"));
        assert!(values(b"{\"a\":\"\xb5\xa5\"}", &paths).unwrap_err().contains("not UTF-8 at byte 7"));
    }
}
