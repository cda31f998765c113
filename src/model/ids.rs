//! Names and digests that identify things. Newtypes, so that one cannot stand where another is meant.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest accepted batch name, in bytes; leaves room for `.report` within the 255 bytes of a file name.
pub const MAX_NAME_BYTES: usize = 200;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A batch name with characters outside `a-z 0-9 - .`, an empty one or one that is too long.
    #[error(
        "a batch name has 1 to {MAX_NAME_BYTES} lower-case letters, digits, '-' and '.', and starts and ends with a letter or digit; found {0:?}"
    )]
    Name(String),
    /// Not 64 hexadecimal digits.
    #[error("a SHA-256 digest is 64 hexadecimal digits; found {0:?}")]
    Digest(String),
}

/// The name that a spec gives its batch: unique among specs, and the batch's identity across file renames.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct BatchName(#[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), length(max = 200))] String);

impl BatchName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BatchName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = text.as_bytes();
        let sound = bytes.len() <= MAX_NAME_BYTES
            && bytes.iter().all(|b| allowed(*b))
            && edge(bytes.first())
            && edge(bytes.last());
        if sound { Ok(Self(text.to_owned())) } else { Err(IdError::Name(text.to_owned())) }
    }
}

impl<'de> Deserialize<'de> for BatchName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        /// In quotes, as messages have it.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl $name {
            /// Wraps a text; any text is allowed.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

impl fmt::Display for BatchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

text_id! {
    /// The generated number of a batch: `MB-YYYYMMDD-NNNN`, with the instance before it where one is configured.
    BatchNumber
}
text_id! {
    /// The archive's id of a document. Not the ERP's document number.
    ImageNumber
}
text_id! {
    /// The name under which the config knows a store.
    StoreName
}

impl BatchNumber {
    /// The number of the `sequence`-th batch accepted on `day` (UTC).
    pub fn generate(instance: Option<&str>, day: jiff::civil::Date, sequence: u32) -> Self {
        let number = format!("MB-{}-{sequence:04}", day.strftime("%Y%m%d"));
        Self(match instance {
            Some(instance) => format!("{instance}-{number}"),
            None => number,
        })
    }
}

/// A SHA-256 digest: 64 hexadecimal digits for people and in JSON, 32 bytes in the ledger.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What the first event of an audit chain names as its predecessor.
    pub const ZERO: Self = Self([0; 32]);

    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest as it is.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError::Digest(text.to_owned());
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            Ok(Self(<[u8; 32]>::deserialize(deserializer)?))
        }
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_names_are_lower_case_and_bounded() {
        assert!("acme-expenses-2025.q1".parse::<BatchName>().is_ok());
        for bad in ["", "-a", "a-", "Acme", "a/b", "a b", "发票", &"a".repeat(MAX_NAME_BYTES + 1)] {
            assert!(bad.parse::<BatchName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn messages_have_identifiers_in_quotes() {
        assert_eq!(format!("store {:?}", StoreName::new("scans")), "store \"scans\"");
    }

    #[test]
    fn batch_numbers_grow_past_four_digits() {
        let day = jiff::civil::date(2025, 4, 2);
        assert_eq!(BatchNumber::generate(None, day, 7).as_str(), "MB-20250402-0007");
        assert_eq!(BatchNumber::generate(Some("eu1"), day, 12345).as_str(), "eu1-MB-20250402-12345");
    }

    #[test]
    fn digest_reads_back_what_it_prints() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("zz".repeat(32).parse::<Digest>().is_err());
    }
}
