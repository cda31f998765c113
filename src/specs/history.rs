//! Which commit last changed each of many files, in one walk through the history.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::authorship::git_command;

/// For each path below a folder of a repository, if the commit `head` knows it, the commit that last changed it: the one
/// that `git log -1 PATH` names, which follows the parent from which a merge took the file.
///
/// `None`: git does not answer.
pub(super) fn last_changes<'a>(folder: &Path, head: &str, paths: &[&'a [u8]]) -> Option<HashMap<&'a [u8], String>> {
    let mut commits = Running(git_command(folder, &["rev-list", "--parents", head]).stdin(Stdio::null()).spawn().ok()?);
    // Each commit against each of its parents, whether they differ or not, and only below the folder.
    let words =
        ["diff-tree", "--stdin", "--always", "--root", "-m", "-r", "-z", "--raw", "--no-renames", "--no-abbrev"];
    let words = [&words[..], &["--pretty=oneline", "--parents", "--relative", "--", "."]].concat();
    let feed = commits.0.stdout.take()?;
    let mut changes = Running(git_command(folder, &words).stdin(feed).spawn().ok()?);
    let mut walk = Walk::new(head, paths);
    walk.read(BufReader::new(changes.0.stdout.take()?))?;
    let found = paths.iter().zip(walk.found);
    Some(found.filter_map(|(path, commit)| Some((*path, commit?))).collect())
}

/// A process that ends when no one needs it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A commit, and which of the wanted paths it changed against each parent (against nothing, if it has none).
#[derive(Default)]
struct Commit {
    id: String,
    parents: Vec<String>,
    changed: Vec<HashSet<usize>>,
}

struct Walk<'a> {
    wanted: HashMap<&'a [u8], usize>,
    /// Paths by the commit from which on their last change is looked for.
    sought: HashMap<String, HashSet<usize>>,
    /// How many are sought.
    open: usize,
    /// Commits read: where clocks were wrong, one may come before another that it is a parent of.
    read: HashMap<String, Commit>,
    found: Vec<Option<String>>,
}

impl<'a> Walk<'a> {
    fn new(head: &str, paths: &[&'a [u8]]) -> Self {
        Self {
            wanted: paths.iter().copied().zip(0..).collect(),
            sought: HashMap::from([(head.to_owned(), (0..paths.len()).collect())]),
            open: paths.len(),
            read: HashMap::new(),
            found: vec![None; paths.len()],
        }
    }

    /// Reads commits until every path is found or there are no more.
    fn read(&mut self, mut output: impl BufRead) -> Option<()> {
        let (mut commit, mut parent) = (Commit::default(), 0);
        while self.open > 0 {
            let token = token(&mut output)?;
            if token.first() == Some(&b':') {
                if let Some(path) = self.wanted.get(self::token(&mut output)?.as_slice()) {
                    commit.changed.get_mut(parent)?.insert(*path);
                }
                continue;
            }
            let (next, from) = header(&token);
            if next.id != commit.id {
                self.take(std::mem::replace(&mut commit, next));
            }
            if token.is_empty() {
                break;
            }
            parent = from;
        }
        Some(())
    }

    fn take(&mut self, commit: Commit) {
        let mut reached = vec![commit.id.clone()];
        self.read.insert(commit.id.clone(), commit);
        while let Some(id) = reached.pop() {
            if let Some(commit) = self.read.get(&id) {
                let Some(paths) = self.sought.remove(&id) else { continue };
                for (parent, paths) in commit.sort(paths, &mut self.found, &mut self.open) {
                    merge(self.sought.entry(parent.to_owned()).or_default(), paths);
                    reached.push(parent.to_owned());
                }
            }
        }
    }
}

impl Commit {
    /// The paths whose change this commit is not, by the parent from which it took them.
    fn sort(
        &self,
        mut paths: HashSet<usize>,
        found: &mut [Option<String>],
        open: &mut usize,
    ) -> HashMap<&str, HashSet<usize>> {
        let mut sorted: HashMap<&str, HashSet<usize>> = HashMap::new();
        for path in self.changed.iter().flatten() {
            if !paths.remove(path) {
                continue;
            }
            let same = self.changed.iter().position(|changed| !changed.contains(path));
            match same.and_then(|same| self.parents.get(same)) {
                Some(parent) => drop(sorted.entry(parent).or_default().insert(*path)),
                None => {
                    found[*path] = Some(self.id.clone());
                    *open -= 1;
                }
            }
        }
        match self.parents.first() {
            Some(parent) => merge(sorted.entry(parent).or_default(), paths),
            // Never there at all.
            None => *open -= paths.len(),
        }
        sorted
    }
}

/// Moves the smaller set into the larger: most often one of thousands meets an empty one.
fn merge(into: &mut HashSet<usize>, mut from: HashSet<usize>) {
    if from.len() > into.len() {
        std::mem::swap(into, &mut from);
    }
    into.extend(from);
}

/// What stands before the next zero byte; empty: the output has ended.
fn token(output: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut token = Vec::new();
    output.read_until(0, &mut token).ok()?;
    if token.last() == Some(&0) {
        token.pop();
    }
    Some(token)
}

/// Reads `ID PARENT… (from PARENT) SUBJECT`: the commit, and the place of the parent against which its changes follow.
/// Only a merge that differs from a parent says `from`; without it the first parent is the only one that counts.
fn header(line: &[u8]) -> (Commit, usize) {
    let mut words = line.split(|byte| *byte == b' ').map(String::from_utf8_lossy);
    let id = words.next().unwrap_or_default().into_owned();
    let is_id = |word: &str| word.len() == id.len() && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut parents = Vec::new();
    let mut word = words.next();
    while let Some(parent) = word.take_if(|word| is_id(word)) {
        parents.push(parent.into_owned());
        word = words.next();
    }
    let from = word.filter(|word| word == "(from").and_then(|_| words.next());
    let from = from.and_then(|from| parents.iter().position(|parent| from.strip_suffix(')') == Some(parent)));
    if from.is_none() {
        parents.truncate(1);
    }
    let changed = vec![HashSet::new(); parents.len().max(1)];
    (Commit { id, parents, changed }, from.unwrap_or(0))
}
