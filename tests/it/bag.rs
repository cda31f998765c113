//! A strict reader of bags: the rules of RFC 8493, read from the RFC and not from our code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use batchferry::model::ids::Digest;

/// A bag that keeps every rule.
pub struct Valid {
    /// Payload files by path, with their bytes.
    pub payload: BTreeMap<String, Vec<u8>>,
    /// `bag-info.txt`.
    pub info: BTreeMap<String, String>,
}

/// Reads a bag, or names the first rule that it breaks.
pub fn read(bag: &Path) -> Result<Valid, String> {
    let text = |name: &str| {
        let bytes = fs::read(bag.join(name)).map_err(|error| format!("{name}: {error}"))?;
        if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
            return Err(format!("{name}: a byte order mark (2.1.1)"));
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("{name}: not UTF-8"))?;
        if text.contains('\r') || !text.ends_with('\n') {
            return Err(format!("{name}: lines end otherwise than in LF"));
        }
        Ok(text)
    };
    if text("bagit.txt")? != "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n" {
        return Err("bagit.txt: not the two lines of 2.1.1".to_owned());
    }
    let all = files(bag, "");
    let is_payload = |path: &&String| path.starts_with("data/");
    let payload = manifest(bag, "manifest-sha256.txt", &text("manifest-sha256.txt")?)?;
    if let Some(stranger) = payload.keys().find(|path| !path.starts_with("data/")) {
        return Err(format!("manifest-sha256.txt: {stranger} is no payload (2.1.3)"));
    }
    complete("payload", &payload, all.iter().filter(is_payload))?;
    let tags = manifest(bag, "tagmanifest-sha256.txt", &text("tagmanifest-sha256.txt")?)?;
    let tagged = all.iter().filter(|path| !is_payload(path) && *path != "tagmanifest-sha256.txt");
    complete("tag files", &tags, tagged)?;
    let info = info(&text("bag-info.txt")?)?;
    let octets: usize = payload.values().map(Vec::len).sum();
    if info.get("Payload-Oxum") != Some(&format!("{octets}.{}", payload.len())) {
        return Err(format!("Payload-Oxum (2.2.2): {:?}", info.get("Payload-Oxum")));
    }
    Ok(Valid { payload, info })
}

/// Every file below a folder, by its path from the bag.
fn files(bag: &Path, below: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(bag.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(bag, &format!("{path}/")));
        } else {
            found.insert(path);
        }
    }
    found
}

/// The files of a manifest, whose digests are theirs.
fn manifest(bag: &Path, name: &str, text: &str) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for line in text.lines() {
        let (digest, path) = line.split_once("  ").ok_or_else(|| format!("{name}: {line}"))?;
        let path = decoded(path).ok_or_else(|| format!("{name}: {path} has a bare %"))?;
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) || path.starts_with('~') {
            return Err(format!("{name}: {path} leads elsewhere (2.1.3)"));
        }
        let bytes = fs::read(bag.join(&path)).map_err(|error| format!("{name}: {path}: {error}"))?;
        if digest != Digest::of(&bytes).to_string() {
            return Err(format!("{name}: {path} has other bytes"));
        }
        if files.insert(path.clone(), bytes).is_some() {
            return Err(format!("{name}: {path} stands there twice"));
        }
    }
    Ok(files)
}

fn decoded(path: &str) -> Option<String> {
    let decoded = path.replace("%0A", "\n").replace("%0D", "\r");
    let is_bare = decoded.replace("%25", "").contains('%');
    (!is_bare).then(|| decoded.replace("%25", "%"))
}

fn complete<'a>(
    what: &str,
    listed: &BTreeMap<String, Vec<u8>>,
    there: impl Iterator<Item = &'a String>,
) -> Result<(), String> {
    let (listed, there): (BTreeSet<_>, BTreeSet<_>) = (listed.keys().collect(), there.collect());
    if listed == there { Ok(()) } else { Err(format!("{what}: {:?}", listed.symmetric_difference(&there))) }
}

fn info(text: &str) -> Result<BTreeMap<String, String>, String> {
    let pair = |line: &str| line.split_once(": ").map(|(label, value)| (label.to_owned(), value.to_owned()));
    text.lines().map(|line| pair(line).ok_or_else(|| format!("bag-info.txt: {line}"))).collect()
}
