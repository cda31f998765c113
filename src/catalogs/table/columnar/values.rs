//! Values of Parquet as cells.

use std::borrow::Cow;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};

use crate::catalogs::table::cell::Cell;
use crate::catalogs::table::row::MAX_CELL;

use super::kind::{Kind, Unit};

/// The day from which Julian days of timestamps count to 1970.
const JULIAN_1970: i128 = 2_440_588;
const NANOSECONDS_OF_DAY: i128 = 86_400_000_000_000;

/// A value as Parquet stores it.
pub(super) trait Value {
    /// The value as its column means it.
    ///
    /// # Errors
    /// Why it has no text.
    fn cell(&self, kind: Kind) -> Result<Cell<'_>, String>;
}

impl Value for bool {
    fn cell(&self, _: Kind) -> Result<Cell<'_>, String> {
        Ok(Cell::text(if *self { "true" } else { "false" }))
    }
}

impl Value for i32 {
    fn cell(&self, kind: Kind) -> Result<Cell<'_>, String> {
        Ok(match kind {
            Kind::Day => day(*self).map_or_else(|| owned(self), Cell::Day),
            Kind::Unsigned => owned(&self.cast_unsigned()),
            Kind::Decimal(scale) => decimal(i128::from(*self), scale),
            _ => owned(self),
        })
    }
}

impl Value for i64 {
    fn cell(&self, kind: Kind) -> Result<Cell<'_>, String> {
        Ok(match kind {
            Kind::Moment { unit, is_utc } => moment(*self, unit, is_utc),
            Kind::Unsigned => owned(&self.cast_unsigned()),
            Kind::Decimal(scale) => decimal(i128::from(*self), scale),
            _ => owned(self),
        })
    }
}

impl Value for Int96 {
    fn cell(&self, _: Kind) -> Result<Cell<'_>, String> {
        let [low, high, day] = *self.data() else { return Err("is no INT96".to_owned()) };
        let of_day = i128::from(low) | i128::from(high) << 32;
        let nanoseconds = (i128::from(day) - JULIAN_1970) * NANOSECONDS_OF_DAY + of_day;
        Ok(Timestamp::from_nanosecond(nanoseconds).map_or_else(|_| owned(&nanoseconds), Cell::Instant))
    }
}

impl Value for f32 {
    fn cell(&self, _: Kind) -> Result<Cell<'_>, String> {
        Ok(owned(self))
    }
}

impl Value for f64 {
    fn cell(&self, _: Kind) -> Result<Cell<'_>, String> {
        Ok(owned(self))
    }
}

impl Value for ByteArray {
    fn cell(&self, kind: Kind) -> Result<Cell<'_>, String> {
        bytes(self.data(), kind)
    }
}

impl Value for FixedLenByteArray {
    fn cell(&self, kind: Kind) -> Result<Cell<'_>, String> {
        bytes(self.data(), kind)
    }
}

fn bytes(bytes: &[u8], kind: Kind) -> Result<Cell<'_>, String> {
    if bytes.len() > MAX_CELL {
        return Err(format!("has {} bytes, more than the {} KiB that a cell may have", bytes.len(), MAX_CELL >> 10));
    }
    match kind {
        Kind::Decimal(scale) => Ok(decimal(big_endian(bytes).ok_or("is a number of more than 128 bits")?, scale)),
        Kind::Uuid => Ok(Cell::Text(Cow::Owned(uuid(bytes)))),
        _ => std::str::from_utf8(bytes).map(Cell::text).map_err(|_| "is not UTF-8".to_owned()),
    }
}

fn owned<'a>(value: &impl ToString) -> Cell<'a> {
    Cell::Text(Cow::Owned(value.to_string()))
}

