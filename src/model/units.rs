//! Quantities as specs and the config write them: sizes (`50MiB`), rates (`200MiB/s`) and durations (`8h`).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytesize::ByteSize;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number of bytes; written with an IEC (`MiB`) or SI (`MB`) unit, or as a bare number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Bytes a second; a [`Size`] followed by `/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub u64);

/// A duration in humantime's form: `90s`, `5m`, `1h 30m`; a hundred years at most, so that any may be added to any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A hundred years.
const MAX_SPAN: Duration = Duration::from_secs(100 * 31_557_600);

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<ByteSize>()
            .map(|size| Self(size.as_u64()))
            .map_err(|_| format!("expected a size such as 50MiB or 2GB; found {text:?}"))
    }
}

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size = text.strip_suffix("/s").and_then(|size| size.trim_end().parse::<Size>().ok());
        match size {
            Some(Size(bytes)) if bytes > 0 => Ok(Self(bytes)),
            _ => Err(format!("expected a rate above zero such as 200MiB/s; found {text:?}")),
        }
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match humantime::parse_duration(text) {
            Ok(span) if span <= MAX_SPAN => Ok(Self(span)),
            Ok(_) => Err(format!("expected at most 100 years; found {text:?}")),
            Err(error) => Err(format!("expected a duration such as 90s, 5m or 1h 30m; found {text:?}: {error}")),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&ByteSize(self.0).display().iec().to_string())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", Size(self.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// Accepts the text form, and a bare integer where `bytes` says so.
struct TextOrBytes<T> {
    bytes: Option<fn(u64) -> T>,
    expecting: &'static str,
}

impl<T: std::str::FromStr<Err = String>> de::Visitor<'_> for TextOrBytes<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        match self.bytes {
            Some(wrap) => Ok(wrap(number)),
            None => Err(E::invalid_type(de::Unexpected::Unsigned(number), &self)),
        }
    }
}

macro_rules! human_unit {
    ($name:ident, $bytes:expr, $expecting:literal, $schema:tt) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextOrBytes { bytes: $bytes, expecting: $expecting })
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

human_unit!(Size, Some(Size), "a size such as 50MiB", {
    "description": "A size such as 50MiB or 2GB, or a number of bytes",
    "type": ["string", "integer"], "minimum": 0, "pattern": "^[0-9.]+ *([KMGTPkmgtp]i?)?[Bb]?$"
});
human_unit!(Rate, None, "a rate such as 200MiB/s", {
    "description": "Bytes a second, such as 200MiB/s", "type": "string", "pattern": "^[0-9.]+ *([KMGTPkmgtp]i?)?[Bb]? */s$"
});
human_unit!(Span, None, "a duration such as 5m", {
    "description": "A duration such as 90s, 5m or 1h 30m", "type": "string", "pattern": "^[0-9]"
});

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} B/s", self.0))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_take_both_families_of_units_and_bare_bytes() {
        let read = |json: &str| serde_json::from_str::<Size>(json).map(|size| size.0);
        assert_eq!(read(r#""50MiB""#).unwrap(), 50 << 20);
        assert_eq!(read(r#""2GB""#).unwrap(), 2_000_000_000);
        assert_eq!(read("4096").unwrap(), 4096);
        assert!(read(r#""lots""#).unwrap_err().to_string().contains("50MiB"));
        assert!(read("-1").is_err());
    }

    #[test]
    fn rates_need_a_unit_of_time_and_are_never_zero() {
        assert_eq!("200MiB/s".parse::<Rate>(), Ok(Rate(200 << 20)));
        assert!("200MiB".parse::<Rate>().is_err());
        assert!("0B/s".parse::<Rate>().is_err());
    }

    #[test]
    fn durations_are_bounded() {
        assert!("100y".parse::<Span>().is_ok() && "0s".parse::<Span>().is_ok());
        let error = "500000000000y".parse::<Span>().unwrap_err();
        assert!(error.contains("at most 100 years"), "{error}");
    }

    #[test]
    fn every_unit_reads_back_what_it_writes() {
        let size: Size = serde_json::from_value(serde_json::to_value(Size(123_456_789)).unwrap()).unwrap();
        let rate: Rate = serde_json::from_value(serde_json::to_value(Rate(123_457)).unwrap()).unwrap();
        let span: Span =
            serde_json::from_value(serde_json::to_value(Span(Duration::from_millis(90_500))).unwrap()).unwrap();
        assert_eq!((size.0, rate.0, span.0), (123_456_789, 123_457, Duration::from_millis(90_500)));
    }
}
