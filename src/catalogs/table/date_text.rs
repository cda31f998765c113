//! Dates as tables write them.

use jiff::civil::{Date, DateTime, Time};

use crate::catalogs::date_form::{DatePart, FormItem, parse_form};
use crate::catalogs::date_parts::{DateParts, DateReading, offset_of};
use crate::catalogs::error::TemplateError;
use crate::catalogs::key_template::Zones;
use crate::model::document::Collected;

/// How the dates of a column are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateForm {
    /// `2025-01-31`, or with a time of day after `T` or a space, or with an offset after that (RFC 3339).
    Usual,
    /// As a format says.
    Written(Vec<FormItem>),
}

impl DateForm {
    /// Reads a format.
    ///
    /// # Errors
    /// A directive that is not supported, or a format that tells no day.
    pub(super) fn parse(format: Option<&str>) -> Result<Self, TemplateError> {
        let Some(format) = format else { return Ok(Self::Usual) };
        let error = |message: &str| TemplateError::new(0, format.len(), message);
        if format.is_empty() {
            return Err(error("the format is empty").suggest("write one such as `%Y/%m/%d`, or leave `format` out"));
        }
        let items = parse_form(format, 0)?;
        let has = |part| items.contains(&FormItem::Part(part));
        let tells_day = has(DatePart::Year) && (has(DatePart::DayOfYear) || has(DatePart::Month) && has(DatePart::Day));
        if !has(DatePart::Epoch) && !tells_day {
            return Err(error("the format does not tell a day").suggest("write one such as `%Y/%m/%d`"));
        }
        if has(DatePart::Epoch) && items.iter().filter(|item| matches!(item, FormItem::Part(_))).count() > 1 {
            return Err(error("`%s` tells the whole instant, and other parts stand beside it").suggest("write `%s`"));
        }
        let needs_hour = [DatePart::Minute, DatePart::Second, DatePart::Offset].into_iter().any(has);
        if needs_hour && !has(DatePart::Hour) {
            return Err(error("`%M`, `%S` and `%z` mean nothing without the hour")
                .suggest("add `%H`; the month is `%m`, and a bare day needs no offset"));
        }
        Ok(Self::Written(items))
    }

    /// Reads a date, with or without spaces around it; `None`: it is none.
    pub(super) fn read(&self, text: &str, zones: &Zones) -> Option<Collected> {
        let text = text.trim();
        match self {
            Self::Usual => read_usual(text, zones),
            Self::Written(items) => match written_parts(items, text)?.read(zones) {
                DateReading::Is(collected) => Some(collected),
                DateReading::Absent | DateReading::Unreadable => None,
            },
        }
    }
}

