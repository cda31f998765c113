//! Keys as inventories in CSV write them: URL-encoded as forms are, with `+` for a space.

/// The key itself.
///
/// # Errors
/// A `%` that begins no byte, and bytes that are not UTF-8.
pub(super) fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, rest @ ..] => {
                let byte = hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low);
                bytes.push(byte.ok_or("has a `%` without two hexadecimal digits after it")?);
                rest
            }
            [b'%', ..] => return Err("ends within a byte that begins with `%`".to_owned()),
            [b'+', rest @ ..] => {
                bytes.push(b' ');
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        assert_eq!(decoded("a/%E5%8D%95+%2B%25/b.pdf").as_deref(), Ok("a/单 +%/b.pdf"));
        assert_eq!(decoded("单").as_deref(), Ok("单"));
    }

    #[test]
    fn what_is_no_encoding_is_refused() {
        for text in ["a%", "a%2", "a%zz", "%ff", "a%+1"] {
            assert!(decoded(text).is_err(), "{text}");
        }
    }
}
