//! Small encodings that stand on the wire and in URLs.

use std::fmt::Write as _;

use crate::model::ids::Digest;

/// `text` as a value in a query: all but unreserved characters percent-encoded, as request signatures want it.
pub(super) fn query_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Undoes percent-encoding, with `+` for a space where `plus` says so. `None`: it is none, or no UTF-8 comes out.
pub(super) fn percent_decoded(text: &str, plus: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match *first {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = after;
            }
            b'+' if plus => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_usize, |group, byte| group << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = BASE64[group >> (18 - 6 * place) & 63];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// The SHA-256 that Base64 with padding tells; `None`: it tells none.
pub(super) fn digest_of_base64(text: &str) -> Option<Digest> {
    let digits = text.strip_suffix('=').filter(|digits| digits.len() == 43)?;
    let mut bytes = Vec::with_capacity(33);
    for group in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            let value = BASE64.iter().position(|known| known == digit)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bytes.extend_from_slice(&(bits << (6 * (4 - group.len()))).to_be_bytes()[1..]);
    }
    // Forty-three digits are 258 bits: the last two are none of the digest's.
    let digest = Digest(bytes.get(..32)?.try_into().ok()?);
    (base64(digest.as_bytes()) == text).then_some(digest)
}

/// Most bytes of text in one encoded word, whose whole may have 75 characters.
const WORD_BYTES: usize = 42;

/// A header value that is not ASCII as encoded words of RFC 2047, which is how S3 itself gives such metadata back. Bytes that
/// are no UTF-8 keep their value under the name of an unknown charset.
pub(super) fn encoded_words(value: &[u8]) -> String {
    let charset = if std::str::from_utf8(value).is_ok() { "UTF-8" } else { "unknown-8bit" };
    let mut words = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let mut end = rest.len().min(WORD_BYTES);
        // A character must not be split between words; no UTF-8 character has more than 4 bytes.
        while end < rest.len() && end > WORD_BYTES - 4 && rest[end] & 0xC0 == 0x80 {
            end -= 1;
        }
        let (word, after) = rest.split_at(end);
        words.push(format!("=?{charset}?B?{}?=", base64(word)));
        rest = after;
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_pads_as_the_rfc_does() {
        for (plain, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_digest_reads_back_and_nothing_else_is_one() {
        for content in ["", "a", "b", "c"] {
            let digest = Digest::of(content.as_bytes());
            assert_eq!(digest_of_base64(&base64(digest.as_bytes())), Some(digest));
        }
        let composite = format!("{}-3", base64(Digest::of(b"parts").as_bytes()));
        let loose_bits = format!("{}B=", "A".repeat(42));
        for text in ["", "=", "bm90IGEgZGlnZXN0", &composite, &loose_bits, &"é".repeat(44), &"=".repeat(44)] {
            assert_eq!(digest_of_base64(text), None, "{text}");
        }
    }

    #[test]
    fn encoded_words_are_short_and_split_no_character() {
        assert_eq!(encoded_words("发票".as_bytes()), "=?UTF-8?B?5Y+R56Wo?=");
        assert_eq!(encoded_words(&[0xB7, 0xA2]), "=?unknown-8bit?B?t6I=?=");
        let long = encoded_words("凭证附件".repeat(30).as_bytes());
        assert!(long.split(' ').count() > 1 && long.split(' ').all(|word| word.len() <= 75), "{long}");
    }

    #[test]
    fn what_is_no_percent_encoding_is_refused() {
        for bad in ["%", "%2", "%zz", "%+1", "%FF"] {
            assert_eq!(percent_decoded(bad, false), None, "{bad}");
        }
        assert_eq!(percent_decoded("a+b%2Bc", true).as_deref(), Some("a b+c"));
        assert_eq!(percent_decoded("a+b", false).as_deref(), Some("a+b"));
    }

    proptest! {
        #[test]
        fn a_query_value_reads_back(text in "\\PC*") {
            prop_assert_eq!(percent_decoded(&query_encoded(&text), true), Some(text));
        }
    }
}