fn day(days: i32) -> Option<Date> {
    date(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()
}

fn moment<'a>(count: i64, unit: Unit, is_utc: bool) -> Cell<'a> {
    let instant = match unit {
        Unit::Milli => Timestamp::from_millisecond(count),
        Unit::Micro => Timestamp::from_microsecond(count),
        Unit::Nano => Timestamp::from_nanosecond(i128::from(count)),
    };
    match instant {
        Ok(instant) if is_utc => Cell::Instant(instant),
        // What a clock showed is stored as if the clock had been of UTC.
        Ok(instant) => Cell::Clock(TimeZone::UTC.to_datetime(instant)),
        Err(_) => owned(&count),
    }
}

fn decimal<'a>(digits: i128, scale: usize) -> Cell<'a> {
    let sign = if digits < 0 { "-" } else { "" };
    let mut text = format!("{:0width$}", digits.unsigned_abs(), width = scale + 1);
    if scale > 0 {
        text.insert(text.len() - scale, '.');
    }
    Cell::Text(Cow::Owned(format!("{sign}{text}")))
}

/// A number in two's complement.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let fill = if bytes.first().is_some_and(|first| first & 0x80 != 0) { 0xff } else { 0 };
    let mut number = [fill; 16];
    let start = 16_usize.checked_sub(bytes.len())?;
    number[start..].copy_from_slice(bytes);
    Some(i128::from_be_bytes(number))
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &impl Value, kind: Kind) -> String {
        value.cell(kind).unwrap().into_text().into_owned()
    }

    #[test]
    fn numbers_are_texts_as_their_column_means_them() {
        assert_eq!(text(&-5_i32, Kind::Plain), "-5");
        assert_eq!(text(&-1_i32, Kind::Unsigned), "4294967295");
        assert_eq!(text(&-1_i64, Kind::Unsigned), "18446744073709551615");
        assert_eq!(text(&12_345_i64, Kind::Decimal(2)), "123.45");
        assert_eq!(text(&-5_i32, Kind::Decimal(2)), "-0.05");
        assert_eq!(text(&ByteArray::from(vec![0xff, 0x38]), Kind::Decimal(1)), "-20.0");
        assert_eq!(text(&ByteArray::from(Vec::new()), Kind::Decimal(0)), "0");
        assert_eq!(text(&12345.0_f64, Kind::Plain), "12345");
        assert_eq!(text(&true, Kind::Plain), "true");
        assert!(ByteArray::from(vec![1; 17]).cell(Kind::Decimal(0)).is_err());
    }

    #[test]
    fn dates_are_typed_and_those_of_no_calendar_are_numbers() {
        assert_eq!(20_119_i32.cell(Kind::Day), Ok(Cell::Day(date(2025, 1, 31))));
        assert_eq!(text(&i32::MAX, Kind::Day), "2147483647");
        let moment = |unit, is_utc| Kind::Moment { unit, is_utc };
        assert_eq!(text(&1_500_i64, moment(Unit::Milli, true)), "1970-01-01T00:00:01.5Z");
        assert_eq!(text(&-1_000_000_i64, moment(Unit::Micro, false)), "1969-12-31T23:59:59");
        assert_eq!(text(&1_000_000_000_i64, moment(Unit::Nano, true)), "1970-01-01T00:00:01Z");
        assert_eq!(text(&i64::MAX, moment(Unit::Milli, true)), "9223372036854775807");
        let mut old = Int96::new();
        old.set_data(1_000_000_000, 0, 2_440_589);
        assert_eq!(text(&old, Kind::Plain), "1970-01-02T00:00:01Z");
        old.set_data(u32::MAX, u32::MAX, u32::MAX);
        assert!(matches!(old.cell(Kind::Plain), Ok(Cell::Text(_))));
    }

    #[test]
    fn bytes_are_texts_where_they_are_utf_8() {
        assert_eq!(text(&ByteArray::from("单据"), Kind::Plain), "单据");
        let gbk = ByteArray::from(vec![0xb5, 0xa5]);
        assert_eq!(gbk.cell(Kind::Plain).unwrap_err(), "is not UTF-8");
        let long = ByteArray::from(vec![b'x'; MAX_CELL + 1]);
        assert!(long.cell(Kind::Plain).unwrap_err().contains("65537"));
        let id = FixedLenByteArray::from((0..16).collect::<Vec<u8>>());
        assert_eq!(text(&id, Kind::Uuid), "00010203-0405-0607-0809-0a0b0c0d0e0f");
    }
}
