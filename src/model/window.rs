//! When documents may move: days of the week and times of day, as specs write them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One window: on each of its days it opens at `from` and closes at `to`, the next day if that is not later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days on which it opens, Monday first; at least one.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub from: Time,
    /// When it closes; midnight is the end of the day.
    pub to: Time,
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Err(format!("expected a window such as Mon-Fri 20:00-06:00; found {text:?}"))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("")
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Window {
    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Days and times such as `Mon-Fri 20:00-06:00`, `Sat-Sun` or `22:00-05:00`",
            "type": "string"
        })
    }
}
