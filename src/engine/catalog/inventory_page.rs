//! Pages of a listing from a sorted table of objects, as a store gives them.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::document::SourceObject;
use crate::stores::Page;
use crate::tables::Table;

/// Entries of one page.
const PAGE: usize = 1000;

/// An object without its key.
#[derive(Serialize, Deserialize)]
struct Value {
    size: u64,
    etag: Option<String>,
    modified: Timestamp,
}

/// An object's bytes in the table.
pub fn encode(object: &SourceObject) -> Vec<u8> {
    let value = Value { size: object.size, etag: object.etag.clone(), modified: object.modified };
    // Plain data with sized sequences, written to memory: postcard has no way to fail.
    postcard::to_stdvec(&value).expect("plain data can be written to memory")
}

fn decode(key: &[u8], value: &[u8]) -> io::Result<SourceObject> {
    let Value { size, etag, modified } =
        postcard::from_bytes(value).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(SourceObject { key: text(key), size, etag, modified })
}

fn text(key: &[u8]) -> String {
    // Keys came from text.
    String::from_utf8_lossy(key).into_owned()
}

/// What one step over the table came to.
enum Step {
    /// The page is full, and there is more.
    More,
    /// Everything in this folder is to be passed over.
    Over(Vec<u8>),
    /// There is nothing more below the prefix.
    End,
}

/// One page of what lies below `prefix`; as [`crate::stores::Store::list`]. Blocks on the disk.
///
/// # Errors
/// The table cannot be read.
pub fn page(objects: &Table, prefix: &str, by_directory: bool, token: Option<&str>) -> io::Result<Page> {
    let mut page = Page::default();
    let mut from = token.map_or_else(|| prefix.as_bytes().to_vec(), |token| behind(token.as_bytes(), by_directory));
    let mut last: Option<String> = token.map(str::to_owned);
    loop {
        match step(objects, &from, prefix, by_directory, &mut page, &mut last)? {
            Step::End => return Ok(page),
            Step::More => {
                page.next = last;
                return Ok(page);
            }
            Step::Over(directory) => from = behind(&directory, true),
        }
    }
}

/// The first key that can come after an entry: after everything in it, if it is a folder of a listing by folders.
fn behind(entry: &[u8], by_directory: bool) -> Vec<u8> {
    let mut next = entry.to_vec();
    match next.last_mut() {
        Some(last @ b'/') if by_directory => *last = b'/' + 1,
        _ => next.push(0),
    }
    next
}

fn step(
    objects: &Table,
    from: &[u8],
    prefix: &str,
    by_directory: bool,
    page: &mut Page,
    last: &mut Option<String>,
) -> io::Result<Step> {
    let (mut step, mut failed) = (Step::End, None);
    objects.visit(from, |key, value| {
        let Some(below) = key.strip_prefix(prefix.as_bytes()) else { return false };
        if page.objects.len() + page.directories.len() == PAGE {
            step = Step::More;
            return false;
        }
        let slash = below.iter().position(|byte| *byte == b'/').filter(|_| by_directory);
        if let Some(slash) = slash {
            let directory = &key[..=prefix.len() + slash];
            page.directories.push(text(directory));
            *last = page.directories.last().cloned();
            step = Step::Over(directory.to_vec());
            return false;
        }
        match decode(key, value) {
            // One key may stand in an inventory more than once, as versions of which one is the latest.
            Ok(object) if page.objects.last().is_some_and(|before| before.key == object.key) => {}
            Ok(object) => {
                *last = Some(object.key.clone());
                page.objects.push(object);
            }
            Err(error) => failed = Some(error),
        }
        failed.is_none()
    })?;
    failed.map_or(Ok(step), Err)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::tables::TableWriter;

    fn table(keys: &[String]) -> (tempfile::TempDir, Table) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TableWriter::new(&dir.path().join("objects")).unwrap();
        for key in keys {
            let (size, etag) = (key.len() as u64, Some(format!("of {key}")));
            let object = SourceObject { key: key.clone(), size, etag, modified: Timestamp::UNIX_EPOCH };
            writer.push(key.as_bytes(), &encode(&object)).unwrap();
        }
        (dir, writer.finish(b"").unwrap())
    }

    fn all(table: &Table, prefix: &str, by_directory: bool) -> (Vec<String>, Vec<String>, usize) {
        let (mut objects, mut directories, mut token, mut pages) = (Vec::new(), Vec::new(), None, 0);
        loop {
            let page = page(table, prefix, by_directory, token.as_deref()).unwrap();
            objects.extend(page.objects.into_iter().map(|object| {
                assert_eq!(object.etag, Some(format!("of {}", object.key)));
                object.key
            }));
            directories.extend(page.directories);
            pages += 1;
            token = page.next;
            if token.is_none() {
                return (objects, directories, pages);
            }
        }
    }

    #[test]
    fn a_large_inventory_comes_in_pages_that_lose_and_repeat_nothing() {
        let keys: Vec<String> = (0..2_500).map(|n| format!("scans/{n:05}/f")).collect();
        let (_dir, table) = table(&keys);
        assert_eq!(all(&table, "scans/", false), (keys.clone(), Vec::new(), 3));
        let folders: Vec<String> = keys.iter().map(|key| key[..key.len() - 1].to_owned()).collect();
        assert_eq!(all(&table, "scans/", true), (Vec::new(), folders, 3));
        assert_eq!(all(&table, "scans/0001", false).0, keys[10..20]);
    }

    proptest! {
        #[test]
        fn a_table_lists_as_a_store_does(keys in prop::collection::btree_set("[ab/]{1,6}", 0..60), prefix in "[ab/]{0,3}") {
            let keys: Vec<String> = keys.into_iter().collect();
            let (_dir, table) = table(&keys);
            let below: Vec<&String> = keys.iter().filter(|key| key.starts_with(&prefix)).collect();
            let (objects, directories, _) = all(&table, &prefix, false);
            prop_assert!(directories.is_empty());
            prop_assert_eq!(objects.iter().collect::<Vec<_>>(), below.clone());
            let (objects, directories, _) = all(&table, &prefix, true);
            let folder = |key: &str| key[prefix.len()..].find('/').map(|at| key[..=prefix.len() + at].to_owned());
            let expected: BTreeSet<String> = below.iter().filter_map(|key| folder(key)).collect();
            prop_assert_eq!(directories, expected.into_iter().collect::<Vec<_>>());
            let bare: Vec<&String> = below.into_iter().filter(|key| folder(key).is_none()).collect();
            prop_assert_eq!(objects.iter().collect::<Vec<_>>(), bare);
        }
    }
}
