//! What a target can hold: keys that one kind of store takes and another does not, and keys that are one to some systems.

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::keys::file_name;
use super::places::folder_of;
use crate::model::config::StoreConfig;
use crate::model::keys::MAX_KEY_BYTES;

/// Longest name of a file or folder on Linux, in bytes.
const NAME_BYTES: usize = 255;

/// Longest path on Linux, in bytes, without the zero at its end.
const PATH_BYTES: usize = 4095;

/// What an unfinished write has behind its name: `#1`.
const STAGED_BYTES: usize = 2;

/// Longest key of Azure, in characters, and most of its segments.
const AZURE: (usize, usize) = (1024, 254);

/// A kind of target, as far as its keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// S3 and its kin, and what is not known.
    Bucket,
    /// Azure.
    Container,
    /// Google.
    Google,
    /// A folder.
    Folder,
}

/// The keys of one target.
#[derive(Debug, Clone)]
pub struct Layout {
    kind: Kind,
    /// What the store puts before every key: the path of the folder, or a prefix.
    before: String,
    case_sensitive: bool,
}

impl Default for Layout {
    /// That of a bucket, which is the narrowest that nothing is known of.
    fn default() -> Self {
        Self { kind: Kind::Bucket, before: String::new(), case_sensitive: true }
    }
}

impl Layout {
    /// The layout of a store.
    pub fn of(store: &StoreConfig) -> Self {
        let (scheme, rest) = store.url.split_once("://").unwrap_or_default();
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "file" => Kind::Folder,
            "az" | "azure" | "abfs" | "abfss" => Kind::Container,
            "gs" => Kind::Google,
            _ => Kind::Bucket,
        };
        let place = match kind {
            Kind::Folder => folder_of(&store.url).unwrap_or_default(),
            _ => rest.split_once('/').map_or("", |(_, path)| path).to_owned(),
        };
        let before = [place.trim_end_matches('/'), store.prefix.trim_matches('/')];
        let before: String = before.iter().filter(|part| !part.is_empty()).map(|part| format!("{part}/")).collect();
        Self { kind, before, case_sensitive: store.case_sensitive.unwrap_or(true) }
    }

    /// Why the target cannot hold a key, in a few words; `None`: it can.
    pub fn fault(&self, key: &str) -> Option<String> {
        let (bytes, last) = (self.before.len() + key.len(), file_name(key));
        match self.kind {
            Kind::Bucket | Kind::Google if bytes > MAX_KEY_BYTES => {
                Some(format!("{bytes} bytes with the store's prefix, more than {MAX_KEY_BYTES}"))
            }
            Kind::Google if self.before.is_empty() && key.starts_with(".well-known/acme-challenge/") => {
                Some("a name that Google Cloud Storage keeps for itself".to_owned())
            }
            Kind::Bucket | Kind::Google => None,
            Kind::Container => self.azure_fault(key),
            Kind::Folder => {
                let long = |name: &str, own: usize| name.len() + own > NAME_BYTES;
                let folders = key.strip_suffix(last).unwrap_or_default();
                if let Some(name) = folders.split('/').find(|name| long(name, 0)) {
                    return Some(format!("a folder's name of {} bytes, more than {NAME_BYTES}", name.len()));
                }
                if long(last, STAGED_BYTES) {
                    let most = NAME_BYTES - STAGED_BYTES;
                    return Some(format!("a file's name of {} bytes, more than {most}", last.len()));
                }
                if bytes + STAGED_BYTES > PATH_BYTES {
                    return Some(format!("a path of {bytes} bytes, more than {}", PATH_BYTES - STAGED_BYTES));
                }
                is_staged(last).then(|| "a file's name that ends in '#' and digits, as unfinished writes do".to_owned())
            }
        }
    }

    fn azure_fault(&self, key: &str) -> Option<String> {
        let whole = format!("{}{key}", self.before);
        let (characters, segments) = (whole.chars().count(), whole.split('/').count());
        if characters > AZURE.0 {
            Some(format!("{characters} characters with the store's prefix, more than {}", AZURE.0))
        } else if segments > AZURE.1 {
            Some(format!("{segments} folders, more than {}", AZURE.1))
        } else if whole.split('/').any(|segment| segment.ends_with('.')) {
            Some("a name that ends in '.', which Azure takes away".to_owned())
        } else {
            None
        }
    }

    /// What other systems make of a key that this target can hold, in a few words; `None`: the same.
    pub fn oddity(&self, key: &str) -> Option<String> {
        if self.kind != Kind::Folder {
            return None;
        }
        if let Some(odd) = key.chars().find(|c| "<>:\"|?*\\".contains(*c)) {
            return Some(format!("{odd:?}, which no file on Windows can have in its name"));
        }
        let odd = |name: &&str| name.ends_with(['.', ' ']) || is_device(name);
        let name = key.split('/').find(odd)?;
        Some(format!("the name {name:?}, which no file on Windows can have"))
    }

    /// A text that keys share that are one file on systems which do not tell case, or how characters are composed; `None`:
    /// the target is no folder, so that no such system is meant.
    pub fn folded(&self, address: &str) -> Option<String> {
        (self.kind == Kind::Folder).then(|| folded(address))
    }

    /// The keys that would have to be folders for this one to be a file; none where the target knows no folders.
    pub fn folders<'k>(&self, key: &'k str) -> impl Iterator<Item = &'k str> {
        let is_folder = self.kind == Kind::Folder;
        key.match_indices('/').filter(move |_| is_folder).map(|(at, _)| &key[..at])
    }

    /// Whether keys with one folded text are different files here.
    pub fn is_case_sensitive(&self) -> bool {
        self.case_sensitive
    }
}

fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decompose = |text: &str| DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned();
    decompose(&decompose(text).to_lowercase())
}

/// As `stores` has it: such names are refused there.
fn is_staged(name: &str) -> bool {
    let digits = name.split_once('#').map_or("", |(_, behind)| behind);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Names that mean devices to Windows, whatever their extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |kind: &str| stem.strip_prefix(kind).is_some_and(|rest| rest.len() == 1 && rest != "0");
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn layout(url: &str, prefix: &str) -> Layout {
        Layout::of(&serde_json::from_value(json!({"url": url, "prefix": prefix})).unwrap())
    }

    fn fault(url: &str, prefix: &str, key: &str) -> Option<String> {
        layout(url, prefix).fault(key)
    }

    #[test]
    fn a_key_may_be_as_long_as_its_target_takes_it_with_all_that_stands_before_it() {
        let (fits, over) = ("k".repeat(1024), "k".repeat(1025));
        for url in ["s3://b", "gs://b", "az://b"] {
            assert_eq!(fault(url, "", &fits), None, "{url}");
            assert!(fault(url, "", &over).is_some() && fault(url, "p", &fits).is_some(), "{url}");
            assert!(fault(&format!("{url}/p/"), "", &fits).is_some(), "{url}");
        }
        let wide = "发".repeat(1000);
        assert_eq!(fault("az://b", "", &wide), None, "Azure counts characters");
        assert!(fault("s3://b", "", &wide).unwrap().contains("3000 bytes"));
        let name = |bytes: usize| format!("a/{}", "n".repeat(bytes));
        assert_eq!(fault("file:///srv", "", &name(253)), None);
        assert!(fault("file:///srv", "", &name(254)).unwrap().contains("254 bytes"));
        assert_eq!(fault("file:///srv", "", &format!("{}/a", "d".repeat(255))), None);
        assert!(fault("file:///srv", "", &format!("{}/a", "d".repeat(256))).is_some());
        let deep = "d/".repeat(500);
        assert_eq!(fault("file:///srv", "", &format!("{deep}a")), None);
        assert!(fault(&format!("file:///{}", "long/".repeat(700)), "", &format!("{deep}a")).unwrap().contains("path"));
    }

    #[test]
    fn what_a_kind_of_target_takes_for_something_else_is_refused() {
        assert!(fault("az://b", "", "a./b").is_some() && fault("az://b", "", "a.").is_some());
        assert_eq!(fault("s3://b", "", "a./b."), None);
        assert!(fault("gs://b", "", ".well-known/acme-challenge/x").is_some());
        assert!(fault("file:///srv", "", "a/scan#12").is_some());
        assert_eq!(fault("file:///srv", "", "a#1/scan#12.jpg"), None);
        assert_eq!(fault("s3://b", "", "a/scan#12"), None);
    }

    #[test]
    fn what_windows_does_not_take_is_odd_in_a_folder_alone() {
        for key in ["a:b", "a/b?", "x\\y", "con", "a/LPT1.txt", "trailing ", "dot./x"] {
            assert!(layout("file:///srv", "").oddity(key).is_some(), "{key}");
            assert_eq!(layout("s3://b", "").oddity(key), None);
        }
        for key in ["a/b.pdf", "console", "com10.txt", "发票 1.jpg"] {
            assert_eq!(layout("file:///srv", "").oddity(key), None, "{key}");
        }
    }

    #[test]
    fn a_key_needs_folders_above_it_in_a_folder_alone() {
        let folders = |url: &str| layout(url, "").folders("a/b/c.jpg").map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(folders("file:///srv"), ["a", "a/b"]);
        assert!(folders("s3://b").is_empty() && layout("file:///srv", "").folders("a").next().is_none());
    }

    #[test]
    fn keys_that_are_one_file_to_some_systems_have_one_folded_text() {
        let folder = layout("file:///srv", "");
        let same = |a: &str, b: &str| folder.folded(a) == folder.folded(b);
        assert!(same("A/Scan.JPG", "a/scan.jpg"));
        assert!(same("caf\u{e9}.jpg", "cafe\u{301}.jpg") && same("CAFE\u{301}", "caf\u{e9}"), "composed or not");
        assert!(!same("a.jpg", "b.jpg") && !same("发票", "發票"));
        assert_eq!(layout("s3://b", "").folded("A"), None);
    }
}
