//! A report cut to what its JSON may take, with what was left out and where that is.

use serde::Serialize;

use super::caps::FILE_BYTES;
use crate::model::ids::BatchName;
use crate::model::report::{Capped, LeftOut, Report};
use crate::model::text::safe_json;

/// A list that may be cut.
trait List {
    /// Bytes of its JSON, as far as its length can change them.
    fn bytes(&self) -> usize;
    /// How many are shown.
    fn shown(&self) -> u64;
    /// How many there are.
    fn total(&self) -> u64;
    /// Leaves out half of what is shown.
    fn halve(&mut self);
}

impl<T: Serialize> List for Vec<T> {
    fn bytes(&self) -> usize {
        if self.is_empty() { 0 } else { pretty(self).len() }
    }

    fn shown(&self) -> u64 {
        self.len() as u64
    }

    fn total(&self) -> u64 {
        self.len() as u64
    }

    fn halve(&mut self) {
        self.truncate(self.len() / 2);
    }
}

impl<T: Serialize> List for Capped<T> {
    fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    fn shown(&self) -> u64 {
        self.rows.shown()
    }

    fn total(&self) -> u64 {
        self.total
    }

    fn halve(&mut self) {
        self.rows.halve();
    }
}

/// Runs, of which the last ones matter most.
struct Latest<'a, T>(&'a mut Vec<T>);

impl<T: Serialize> List for Latest<'_, T> {
    fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn shown(&self) -> u64 {
        self.0.shown()
    }

    fn total(&self) -> u64 {
        self.0.total()
    }

    fn halve(&mut self) {
        self.0.drain(..self.0.len().div_ceil(2));
    }
}

/// The same report with every list cut until its JSON is no longer than a file of a report may be.
pub(super) fn fitted(report: &Report) -> Report {
    let mut fitted = report.clone();
    let totals = lists(&mut fitted).map(|(_, list)| list.total());
    while noted(&mut fitted, totals) > FILE_BYTES && halve_longest(&mut fitted) {}
    fitted
}

/// `false`: every list is empty.
fn halve_longest(report: &mut Report) -> bool {
    let longest = lists(report).into_iter().map(|(_, list)| list).max_by_key(|list| list.bytes());
    let Some(mut longest) = longest.filter(|list| list.shown() > 0) else { return false };
    longest.halve();
    true
}

/// A report's JSON.
pub(super) fn pretty(value: &impl Serialize) -> String {
    // Plain data with string keys: serialising it into memory cannot fail.
    let json = serde_json::to_string_pretty(value).expect("a report is plain data");
    safe_json(&json).into_owned() + "\n"
}

/// Every list of a report's JSON that grows with the batch or with its spec.
fn lists(report: &mut Report) -> [(&'static str, Box<dyn List + '_>); 10] {
    let filters = &mut report.filters;
    [
        ("breakdown", Box::new(&mut report.breakdown) as Box<dyn List>),
        ("partialDocuments", Box::new(&mut report.partial_documents)),
        ("warningItems", Box::new(&mut report.warning_items)),
        ("unlistable", Box::new(&mut report.unlistable)),
        ("runs", Box::new(Latest(&mut report.batch.runs))),
        ("filters.organizations", Box::new(&mut filters.organizations)),
        ("filters.documentTypes", Box::new(&mut filters.document_types)),
        ("filters.imageNumbers", Box::new(&mut filters.image_numbers)),
        ("filters.files.include", Box::new(&mut filters.files.include)),
        ("filters.files.exclude", Box::new(&mut filters.files.exclude)),
    ]
}

impl<L: List + ?Sized> List for &mut L {
    fn bytes(&self) -> usize {
        (**self).bytes()
    }

    fn shown(&self) -> u64 {
        (**self).shown()
    }

    fn total(&self) -> u64 {
        (**self).total()
    }

    fn halve(&mut self) {
        (**self).halve();
    }
}

/// Notes what is left out by now; gives back the length of the JSON.
fn noted(report: &mut Report, totals: [u64; 10]) -> usize {
    let name = report.batch.name.clone();
    let cut = lists(report).into_iter().zip(totals).filter(|((_, list), total)| list.shown() < *total);
    let note = |((field, list), total): ((&str, Box<dyn List + '_>), u64)| {
        (field.to_owned(), LeftOut { shown: list.shown(), total, rest: rest(field, &name) })
    };
    report.left_out = cut.map(note).collect();
    pretty(report).len()
}

/// Where the rest of a list is.
fn rest(field: &str, batch: &BatchName) -> String {
    match field {
        "breakdown" => format!("batchferry documents {batch} -o csv"),
        "partialDocuments" => format!("batchferry documents {batch} --status failed -o csv"),
        "warningItems" => format!("batchferry documents {batch} --code CODE, for each code of `warnings`"),
        "unlistable" => "the next listing names those that are left, once these are mended".to_owned(),
        "runs" => format!("batchferry show {batch} -o json"),
        _ => "the spec".to_owned(),
    }
}
