//! The day of a moment: how a catalog's times become days of the range.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::model::document::Collected;

use super::key_template::Zones;

impl Zones {
    /// An instant: it falls on a day of the range's zone.
    pub(super) fn at(&self, instant: Timestamp) -> Collected {
        Collected { day: self.range.to_datetime(instant).date(), instant: Some(instant) }
    }

    /// What a clock showed in the catalog's zone; `None`: outside the years that have instants.
    pub(super) fn shown(&self, clock: DateTime) -> Option<Collected> {
        let instant = self.catalog.to_timestamp(clock).ok()?;
        let collected = self.at(instant);
        // In one zone the day is the one that is written, even where clocks skip it.
        Some(if self.catalog == self.range { Collected { day: clock.date(), ..collected } } else { collected })
    }
}
