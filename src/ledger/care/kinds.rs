//! How much room the records of each kind take.

use std::collections::BTreeMap;

use crate::model::ledger_check::KindSize;

/// The kind of a key, in words; `None`: no version of batchferry wrote it.
pub(super) fn word(tag: u8) -> Option<&'static str> {
    Some(match tag {
        b'A' => "audit events",
        b'B' => "batches",
        b'C' => "counters",
        b'D' => "documents",
        b'F' => "files and receipts",
        b'H' => "heads of audit logs",
        b'I' => "documents by content",
        b'J' => "documents by invoice",
        b'K' => "marks of listings",
        b'L' => "totals of listings",
        b'M' => "the ledger itself",
        b'N' => "names of batches",
        b'O' => "claims of target keys",
        b'P' => "pages of listings",
        b'Q' => "numbers of a day",
        b'R' => "resyncs asked for",
        b'S' => "documents by status",
        b'T' => "transfers begun",
        b'U' => "unrecognised objects",
        b'V' => "invoices of documents",
        b'W' => "documents once synced",
        b'X' => "cancelled runs",
        b'Y' => "groupings",
        _ => return None,
    })
}

/// Records and bytes of each kind.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    kinds: BTreeMap<u8, (u64, u64)>,
}

impl Sizes {
    /// Counts a row.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        let (records, bytes) = self.kinds.entry(key.first().copied().unwrap_or_default()).or_default();
        *records += 1;
        *bytes += (key.len() + value.len()) as u64;
    }

    /// Records and bytes of all kinds.
    pub(super) fn total(&self) -> (u64, u64) {
        self.kinds.values().fold((0, 0), |(records, bytes), kind| (records + kind.0, bytes + kind.1))
    }

    /// Records of one kind.
    pub(super) fn records(&self, tag: u8) -> u64 {
        self.kinds.get(&tag).map_or(0, |kind| kind.0)
    }

    /// The kinds, the largest first.
    pub(super) fn by_size(&self) -> Vec<KindSize> {
        let of = |(tag, (records, bytes)): (&u8, &(u64, u64))| KindSize {
            kind: word(*tag).unwrap_or("unknown").to_owned(),
            records: *records,
            bytes: *bytes,
        };
        let mut kinds: Vec<KindSize> = self.kinds.iter().map(of).collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.bytes));
        kinds
    }
}
