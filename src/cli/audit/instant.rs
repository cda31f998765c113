//! Instants of the command line: RFC 3339, or a day of UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// The beginning of a range: an instant, or the beginning of a day.
pub(super) fn from(text: &str) -> Result<Timestamp, String> {
    read(text, 0)
}

/// The end of a range, which is not part of it: an instant, or the end of a day.
pub(super) fn until(text: &str) -> Result<Timestamp, String> {
    read(text, 1)
}

fn read(text: &str, days: i64) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let day = text.parse::<Date>().ok().filter(|_| text.len() == "2025-04-02".len());
    let day = day.and_then(|day| day.checked_add(days.days()).ok());
    let instant = day.and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
    instant.ok_or_else(|| {
        "expected an instant with its offset, such as 2025-04-02T08:00:00+08:00, or a day of UTC".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole_and_an_instant_says_its_offset() {
        assert_eq!(from("2025-04-02").unwrap().to_string(), "2025-04-02T00:00:00Z");
        assert_eq!(until("2025-04-02").unwrap().to_string(), "2025-04-03T00:00:00Z");
        assert_eq!(until("2025-04-02T08:00:00+08:00").unwrap().to_string(), "2025-04-02T00:00:00Z");
        for bad in ["", "yesterday", "2025-02-30", "2025-04-02T08:00:00", "9999-12-31"] {
            assert!(until(bad).is_err(), "{bad}");
        }
    }
}
