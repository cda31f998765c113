//! The days that keys in scope can be dated, and what a partly known date says about them.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::catalogs::date_form::DatePart;
use crate::catalogs::date_parts::DateParts;
use crate::catalogs::key_template::{KeyTemplate, Zones};

use super::selection::Selection;

/// Days by which a date in a key can differ from the day in the range's zone: offsets are at most 18 hours, zones at most
/// 14 the other way, and both together are less than two days.
const MOST_SHIFT: i64 = 2;

/// More years than this are not gone through one by one.
const MOST_YEARS: i16 = 200;

/// The days as keys write them, both ends inclusive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// The range itself where keys hold its own days, and a wider one where they hold instants or times of another zone.
    pub(super) fn new(template: &KeyTemplate, selection: &Selection<'_>, zones: &Zones) -> Self {
        let shifted = template.tells_instant() || template.tells_time() && zones.catalog != zones.range;
        let shift = if shifted { MOST_SHIFT } else { 0 };
        Self { from: selection.from.saturating_sub(shift.days()), to: selection.to.saturating_add(shift.days()) }
    }

    /// Whether a day of the period can have these parts.
    pub(super) fn may_have(&self, parts: &DateParts) -> bool {
        let Some(year) = parts.get(DatePart::Year) else {
            let (first, last) = (self.from.year(), self.to.year());
            return last - first > MOST_YEARS
                || (first..=last).any(|year| self.may_have(&parts.with(DatePart::Year, year.into())));
        };
        if parts.get(DatePart::DayOfYear).is_some() {
            return parts.day().is_some_and(|day| self.has(day));
        }
        match (parts.get(DatePart::Month), parts.get(DatePart::Day)) {
            (Some(_), Some(_)) => parts.day().is_some_and(|day| self.has(day)),
            (None, Some(_)) => (1..=12).any(|month| self.may_have(&parts.with(DatePart::Month, month))),
            (month, None) => span(year, month).is_some_and(|(first, last)| first <= self.to && last >= self.from),
        }
    }

    /// Whether knowing more of the date would rule nothing out: it is a day, no date at all, or a year or a month that
    /// lies within the period.
    pub(super) fn has_whole(&self, parts: &DateParts) -> bool {
        if parts.tell_day() || parts.are_no_date() {
            return true;
        }
        let partly = parts.get(DatePart::Day).or(parts.get(DatePart::DayOfYear));
        match (parts.get(DatePart::Year), partly) {
            (Some(year), None) => {
                span(year, parts.get(DatePart::Month)).is_some_and(|(first, last)| self.has(first) && self.has(last))
            }
            _ => false,
        }
    }

    /// The texts that a part of the date can have where the others are `parts`; `None`: too many.
    pub(super) fn texts(&self, part: DatePart, parts: &DateParts) -> Option<Vec<(String, DateParts)>> {
        let candidates = match (part, parts.get(part)) {
            (_, Some(known)) => known..=known,
            (DatePart::Year, None) if self.to.year() - self.from.year() > MOST_YEARS => return None,
            (DatePart::Year, None) => self.from.year().max(0).into()..=self.to.year().into(),
            (DatePart::Month, None) => 1..=12,
            (DatePart::Day, None) => 1..=31,
            (_, None) => 1..=366,
        };
        let width = part.digits();
        let with_value = candidates.map(|value| (format!("{value:0width$}"), parts.with(part, value)));
        Some(with_value.filter(|(_, parts)| self.may_have(parts)).collect())
    }

    fn has(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// First and last day of a year or of a month of it.
fn span(year: i64, month: Option<i64>) -> Option<(Date, Date)> {
    let year = i16::try_from(year).ok()?;
    match month {
        Some(month) => {
            let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
            Some((first, first.last_of_month()))
        }
        None => Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?)),
    }
}
