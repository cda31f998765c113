//! One value of a row, as its format types it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// A value that is there. Formats without types have texts alone.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::catalogs) enum Cell<'a> {
    Text(Cow<'a, str>),
    Day(Date),
    /// What a clock shows, without a zone.
    Clock(DateTime),
    Instant(Timestamp),
}

impl<'a> Cell<'a> {
    pub(in crate::catalogs) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// The same value, whose text stays where it is.
    pub(in crate::catalogs) fn by_ref(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::text(text),
            Self::Day(day) => Cell::Day(*day),
            Self::Clock(clock) => Cell::Clock(*clock),
            Self::Instant(instant) => Cell::Instant(*instant),
        }
    }

    /// The value as a text: dates in ISO 8601.
    pub(in crate::catalogs) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Day(day) => Cow::Owned(day.to_string()),
            Self::Clock(clock) => Cow::Owned(clock.to_string()),
            Self::Instant(instant) => Cow::Owned(instant.to_string()),
        }
    }

    /// Without `start`, where a text begins with it; `None`: nothing is left.
    pub(in crate::catalogs) fn without(self, start: Option<&str>) -> Option<Self> {
        let Self::Text(text) = self else { return Some(self) };
        let rest = match text {
            Cow::Borrowed(text) => Cow::Borrowed(start.and_then(|start| text.strip_prefix(start)).unwrap_or(text)),
            Cow::Owned(text) => match start.and_then(|start| text.strip_prefix(start)) {
                Some(rest) => Cow::Owned(rest.to_owned()),
                None => Cow::Owned(text),
            },
        };
        if rest.is_empty() { None } else { Some(Self::Text(rest)) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_text_loses_its_start_and_an_empty_one_is_absent() {
        let without = |text: &'static str, start| Cell::text(text).without(start).map(Cell::into_text);
        assert_eq!(without("/archive/a/b", Some("/archive/")).as_deref(), Some("a/b"));
        assert_eq!(without("a/b", Some("/archive/")).as_deref(), Some("a/b"));
        assert_eq!(without("/archive/", Some("/archive/")), None);
        assert_eq!(without("", None), None);
    }

    #[test]
    fn dates_are_written_in_iso_8601() {
        assert_eq!(Cell::Day(date(2025, 1, 31)).into_text(), "2025-01-31");
        assert_eq!(Cell::Clock(date(2025, 1, 31).at(8, 5, 0, 0)).into_text(), "2025-01-31T08:05:00");
        assert_eq!(Cell::Instant(Timestamp::UNIX_EPOCH).into_text(), "1970-01-01T00:00:00Z");
    }
}
