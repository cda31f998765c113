//! Listing a folder: in the order of keys, a page at a time, one level of names in memory.
//!
//! Of our own, because object_store's listing has no order to resume from, follows links out of the root, and ends at
//! the first name that is not UTF-8.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::object::Page;
use super::s3_list::unaddressable;
use crate::model::document::SourceObject;

/// Keys of one page, as S3 has it.
const PAGE_KEYS: usize = 1_000;

/// One name in a folder. The key of a folder ends in `/`, so that entries sort as the keys below them do.
struct Entry {
    key: String,
    path: PathBuf,
    is_folder: bool,
}

struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    after: &'a str,
    by_directory: bool,
    limit: usize,
    page: Page,
    last: Option<String>,
}

/// One page of what is below `prefix`, after the key `token`.
///
/// # Errors
/// The first folder that cannot be read: a listing is whole or none.
pub(super) fn list(
    root: &Path,
    prefix: &str,
    by_directory: bool,
    token: Option<&str>,
    keys: Option<usize>,
) -> io::Result<Page> {
    if !root.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("the folder {} is not there", root.display())));
    }
    let limit = keys.unwrap_or(PAGE_KEYS);
    let mut walk =
        Walk { root, prefix, after: token.unwrap_or_default(), by_directory, limit, page: Page::default(), last: None };
    let folder = prefix.rfind('/').map_or("", |at| &prefix[..=at]);
    match walk.folder(&root.join(folder), folder) {
        // Nothing was ever put below this prefix.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) && root.is_dir() => {}
        done => drop(done?),
    }
    Ok(walk.page)
}

impl Walk<'_> {
    /// `false`: the page is full.
    fn folder(&mut self, path: &Path, key: &str) -> io::Result<bool> {
        self.page.requests += 1;
        for entry in self.entries(path, key)? {
            let covered = self.prefix.starts_with(&entry.key) || entry.key.starts_with(self.prefix);
            let goes_on_below = entry.is_folder && !self.by_directory && self.after.starts_with(&entry.key);
            let passed = entry.key.as_str() <= self.after && !goes_on_below;
            if !covered || passed {
                continue;
            }
            let more = if entry.is_folder && !self.by_directory {
                self.folder(&entry.path, &entry.key)?
            } else {
                self.entry(&entry)?
            };
            if !more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn entries(&self, path: &Path, key: &str) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            let name = entry.file_name().to_string_lossy().into_owned();
            let key = format!("{key}{name}{}", if is_folder { "/" } else { "" });
            entries.push(Entry { key, path: entry.path(), is_folder });
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    fn entry(&mut self, entry: &Entry) -> io::Result<bool> {
        if self.page.objects.len() + self.page.unaddressable.len() + self.page.directories.len() >= self.limit {
            self.page.next = self.last.take();
            return Ok(false);
        }
        self.last = Some(entry.key.clone());
        if entry.is_folder {
            self.page.directories.push(entry.key.clone());
            return Ok(true);
        }
        let (metadata, reason) = self.look(entry);
        let object = SourceObject {
            key: entry.key.clone(),
            size: metadata.as_ref().map_or(0, Metadata::len),
            etag: None,
            modified: metadata
                .and_then(|metadata| metadata.modified().ok())
                .and_then(|at| at.try_into().ok())
                .unwrap_or(Timestamp::UNIX_EPOCH),
        };
        match reason {
            None => self.page.objects.push(object),
            Some(reason) => self.page.unaddressable.push((object, reason)),
        }
        Ok(true)
    }

    /// What a file is, and why it cannot be read by its key, if so.
    fn look(&self, entry: &Entry) -> (Option<Metadata>, Option<String>) {
        let (metadata, real) = (fs::metadata(&entry.path), fs::canonicalize(&entry.path));
        let (Ok(metadata), Ok(real)) = (metadata, real) else {
            return (None, Some("is a link to nothing, or cannot be looked at".to_owned()));
        };
        let inside = self.root.canonicalize().is_ok_and(|root| real.starts_with(root));
        let reason = if !inside {
            Some("is a link that leads out of the store".to_owned())
        } else if !metadata.is_file() {
            Some("is no plain file; links to folders are not followed".to_owned())
        } else if entry.path.file_name().and_then(OsStr::to_str).is_none() {
            Some("its name is not UTF-8".to_owned())
        } else if is_staging_name(&entry.key) {
            Some("its name ends in # and digits, which stands for a file that is still being written".to_owned())
        } else {
            unaddressable(&entry.key)
        };
        (Some(metadata), reason)
    }
}

/// Names that object_store gives to files that it is still writing, and therefore refuses to read.
fn is_staging_name(key: &str) -> bool {
    key.rsplit_once('#')
        .is_some_and(|(_, digits)| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(keys: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for key in keys {
            let path = root.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, key).unwrap();
        }
        root
    }

    fn all(root: &Path, prefix: &str, limit: usize) -> Vec<String> {
        let (mut keys, mut token) = (Vec::new(), None);
        loop {
            let page = list(root, prefix, false, token.as_deref(), Some(limit)).unwrap();
            keys.extend(page.objects.into_iter().map(|object| object.key));
            token = page.next;
            if token.is_none() {
                return keys;
            }
        }
    }

    #[test]
    fn pages_of_any_size_give_every_key_once_and_in_order() {
        let mut expected = ["a/b/c", "a/b.x", "a-b", "a/d", "b", "发/票", "a/b/c2", "z/z/z/z"];
        let root = archive(&expected);
        expected.sort_unstable();
        for limit in 1..10 {
            assert_eq!(all(root.path(), "", limit), expected, "{limit} a page");
        }
    }

    #[test]
    fn a_prefix_is_a_prefix_of_the_key_and_need_not_end_at_a_slash() {
        let root = archive(&["scans/1", "scans2/1", "other/1"]);
        assert_eq!(all(root.path(), "scans", 10), ["scans/1", "scans2/1"]);
        assert_eq!(all(root.path(), "scans/", 10), ["scans/1"]);
        assert!(all(root.path(), "nothing/here/", 10).is_empty());
    }

    #[test]
    fn folders_of_one_level_are_listed_without_what_is_below() {
        let root = archive(&["a/1/x", "a/2/y", "a/z"]);
        let page = list(root.path(), "a/", true, None, None).unwrap();
        assert_eq!(
            (page.directories, page.objects.len(), page.requests),
            (vec!["a/1/".to_owned(), "a/2/".to_owned()], 1, 1)
        );
    }

    #[test]
    fn links_that_lead_out_loop_or_lead_nowhere_are_named_and_not_followed() {
        let root = archive(&["a/x"]);
        let outside = archive(&["secret"]);
        std::os::unix::fs::symlink(outside.path().join("secret"), root.path().join("a/out")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("a/broken")).unwrap();
        let page = list(root.path(), "", false, None, None).unwrap();
        let odd: Vec<&str> = page.unaddressable.iter().map(|(object, _)| object.key.as_str()).collect();
        assert_eq!((odd, page.objects.len()), (vec!["a/broken", "a/loop", "a/out"], 1));
    }

    #[test]
    fn a_root_that_is_not_there_is_an_error_and_no_empty_archive() {
        assert_eq!(
            list(Path::new("/no/such/folder"), "", false, None, None).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