fn written_parts(items: &[FormItem], text: &str) -> Option<DateParts> {
    let (mut rest, mut parts) = (text, DateParts::default());
    for item in items {
        match item {
            FormItem::Text(text) => rest = rest.strip_prefix(text.as_str())?,
            FormItem::Part(part) => {
                let (text, after) = rest.split_at_checked(part_length(*part, rest.as_bytes())?)?;
                parts.take(*part, text).then_some(())?;
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(parts)
}

fn part_length(part: DatePart, text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match part {
        DatePart::Offset => offset_length(text),
        DatePart::Epoch => (1..=12).contains(&digits).then_some(digits),
        part => (digits >= part.digits()).then_some(part.digits()),
    }
}

fn offset_length(text: &[u8]) -> Option<usize> {
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    match text {
        [b'Z', ..] => Some(1),
        [b'+' | b'-', a, b, b':', c, d, ..] if digits(&[*a, *b, *c, *d]) => Some(6),
        [b'+' | b'-', a, b, c, d, ..] if digits(&[*a, *b, *c, *d]) => Some(5),
        _ => None,
    }
}

fn read_usual(text: &str, zones: &Zones) -> Option<Collected> {
    let (date, rest) = text.as_bytes().split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let century = number(*y1, *y2)?;
    let year = i16::from(century) * 100 + i16::from(number(*y3, *y4)?);
    let day = Date::new(year, number(*m1, *m2)?, number(*d1, *d2)?).ok()?;
    match rest {
        [] => Some(Collected { day, instant: None }),
        [b'T' | b't' | b' ', rest @ ..] => {
            let (time, rest) = time(rest)?;
            let clock = DateTime::from_parts(day, time);
            match offset(rest)? {
                Some(seconds) => Some(zones.at(offset_of(seconds)?.to_timestamp(clock).ok()?)),
                None => zones.shown(clock),
            }
        }
        _ => None,
    }
}

/// Hours, minutes, and perhaps seconds with a fraction.
fn time(text: &[u8]) -> Option<(Time, &[u8])> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else { return None };
    let (hour, minute) = (number(*h1, *h2)?, number(*m1, *m2)?);
    let [b':', s1, s2, rest @ ..] = rest else { return Some((Time::new(hour, minute, 0, 0).ok()?, rest)) };
    let (nanoseconds, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        rest => (0, rest),
    };
    // A leap second is the last one of its minute.
    let second = number(*s1, *s2)?;
    let second = if second == 60 { 59 } else { second };
    Some((Time::new(hour, minute, second, nanoseconds).ok()?, rest))
}

fn fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let kept = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanoseconds = kept.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    (!digits.is_empty()).then_some((nanoseconds, rest))
}

/// Seconds of an offset; `Some(None)`: there is none.
fn offset(text: &[u8]) -> Option<Option<i64>> {
    let text = text.trim_ascii_start();
    let (sign, hours, minutes) = match text {
        [] => return Some(None),
        b"Z" | b"z" => return Some(Some(0)),
        [sign @ (b'+' | b'-'), h1, h2] => (sign, number(*h1, *h2)?, 0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (sign, number(*h1, *h2)?, number(*m1, *m2)?)
        }
        _ => return None,
    };
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    (minutes < 60).then_some(Some(if *sign == b'-' { -seconds } else { seconds }))
}

fn number(tens: u8, ones: u8) -> Option<i8> {
    let digit = |byte: u8| if byte.is_ascii_digit() { i8::try_from(byte - b'0').ok() } else { None };
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn read(format: Option<&str>, text: &str) -> Option<String> {
        let zone = |name| TimeZone::get(name).unwrap();
        let zones = Zones { catalog: zone("Asia/Shanghai"), range: zone("Asia/Shanghai") };
        let collected = DateForm::parse(format).unwrap().read(text, &zones)?;
        Some(match collected.instant {
            Some(instant) => format!("{} {instant}", collected.day),
            None => collected.day.to_string(),
        })
    }

    #[test]
    fn the_usual_forms_need_no_format() {
        for (text, expected) in [
            ("2025-01-31", "2025-01-31"),
            (" 2025-01-31  ", "2025-01-31"),
            ("2025-01-31 23:30:05", "2025-01-31 2025-01-31T15:30:05Z"),
            ("2025-01-31T23:30", "2025-01-31 2025-01-31T15:30:00Z"),
            ("2025-01-31T23:30:05Z", "2025-02-01 2025-01-31T23:30:05Z"),
            ("2025-01-31T23:30:05.250-05:00", "2025-02-01 2025-02-01T04:30:05.25Z"),
            ("2025-01-31 23:30:05+08", "2025-01-31 2025-01-31T15:30:05Z"),
            ("2025-01-31 23:30:05 +0800", "2025-01-31 2025-01-31T15:30:05Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01 2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(None, text).as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "2025-13-45",
            "2025-02-30",
            "2025-1-1",
            "20250131",
            "31.01.2025",
            "2025-01-31x",
            "2025-01-31T",
            "年",
            "2025-01-31 24:00:00",
            "2025-01-31 10:00:00.",
            "2025-01-31 10:00:00+19:00",
            "2025-01-31 10:00:00+08:99",
            "2025年01月31日",
            "2025-01-3é",
        ] {
            assert_eq!(read(None, text), None, "{text:?}");
        }
    }

    #[test]
    fn a_format_is_read_as_templates_read_it() {
        for (format, text, expected) in [
            ("%Y%m%d", "20250131", Some("2025-01-31")),
            ("%Y年%m月%d日", "2025年01月31日", Some("2025-01-31")),
            ("%d/%m/%Y %H:%M", "31/01/2025 08:05", Some("2025-01-31 2025-01-31T00:05:00Z")),
            ("%Y-%m-%dT%H:%M:%S%z", "2025-01-31T23:00:00Z", Some("2025-02-01 2025-01-31T23:00:00Z")),
            ("%s", "1735689600", Some("2025-01-01 2025-01-01T00:00:00Z")),
            ("%Y %j", "2024 060", Some("2024-02-29")),
            ("%Y%m%d", "202501310", None),
            ("%Y%m%d", "2025013", None),
            ("%Y%m%d", "20250230", None),
            ("%s", "1735689600000", None),
        ] {
            assert_eq!(read(Some(format), text).as_deref(), expected, "{format} {text:?}");
        }
    }

    #[test]
    fn a_format_that_tells_no_day_is_refused() {
        for (format, about, way_out) in [
            ("", "empty", "%Y/%m/%d"),
            ("%Y-%m", "day", "%Y/%m/%d"),
            ("%d-%b-%Y", "%b", "%m"),
            ("%Y %s", "whole instant", "%s"),
            ("%F %M", "hour", "%H"),
        ] {
            let error = DateForm::parse(Some(format)).unwrap_err();
            assert!(error.message.contains(about), "{format}: {error}");
            assert!(error.suggestion.unwrap().contains(way_out), "{format}");
        }
    }
}
