//! Files that claim one name: which of them has it.

use std::collections::BTreeMap;

use crate::model::ids::BatchName;

/// A file below the jobs directory, and the name that it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The file's path below the jobs directory.
    pub file: &'a str,
    /// The name; `None`: the file is so wrong that it cannot be read.
    pub name: Option<&'a BatchName>,
    /// Whether the file is a valid spec by itself. One that is not claims no name, but keeps the one that it has.
    pub is_valid: bool,
}

/// A file that is not accepted because of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The file's path below the jobs directory.
    pub file: &'a str,
    /// Why, naming the other files, and what to do.
    pub message: String,
}

/// The files that are not accepted, in order; every other is. `started` names the file of a batch that has started: it
/// keeps its name for as long as the file is there and claims no other, even while it is wrong. Where no one has started,
/// none of several files is accepted, because no one can tell which is meant.
pub fn refusals<'a, 's>(claims: &[Claim<'a>], started: impl Fn(&BatchName) -> Option<&'s str>) -> Vec<Refusal<'a>> {
    let mut by_name: BTreeMap<&BatchName, Vec<&'a str>> = BTreeMap::new();
    for (claim, name) in claims.iter().filter_map(|claim| Some((claim, claim.name?))) {
        if claim.is_valid {
            by_name.entry(name).or_default().push(claim.file);
        }
    }
    let mut refused: Vec<Refusal<'a>> = Vec::new();
    for (name, files) in by_name {
        let holder = started(name).filter(|holder| claims.iter().any(|claim| keeps(claim, holder, name)));
        let message = |file: &str| match holder {
            Some(holder) => taken(name, holder),
            None => shared(name, file, &files),
        };
        let is_refused = |file: &&str| holder.map_or(files.len() > 1, |holder| holder != *file);
        refused.extend(files.iter().copied().filter(is_refused).map(|file| Refusal { file, message: message(file) }));
    }
    refused.sort_by_key(|refusal| refusal.file);
    refused
}

/// A file keeps a name until it is gone or clearly says another.
fn keeps(claim: &Claim<'_>, holder: &str, name: &BatchName) -> bool {
    claim.file == holder && claim.name.is_none_or(|claimed| claimed == name)
}

fn taken(name: &BatchName, holder: &str) -> String {
    format!(
        "the name {:?} is that of the batch of {holder}, which has started; give this batch a name of its own",
        name.as_str()
    )
}

fn shared(name: &BatchName, file: &str, files: &[&str]) -> String {
    let others: Vec<&str> = files.iter().copied().filter(|other| *other != file).collect();
    let (name, others) = (name.as_str(), others.join(", "));
    format!("the name {name:?} is also that of {others}; every batch needs a name of its own")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The refused files of claims written `file=name`, `file!name` where invalid, `file!` where nothing can be read.
    fn refused(claims: &[&str], started: Option<&str>) -> Vec<(String, String)> {
        let parsed: Vec<(&str, Option<BatchName>, bool)> = claims
            .iter()
            .map(|claim| {
                let at = claim.find(['=', '!']).unwrap();
                (&claim[..at], claim[at + 1..].parse().ok(), claim.as_bytes()[at] == b'=')
            })
            .collect();
        let claims: Vec<Claim<'_>> = parsed
            .iter()
            .map(|(file, name, is_valid)| Claim { file, name: name.as_ref(), is_valid: *is_valid })
            .collect();
        let refusals = refusals(&claims, |name| started.filter(|_| name.as_str() == "x"));
        refusals.into_iter().map(|refusal| (refusal.file.to_owned(), refusal.message)).collect()
    }

    fn files(claims: &[&str], started: Option<&str>) -> Vec<String> {
        refused(claims, started).into_iter().map(|(file, _)| file).collect()
    }

    #[test]
    fn names_of_their_own_are_accepted() {
        assert!(files(&["a=x", "b=y", "c!z", "d!"], Some("a")).is_empty());
    }

    #[test]
    fn where_none_has_started_none_is_accepted_and_each_names_the_others() {
        let refused = refused(&["b=x", "a=x", "c=x", "d=y"], None);
        assert_eq!(refused.iter().map(|(file, _)| file.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(refused[0].1.contains("b, c"), "{}", refused[0].1);
    }

    #[test]
    fn a_started_batch_keeps_its_file_and_the_newcomer_names_it() {
        let refused = refused(&["a=x", "b=x"], Some("b"));
        assert_eq!(refused.len(), 1);
        assert!(refused[0].0 == "a" && refused[0].1.contains("of b, which has started"), "{refused:?}");
    }

    #[test]
    fn a_broken_edit_loses_no_name_but_another_name_does() {
        assert_eq!(files(&["a=x", "b!"], Some("b")), ["a"]);
        assert_eq!(files(&["a=x", "b!x"], Some("b")), ["a"]);
        assert!(files(&["a=x", "b=y"], Some("b")).is_empty());
        assert!(files(&["a=x", "b!y"], Some("b")).is_empty());
    }

    #[test]
    fn a_new_path_is_the_same_batch_once_the_old_one_is_gone() {
        assert!(files(&["new=x"], Some("old")).is_empty());
        assert_eq!(files(&["new=x", "newer=x"], Some("old")), ["new", "newer"]);
    }

    #[test]
    fn an_invalid_file_claims_nothing_from_others() {
        assert!(files(&["a=x", "b!x"], None).is_empty());
    }
}
