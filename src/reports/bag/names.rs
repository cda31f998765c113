//! Names of files that every file system takes, and that no two of which are one on a file system without regard to case.

use std::collections::HashSet;

use crate::model::ids::Digest;

/// Longest name of a file or folder, in bytes: half of what file systems take, so that a suffix and an archive's own folder
/// fit.
const LONGEST: usize = 120;
/// Folders remembered. In a bag of more documents every name with a lower-case letter gets its suffix.
const REMEMBERED: usize = 500_000;
/// What Windows takes for a device, whatever the extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Names of the documents' folders.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<u64>,
}

/// Names of the files of one document.
#[derive(Debug)]
pub struct DocumentNames {
    folder: String,
    taken: HashSet<String>,
}

impl Names {
    /// The folder of a document: `data/<organization>/<image number>`. Each is asked for once.
    pub fn document(&mut self, organization: Option<&str>, image: &str) -> DocumentNames {
        let organization = marked(organization.unwrap_or("no organization"), false);
        let plain = format!("data/{organization}/{}", marked(image, false));
        let is_new = if self.taken.len() < REMEMBERED {
            self.taken.insert(short(&plain.to_uppercase()))
        } else {
            !self.taken.contains(&short(&plain.to_uppercase())) && plain == plain.to_uppercase()
        };
        let folder = if is_new { plain } else { format!("data/{organization}/{}", marked(image, true)) };
        DocumentNames { folder, taken: HashSet::new() }
    }
}

impl DocumentNames {
    /// The path of a file in the bag; `key` tells two files of one name apart.
    pub fn file(&mut self, name: &str, key: &str) -> String {
        let mut safe = marked(name, false);
        if !self.taken.insert(safe.to_uppercase()) {
            safe = suffixed(&safe, key);
            self.taken.insert(safe.to_uppercase());
        }
        format!("{}/{safe}", self.folder)
    }
}

/// A name of one file or folder that every file system takes; different names stay different.
pub fn safe_name(name: &str) -> String {
    marked(name, false)
}

/// A safe name. One that had to be changed, or that shall be marked, gets a piece of the digest of the original.
fn marked(name: &str, mark: bool) -> String {
    let mut safe: String = name.chars().map(|c| if is_unsafe(c) { '_' } else { c }).collect();
    // Windows drops what ends in these; hidden files and `..` are no names to give.
    while safe.ends_with(['.', ' ']) {
        safe.pop();
    }
    if safe.starts_with(['.', ' ', '~']) {
        safe.replace_range(..1, "_");
    }
    let stem = safe.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| stem.strip_prefix(device).is_some_and(|rest| rest.chars().count() == 1);
    if safe.is_empty() || DEVICES.contains(&stem.as_str()) || numbered("COM") || numbered("LPT") {
        safe.insert(0, '_');
    }
    let is_long = safe.len() > LONGEST;
    if safe == name && !is_long && !mark { safe } else { suffixed(&safe, name) }
}

/// What file systems, shells and manifests take for something else. `%` is one of them: validators of bags differ in how
/// they read it in a manifest.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A name with a piece of the digest of what it stands for, before its extension.
fn suffixed(safe: &str, original: &str) -> String {
    let piece = &Digest::of(original.as_bytes()).to_string()[..12];
    let (stem, extension) = match safe.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (safe, String::new()),
    };
    format!("{}~{piece}{extension}", &stem[..stem.floor_char_boundary(LONGEST)])
}

fn short(text: &str) -> u64 {
    let digest = Digest::of(text.as_bytes()).0;
    u64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(organization: Option<&str>, image: &str, file: &str) -> String {
        Names::default().document(organization, image).file(file, "key")
    }

    #[test]
    fn plain_names_stay_as_they_are() {
        assert_eq!(path(Some("ACME-CN"), "EXP-0018-no-dpi", "封面 1.jpg"), "data/ACME-CN/EXP-0018-no-dpi/封面 1.jpg");
        assert_eq!(path(None, "1", "a.tar.gz"), "data/no organization/1/a.tar.gz");
    }

    #[test]
    fn what_is_unsafe_somewhere_is_replaced_and_stays_different() {
        let odd = [
            "..",
            ".",
            "",
            "a/b",
            "a\\b",
            "a:b",
            "a%b",
            "a\nb",
            "a\rb",
            "a\u{0}b",
            "con.txt",
            "COM1",
            "lpt9.pdf",
            "nul",
            "a.",
            "a ",
            ".hidden",
            "~a",
            "a\u{202e}gpj.exe",
            "a_b",
            &"长".repeat(100),
            &"x".repeat(300),
            &"x".repeat(301),
        ];
        let mut seen = HashSet::new();
        for name in odd {
            let path = path(Some("A"), "1", name);
            let file = path.strip_prefix("data/A/1/").unwrap();
            assert!(!file.contains(['/', '\\', ':', '%', '\n', '\r', '\0']), "{name:?}: {file:?}");
            assert!(
                file.len() < 200 && !file.is_empty() && !file.ends_with('.') && !file.starts_with('.'),
                "{name:?}: {file:?}"
            );
            assert!(seen.insert(path.to_uppercase()), "{name:?} and another are both {path}");
        }
        let up = path(Some("../x"), "..", "f");
        assert_eq!(up.split('/').count(), 4, "{up}");
        assert!(up.split('/').all(|part| !part.starts_with('.')), "{up}");
    }

    #[test]
    fn names_that_differ_in_case_alone_are_told_apart() {
        let mut names = Names::default();
        let first = names.document(Some("ACME"), "img-1").file("a.png", "k1");
        let mut second = names.document(Some("ACME"), "IMG-1");
        assert_ne!(second.file("a.png", "k1").to_uppercase(), first.to_uppercase());
        let two = [
            second.file("Cover.PNG", "x/Cover.PNG"),
            second.file("cover.png", "x/cover.png"),
            second.file("cover.png", "y/cover.png"),
        ];
        let folded: HashSet<String> = two.iter().map(|path| path.to_uppercase()).collect();
        assert_eq!(folded.len(), 3, "{two:?}");
    }
}
