//! The parts of a date as a key tells them, and what they make together.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::model::document::Collected;

use super::date_form::DatePart;
use super::key_template::Zones;

/// The widest offset that a place on earth could have; beyond it a text is no offset. Push-down relies on it: no day is
/// shifted by more than two.
const MAX_OFFSET_SECONDS: i64 = 18 * 3600;

/// The parts that are known so far. Each is within its directive's digits, and not yet within the calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DateParts([Option<i64>; DatePart::COUNT]);

/// What the parts make together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateReading {
    /// Not enough of it is there to tell a day.
    Absent,
    /// It is there, and is no date.
    Unreadable,
    /// A date.
    Is(Collected),
}

impl DateParts {
    pub(super) fn get(&self, part: DatePart) -> Option<i64> {
        self.0[part as usize]
    }

    pub(super) fn with(&self, part: DatePart, value: i64) -> Self {
        let mut parts = self.clone();
        parts.0[part as usize] = Some(value);
        parts
    }

    /// Takes the text that matched the part's pattern; `false`: the part was known already, and differs.
    pub(super) fn take(&mut self, part: DatePart, text: &str) -> bool {
        let value = if part == DatePart::Offset { offset_seconds(text) } else { text.parse().ok() };
        let known = &mut self.0[part as usize];
        // Only an overlong epoch does not parse, and its pattern forbids that; it would be unreadable all the same.
        let value = value.unwrap_or(i64::MAX);
        *known.get_or_insert(value) == value
    }

    /// Whether the parts determine a day.
    pub(super) fn tell_day(&self) -> bool {
        let has = |part| self.get(part).is_some();
        has(DatePart::Epoch)
            || has(DatePart::Year) && (has(DatePart::DayOfYear) || has(DatePart::Month) && has(DatePart::Day))
    }

    /// The day as written, where year and day are known and are in the calendar.
    pub(super) fn day(&self) -> Option<Date> {
        let year = self.small(DatePart::Year)?;
        let by_month = || {
            let month = self.small(DatePart::Month)?.try_into().ok()?;
            let day = self.small(DatePart::Day)?.try_into().ok()?;
            Date::new(year, month, day).ok()
        };
        let Some(day_of_year) = self.small(DatePart::DayOfYear) else { return by_month() };
        let date = Date::new(year, 1, 1).ok()?.with().day_of_year(day_of_year).build().ok()?;
        let agrees = |part, value: i8| self.get(part).is_none_or(|known| known == i64::from(value));
        (agrees(DatePart::Month, date.month()) && agrees(DatePart::Day, date.day())).then_some(date)
    }

    /// Whether no day of the calendar has these parts.
    pub(super) fn are_no_date(&self) -> bool {
        let outside = |part, most| self.get(part).is_some_and(|value| value < 1 || value > most);
        let written = self.tell_day() && self.get(DatePart::Epoch).is_none();
        outside(DatePart::Month, 12)
            || outside(DatePart::Day, 31)
            || outside(DatePart::DayOfYear, 366)
            || written && self.day().is_none()
    }

    /// What the parts make in these zones: a bare day as it is, anything with a time as the day of the range's zone in
    /// which it falls.
    pub(super) fn read(&self, zones: &Zones) -> DateReading {
        if !self.tell_day() {
            return DateReading::Absent;
        }
        match self.collected(zones) {
            Some(collected) => DateReading::Is(collected),
            None => DateReading::Unreadable,
        }
    }

    fn collected(&self, zones: &Zones) -> Option<Collected> {
        if let Some(epoch) = self.get(DatePart::Epoch) {
            return Timestamp::from_second(epoch).ok().map(|instant| zones.at(instant));
        }
        let day = self.day()?;
        if self.get(DatePart::Hour).is_none() {
            return Some(Collected { day, instant: None });
        }
        let clock = DateTime::from_parts(day, self.time()?);
        match self.get(DatePart::Offset) {
            Some(offset) => Some(zones.at(offset_of(offset)?.to_timestamp(clock).ok()?)),
            None => zones.shown(clock),
        }
    }

    fn time(&self) -> Option<Time> {
        let part = |part| i8::try_from(self.get(part).unwrap_or(0)).ok();
        Time::new(part(DatePart::Hour)?, part(DatePart::Minute)?, part(DatePart::Second)?, 0).ok()
    }

    fn small(&self, part: DatePart) -> Option<i16> {
        i16::try_from(self.get(part)?).ok()
    }
}

