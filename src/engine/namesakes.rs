//! Target keys of one document that are one file with another's, to systems that do not tell case or how characters are
//! composed; and keys that other systems do not take.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::context::RunContext;
use super::feed;
use crate::ledger::LedgerError;
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::work::FileWork;

/// What is wrong with the target keys of a document's files and its manifest beside what the target itself refuses: where
/// the target does not tell such keys apart, failures of its files or, of the manifest, of the document; else findings.
///
/// # Errors
/// The ledger's.
pub fn look(
    context: &RunContext,
    image: &ImageNumber,
    files: &mut [FileWork],
    manifest: Option<&str>,
) -> Result<(Option<Failure>, Vec<Finding>), LedgerError> {
    let setup = &context.setup;
    let keys: Vec<Option<String>> = files.iter().map(|file| file.target_key.clone().ok()).collect();
    let own = keys.iter().flatten().map(String::as_str).chain(manifest);
    let mut by_folded: HashMap<String, Vec<&str>> = HashMap::new();
    for key in own.clone() {
        let Some(folded) = setup.folded_address(key) else { return Ok((None, Vec::new())) };
        by_folded.entry(folded).or_default().push(key);
    }
    let files_of_own: HashSet<&str> = own.collect();
    let mut folders = HashMap::new();
    let (mut findings, mut of_manifest) = (Vec::new(), None);
    for (at, key) in keys.iter().map(Option::as_deref).chain([manifest]).enumerate() {
        let Some(key) = key else { continue };
        if let Some(failure) = below_a_file(context, image, (key, &files_of_own), &mut folders)? {
            match files.get_mut(at) {
                Some(file) => drop(file.known.get_or_insert(failure)),
                None => of_manifest = Some(failure),
            }
            continue;
        }
        let rival = rival(context, image, key, &by_folded)?;
        let is_one = rival.is_some() && !setup.layout.is_case_sensitive();
        let code = if is_one { Code::TargetCollision } else { Code::AmbiguousKey };
        let rival =
            rival.map(|rival| Failure::new(code, key).with("a key that differs from others in more than case", rival));
        match (rival, files.get_mut(at)) {
            (Some(failure), Some(file)) if is_one => drop(file.known.get_or_insert(failure)),
            (Some(failure), None) if is_one => of_manifest = Some(failure),
            (Some(failure), _) => findings.push(Finding { outcome: Outcome::Warn, failure }),
            (None, _) => {}
        }
        if let Some(oddity) = setup.layout.oddity(key) {
            let failure = Failure::new(Code::AmbiguousKey, key).with("a key that every system takes", oddity);
            findings.push(Finding { outcome: Outcome::Warn, failure });
        }
    }
    Ok((of_manifest, findings))
}

/// In a folder, a key below another one that is a file: nothing could be written there. `known` are folders that were looked
/// at for other files of the document, and whose file each is.
fn below_a_file<'k>(
    context: &RunContext,
    image: &ImageNumber,
    (key, own): (&'k str, &HashSet<&str>),
    known: &mut HashMap<&'k str, Option<String>>,
) -> Result<Option<Failure>, LedgerError> {
    for folder in context.setup.layout.folders(key) {
        let whose = match known.entry(folder) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let rival = feed::rival(context, image, &context.setup.address(folder))?;
                let same = own.contains(folder).then(|| "the same document".to_owned());
                place.insert(rival.map(|rival| rival.to_string()).or(same))
            }
        };
        if let Some(whose) = whose {
            let found = format!("{folder:?} is a file of {whose}");
            return Ok(Some(Failure::new(Code::TargetCollision, key).with("a key below no other file", found)));
        }
    }
    Ok(None)
}

/// Who else has a key that is the same but for case or composition.
fn rival(
    context: &RunContext,
    image: &ImageNumber,
    key: &str,
    by_folded: &HashMap<String, Vec<&str>>,
) -> Result<Option<String>, LedgerError> {
    let Some(folded) = context.setup.folded_address(key) else { return Ok(None) };
    if let Some(other) = by_folded.get(&folded).and_then(|keys| keys.iter().find(|other| **other != key)) {
        return Ok(Some(format!("{other:?} of the same document")));
    }
    let Some(rival) = feed::rival(context, image, &folded)? else { return Ok(None) };
    // Another document with this very key is a collision, and told as one.
    let collides = feed::rival(context, image, &context.setup.address(key))?.is_some();
    Ok((!collides).then(|| format!("also wanted by {rival}")))
}
