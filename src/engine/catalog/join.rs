//! One listed object and the rows that it belongs to.

use std::io;

use super::row::{InScope, Row};
use super::setup::{Join, RowCatalog, RowSource};
use super::told::Told;
use crate::catalogs::{KeyFields, KeyReading, Zones};
use crate::model::document::{FieldOrigin, Fields};
use crate::rules::inspection::ROWS;
use crate::tables::Table;

/// The filter that leaves sidecars out: they tell of documents and are no files of theirs.
const SIDECARS: &str = "sidecars";

/// Rows of one directory looked at to tell whose directory it is.
const NEIGHBOURS: usize = 64;

/// What rows make of an object.
#[derive(Debug)]
pub enum Joined {
    /// A file of a document: that of the first row, where rows disagree.
    File(Box<Told>),
    /// Left out by the filter of this name.
    OutOfScope(String),
    /// No row tells of it.
    Unrecognised,
}

/// Finds the rows of an object; `below`: its key below the source's prefix. Blocks on the disk.
///
/// # Errors
/// The table cannot be read.
pub fn join(catalog: &RowCatalog, table: &Table, below: &str, zones: &Zones) -> io::Result<Joined> {
    if let RowSource::Sidecar(_, names) = &catalog.from
        && names.match_file_at(below)
    {
        return Ok(Joined::OutOfScope(SIDECARS.to_owned()));
    }
    match &catalog.join {
        Join::Key => {
            let rows = rows(table, below)?;
            if rows.is_empty() { neighbour(table, below) } else { Ok(joined(&rows, None, true)) }
        }
        Join::Directory => {
            for (at, _) in below.rmatch_indices('/') {
                let rows = rows(table, &below[..=at])?;
                if !rows.is_empty() {
                    return Ok(joined(&rows, None, true));
                }
            }
            Ok(Joined::Unrecognised)
        }
        Join::Image(template) => {
            let (fields, recognised) = match template.read(below, zones) {
                KeyReading::File(fields) => (fields, true),
                KeyReading::InDirectory(fields) => (fields, false),
                KeyReading::Unrecognised => return Ok(Joined::Unrecognised),
            };
            let rows = rows(table, fields.image_number.as_str())?;
            Ok(joined(&rows, Some(&fields), recognised))
        }
    }
}

fn rows(table: &Table, key: &str) -> io::Result<Vec<Row>> {
    table.get(key.as_bytes())?.iter().map(|bytes| Row::decode(bytes)).collect()
}

