//! A range of local days as a range of instants.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::spec::CollectedRange;

/// Why a range has no instants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not an IANA zone.
    #[error("no time zone {0:?}; expected an IANA name such as Asia/Shanghai")]
    UnknownZone(String),
    /// The day is outside what instants can express.
    #[error("the day {0} is too far away; expected one between the years 0 and 9998")]
    TooFar(Date),
}

/// First instant of the range (inclusive) and first instant after it (exclusive).
///
/// # Errors
/// [`RangeError`].
pub fn range_utc(range: &CollectedRange) -> Result<(Timestamp, Timestamp), RangeError> {
    let zone = TimeZone::get(&range.time_zone).map_err(|_| RangeError::UnknownZone(range.time_zone.clone()))?;
    let after = range.to.tomorrow().map_err(|_| RangeError::TooFar(range.to))?;
    Ok((start_of(range.from, &zone)?, start_of(after, &zone)?))
}

/// The first instant of a local day: midnight, or where clocks skip it the instant at which they go on.
fn start_of(day: Date, zone: &TimeZone) -> Result<Timestamp, RangeError> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| RangeError::TooFar(day))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn utc(from: Date, to: Date, zone: &str) -> (String, String) {
        let (from, to) = range_utc(&CollectedRange { from, to, time_zone: zone.to_owned() }).unwrap();
        (from.to_string(), to.to_string())
    }

    fn texts(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn both_days_are_whole() {
        let quarter = utc(date(2025, 1, 1), date(2025, 3, 31), "Asia/Shanghai");
        assert_eq!(quarter, texts("2024-12-31T16:00:00Z", "2025-03-31T16:00:00Z"));
    }

    #[test]
    fn the_summer_time_of_china_is_honoured() {
        let summer = utc(date(1988, 7, 1), date(1988, 7, 1), "Asia/Shanghai");
        assert_eq!(summer, texts("1988-06-30T15:00:00Z", "1988-07-01T15:00:00Z"));
        let winter = utc(date(1992, 7, 1), date(1992, 7, 1), "Asia/Shanghai");
        assert_eq!(winter, texts("1992-06-30T16:00:00Z", "1992-07-01T16:00:00Z"));
    }

    #[test]
    fn the_day_on_which_clocks_change_is_shorter_or_longer() {
        let hours = |from, to, zone| {
            let range = CollectedRange { from, to, time_zone: String::from(zone) };
            let (from, to) = range_utc(&range).unwrap();
            (to.as_second() - from.as_second()) / 3600
        };
        let (spring, autumn) = (date(1988, 4, 17), date(1988, 9, 11));
        assert_eq!(hours(spring, spring, "Asia/Shanghai"), 23);
        assert_eq!(hours(autumn, autumn, "Asia/Shanghai"), 25);
        let skipped_midnight = date(2018, 11, 4);
        assert_eq!(hours(skipped_midnight, skipped_midnight, "America/Sao_Paulo"), 23);
        let skipped_day = date(2011, 12, 30);
        assert_eq!(hours(skipped_day, skipped_day, "Pacific/Apia"), 0);
    }

    #[test]
    fn what_has_no_instants_is_told() {
        let range = |to, zone: &str| CollectedRange { from: date(2025, 1, 1), to, time_zone: zone.to_owned() };
        let unknown = range_utc(&range(date(2025, 1, 1), "Asia/Shangai")).unwrap_err();
        assert!(unknown.to_string().contains("Asia/Shangai"));
        assert_eq!(range_utc(&range(Date::MAX, "UTC")).unwrap_err(), RangeError::TooFar(Date::MAX));
    }
}
