//! What the values of a column mean.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;

/// Digits that a decimal may have; more than that is no number of a document.
const MAX_SCALE: i32 = 38;

/// What the values of a column mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is: a number, a boolean, a text.
    Plain,
    Unsigned,
    /// Digits after the point.
    Decimal(usize),
    /// Days since 1970.
    Day,
    /// Since 1970, or what a clock showed if it is not of UTC.
    Moment {
        unit: Unit,
        is_utc: bool,
    },
    Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milli,
    Micro,
    Nano,
}

impl Kind {
    /// The kind of a column.
    ///
    /// # Errors
    /// The name of a type that has no text.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        match column.logical_type_ref() {
            Some(logical) => Self::logical(logical).ok_or_else(|| format!("{logical:?}")),
            None => Self::converted(column).ok_or_else(|| column.converted_type().to_string()),
        }
    }

    fn logical(logical: &LogicalType) -> Option<Self> {
        Some(match logical {
            LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Unknown => Self::Plain,
            LogicalType::Integer(integer) if integer.is_signed => Self::Plain,
            LogicalType::Integer(_) => Self::Unsigned,
            LogicalType::Decimal(decimal) => Self::decimal(decimal.scale)?,
            LogicalType::Date => Self::Day,
            LogicalType::Timestamp(moment) => Self::Moment {
                unit: match moment.unit {
                    TimeUnit::MILLIS => Unit::Milli,
                    TimeUnit::MICROS => Unit::Micro,
                    TimeUnit::NANOS => Unit::Nano,
                },
                is_utc: moment.is_adjusted_to_u_t_c,
            },
            LogicalType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    fn converted(column: &ColumnDescriptor) -> Option<Self> {
        Some(match column.converted_type() {
            ConvertedType::NONE if column.physical_type() == Type::INT96 => {
                Self::Moment { unit: Unit::Nano, is_utc: true }
            }
            ConvertedType::NONE
            | ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::JSON
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Self::Plain,
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Self::Unsigned
            }
            ConvertedType::DECIMAL => Self::decimal(column.type_scale())?,
            ConvertedType::DATE => Self::Day,
            ConvertedType::TIMESTAMP_MILLIS => Self::Moment { unit: Unit::Milli, is_utc: true },
            ConvertedType::TIMESTAMP_MICROS => Self::Moment { unit: Unit::Micro, is_utc: true },
            _ => return None,
        })
    }

    fn decimal(scale: i32) -> Option<Self> {
        if (0..=MAX_SCALE).contains(&scale) { Some(Self::Decimal(usize::try_from(scale).ok()?)) } else { None }
    }
}