/// An object without a row in the directory of one document is a file of it that nobody recognises.
fn neighbour(table: &Table, below: &str) -> io::Result<Joined> {
    let Some((directory, _)) = below.rsplit_once('/') else { return Ok(Joined::Unrecognised) };
    let directory = format!("{directory}/");
    let (mut found, mut seen, mut failed) = (Vec::<Row>::new(), 0, None);
    table.visit(directory.as_bytes(), |key, value| {
        seen += 1;
        let Some(name) = key.strip_prefix(directory.as_bytes()) else { return false };
        if !name.contains(&b'/') {
            match Row::decode(value) {
                Ok(row) => found.push(row),
                Err(error) => failed = Some(error),
            }
        }
        failed.is_none() && seen < NEIGHBOURS
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let documents = found.iter().map(|row| match row {
        Row::In(row) => Some(&row.image_number),
        Row::Out(_) => None,
    });
    let mut documents = documents.collect::<Vec<_>>();
    documents.dedup();
    Ok(match (documents.as_slice(), found.first()) {
        ([Some(_)], Some(row)) => joined(std::slice::from_ref(row), None, false),
        _ => Joined::Unrecognised,
    })
}

/// What several rows of one object say together. Rows that say the same are one.
fn joined(rows: &[Row], key: Option<&KeyFields>, recognised: bool) -> Joined {
    match (rows.first(), in_scope(rows).first()) {
        (_, Some(row)) => {
            let disagreement = disagreement(rows);
            Joined::File(Box::new(of_row(row, key, recognised, disagreement.as_deref())))
        }
        (Some(Row::Out(filter)), None) => Joined::OutOfScope(filter.clone()),
        (_, None) => Joined::Unrecognised,
    }
}

/// The rows in scope among those of one object.
pub fn in_scope(rows: &[Row]) -> Vec<&InScope> {
    let inside = rows.iter().filter_map(|row| match row {
        Row::In(row) => Some(row.as_ref()),
        Row::Out(_) => None,
    });
    inside.collect()
}

/// What rows of one object say that disagree, one of which is in scope at least.
pub fn disagreement(rows: &[Row]) -> Option<String> {
    let inside = in_scope(rows);
    let first = inside.first()?;
    let agree = inside.len() == rows.len() && inside.iter().all(|other| says_the_same(first, other));
    (!agree).then(|| described(&inside, rows.len()))
}

fn says_the_same(one: &InScope, other: &InScope) -> bool {
    one.image_number == other.image_number && one.fields == other.fields && one.unreadable == other.unreadable
}

fn described(rows: &[&InScope], all: usize) -> String {
    let named = |row: &&InScope| {
        let fields = &row.fields;
        let day = fields.collected.map_or_else(|| "no date".to_owned(), |collected| collected.day.to_string());
        format!(
            "{}: {} / {} / {} / {day}",
            row.origin,
            row.image_number,
            fields.organization.as_deref().unwrap_or("no organization"),
            fields.document_type.as_deref().unwrap_or("no type"),
        )
    };
    let mut texts: Vec<String> = rows.iter().take(4).map(named).collect();
    if all > texts.len() {
        texts.push(format!("and {} more rows", all - texts.len()));
    }
    texts.join("; ")
}

/// The row's own fields come before what the key tells. Of a file that nothing recognises, no row says what it is.
fn of_row(row: &InScope, key: Option<&KeyFields>, recognised: bool, disagreement: Option<&str>) -> Told {
    let mut unreadable = row.unreadable.clone();
    unreadable.extend(disagreement.map(|text| (ROWS.to_owned(), text.to_owned())));
    let fields = filled(&row.fields, key.map(|key| &key.fields));
    if fields.collected.is_none() && !unreadable.iter().any(|(name, _)| name == "collected") {
        unreadable.push(("collected".to_owned(), format!("none ({})", row.origin)));
    }
    Told {
        image_number: row.image_number.clone(),
        fields,
        unreadable,
        role_word: row.role_word.clone().or_else(|| key?.role_word.clone()).filter(|_| recognised),
        sequence: row.sequence.clone().or_else(|| key?.sequence.clone()).filter(|_| recognised),
        origin: row.origin.clone(),
        recognised,
    }
}

fn filled(row: &Fields, key: Option<&Fields>) -> Fields {
    let Some(key) = key else { return row.clone() };
    let mut extra = key.extra.clone();
    extra.extend(row.extra.clone());
    Fields {
        organization: row.organization.clone().or_else(|| key.organization.clone()),
        document_type: row.document_type.clone().or_else(|| key.document_type.clone()),
        document_number: row.document_number.clone().or_else(|| key.document_number.clone()),
        collected: row.collected.or(key.collected),
        extra,
    }
}

impl Told {
    /// What a key alone tells.
    pub fn of_key(key: KeyFields, recognised: bool) -> Self {
        Self {
            image_number: key.image_number,
            fields: key.fields,
            unreadable: key.unreadable,
            role_word: key.role_word,
            sequence: key.sequence,
            origin: FieldOrigin::Key,
            recognised,
        }
    }

    /// What a row alone tells, and what other rows of the same object say otherwise.
    pub fn of_row(row: &InScope, disagreement: Option<&str>) -> Self {
        of_row(row, None, true, disagreement)
    }
}
