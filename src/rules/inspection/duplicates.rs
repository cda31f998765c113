//! One image number with two sets of files.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::document::FileRecord;
use crate::model::failure::{Code, Failure};

/// Keys named in one failure; the rest is counted. The document's own list of files has them all.
const MOST_KEYS: usize = 20;

/// What all files of a document must agree on.
type Identity<'a> = (Option<&'a str>, Option<&'a str>, Option<Date>);

/// The failure of a document whose recognised files disagree on organization, type or day. Not knowing is a value of its
/// own here: a file without a readable date is no proof that it belongs to the others.
pub(super) fn duplicate_document(files: &[FileRecord]) -> Option<Failure> {
    let mut sets: BTreeMap<Identity<'_>, Vec<&str>> = BTreeMap::new();
    // One whose date is there and cannot be read fails by that, and is no set of its own.
    let told = |file: &&FileRecord| file.record.recognised && !is_unreadable(file);
    for file in files.iter().filter(told) {
        sets.entry(identity(file)).or_default().push(&file.object.key);
    }
    if sets.len() < 2 {
        return None;
    }
    let image_number = files.first()?.record.image_number.as_str();
    let failure = Failure::new(Code::DuplicateDocument, image_number);
    Some(failure.with("one organization, document type and day", described(sets)))
}

fn is_unreadable(file: &FileRecord) -> bool {
    file.record.fields.collected.is_none() && file.record.unreadable.iter().any(|(name, _)| name == "collected")
}

fn identity(file: &FileRecord) -> Identity<'_> {
    let fields = &file.record.fields;
    (fields.organization.as_deref(), fields.document_type.as_deref(), fields.collected.map(|collected| collected.day))
}

/// Every set with its keys, as far as there is room; each set names one key at least as long as that holds.
fn described(sets: BTreeMap<Identity<'_>, Vec<&str>>) -> String {
    let total: usize = sets.values().map(Vec::len).sum();
    let share = (MOST_KEYS / sets.len()).max(1);
    let mut named = 0;
    let mut texts = Vec::new();
    for (identity, mut keys) in sets {
        keys.sort_unstable();
        keys.truncate(share.min(MOST_KEYS - named));
        if keys.is_empty() {
            break;
        }
        named += keys.len();
        texts.push(format!("{}: {}", words(&identity), keys.join(", ")));
    }
    let rest = if named < total { format!("; and {} more files", total - named) } else { String::new() };
    format!("{}{rest}", texts.join("; "))
}

fn words((organization, document_type, day): &Identity<'_>) -> String {
    let day = day.map_or_else(|| "no date".to_owned(), |day| day.to_string());
    format!("{} / {} / {day}", organization.unwrap_or("no organization"), document_type.unwrap_or("no type"))
}