/// The offset of so many seconds, if a place on earth could have it.
pub(super) fn offset_of(seconds: i64) -> Option<Offset> {
    let sound = (-MAX_OFFSET_SECONDS..=MAX_OFFSET_SECONDS).contains(&seconds);
    if sound { Offset::from_seconds(i32::try_from(seconds).ok()?).ok() } else { None }
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    fn zones(catalog: &str, range: &str) -> Zones {
        Zones { catalog: TimeZone::get(catalog).unwrap(), range: TimeZone::get(range).unwrap() }
    }

    fn parts(taken: &[(DatePart, &str)]) -> DateParts {
        let mut parts = DateParts::default();
        assert!(taken.iter().all(|(part, text)| parts.take(*part, text)));
        parts
    }

    fn day(year: &str, month: &str, day: &str) -> Vec<(DatePart, &'static str)> {
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        vec![(DatePart::Year, leak(year)), (DatePart::Month, leak(month)), (DatePart::Day, leak(day))]
    }

    fn with_time(more: &[(DatePart, &'static str)]) -> DateParts {
        parts(&[day("2025", "01", "01"), vec![(DatePart::Hour, "23")], more.to_vec()].concat())
    }

    fn read_day(parts: &DateParts, zones: &Zones) -> Option<Date> {
        match parts.read(zones) {
            DateReading::Is(collected) => Some(collected.day),
            _ => None,
        }
    }

    #[test]
    fn a_bare_day_is_never_converted() {
        let bare = parts(&day("2025", "01", "01"));
        let read = bare.read(&zones("Pacific/Kiritimati", "Etc/GMT+12"));
        assert_eq!(read, DateReading::Is(Collected { day: date(2025, 1, 1), instant: None }));
    }

    #[test]
    fn a_time_is_read_in_the_catalogs_zone_and_its_day_told_in_the_ranges() {
        let late = with_time(&[]);
        assert_eq!(read_day(&late, &zones("UTC", "Asia/Shanghai")), Some(date(2025, 1, 2)));
        assert_eq!(read_day(&late, &zones("Asia/Shanghai", "UTC")), Some(date(2025, 1, 1)));
        assert_eq!(read_day(&late, &zones("Asia/Shanghai", "Asia/Shanghai")), Some(date(2025, 1, 1)));
    }

    #[test]
    fn an_offset_outweighs_the_catalogs_zone() {
        for (offset, expected) in [("+0000", date(2025, 1, 2)), ("Z", date(2025, 1, 2)), ("+08:00", date(2025, 1, 1))] {
            let late = with_time(&[(DatePart::Offset, offset)]);
            assert_eq!(read_day(&late, &zones("America/New_York", "Asia/Shanghai")), Some(expected), "{offset}");
        }
        let absurd = with_time(&[(DatePart::Offset, "+1830")]);
        assert_eq!(absurd.read(&zones("UTC", "UTC")), DateReading::Unreadable);
    }

    #[test]
    fn an_epoch_is_an_instant() {
        let epoch = parts(&[(DatePart::Epoch, "1735689600")]);
        assert_eq!(read_day(&epoch, &zones("UTC", "UTC")), Some(date(2025, 1, 1)));
        assert_eq!(read_day(&epoch, &zones("UTC", "America/New_York")), Some(date(2024, 12, 31)));
    }

    #[test]
    fn what_the_calendar_does_not_have_is_unreadable() {
        let utc = zones("UTC", "UTC");
        for bad in [day("2025", "02", "30"), day("2025", "13", "01"), day("2025", "00", "10")] {
            assert_eq!(parts(&bad).read(&utc), DateReading::Unreadable, "{bad:?}");
            assert!(parts(&bad).are_no_date());
        }
        let day_366 = parts(&[(DatePart::Year, "2025"), (DatePart::DayOfYear, "366")]);
        assert_eq!(day_366.read(&utc), DateReading::Unreadable);
        let late = parts(&[day("2025", "01", "01"), vec![(DatePart::Hour, "25")]].concat());
        assert_eq!(late.read(&utc), DateReading::Unreadable);
    }

    #[test]
    fn a_day_of_the_year_is_a_day_and_agrees_with_month_and_day() {
        let told = [(DatePart::Year, "2024"), (DatePart::DayOfYear, "060")];
        assert_eq!(parts(&told).day(), Some(date(2024, 2, 29)));
        assert_eq!(parts(&[told.to_vec(), vec![(DatePart::Month, "03")]].concat()).day(), None);
    }

    #[test]
    fn a_part_that_is_told_twice_must_agree() {
        let mut parts = parts(&[(DatePart::Year, "2024")]);
        assert!(parts.take(DatePart::Year, "2024"));
        assert!(!parts.take(DatePart::Year, "2025"));
    }
}
