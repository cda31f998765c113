//! How a value becomes bytes: postcard behind a byte that says which shape it has.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::LedgerError;

/// The shape of every value so far. A changed shape gets the next number and its own branch in [`decode`], since
/// postcard bytes cannot be read as any shape but the one that wrote them.
const SHAPE: u8 = 1;

/// The bytes of a value.
pub(super) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Plain data with sized sequences, written to memory: postcard has no way to fail.
    postcard::to_extend(value, vec![SHAPE]).expect("plain data can be written to memory")
}

/// The value at `key`.
///
/// # Errors
/// [`LedgerError::Damaged`] if the bytes are not a value of this type.
pub(super) fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, LedgerError> {
    let damaged = |detail: String| LedgerError::damaged(key.escape_ascii().to_string(), detail);
    match bytes.split_first() {
        Some((&SHAPE, rest)) => postcard::from_bytes(rest).map_err(|error| damaged(error.to_string())),
        Some((shape, _)) => Err(damaged(format!("expected shape {SHAPE}, found {shape}"))),
        None => Err(damaged("expected a value, found no bytes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_back_and_a_broken_one_is_named() {
        let bytes = encode(&("发票".to_owned(), 7_u64));
        assert_eq!(decode::<(String, u64)>(b"Dx", &bytes).unwrap(), ("发票".to_owned(), 7));
        for broken in [&bytes[..bytes.len() - 1], &[9, 1][..], &[]] {
            let error = decode::<(String, u64)>(b"D\0x", broken).unwrap_err().to_string();
            assert!(error.contains(r"D\x00x"), "{error}");
        }
    }
}
