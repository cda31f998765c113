//! Who is behind many specs at once: what [`operator_of`](super::operator_of) says of each, with a few git processes for
//! each repository however many files there are.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::authorship::{git, git_command, git_output, uncommitted};
use super::history::last_changes;
use crate::model::event::Operator;

/// The authors of the last commits of files, each as [`operator_of`](super::operator_of) gives it for the path and bytes.
pub fn operators_of(files: &[(PathBuf, &[u8])]) -> Vec<Operator> {
    let mut operators = vec![None; files.len()];
    for members in by_repository(files).into_values() {
        for (index, operator) in committed(&members, files).unwrap_or_default() {
            operators[index] = Some(operator);
        }
    }
    let named = operators.into_iter().zip(files);
    named.map(|(operator, (path, _))| operator.unwrap_or_else(|| uncommitted(path))).collect()
}

/// A file by its place among those asked for, and where it really is, whatever links lead to its folder.
type Member = (usize, PathBuf);

/// Files by the folder above them that holds a repository.
fn by_repository(files: &[(PathBuf, &[u8])]) -> BTreeMap<PathBuf, Vec<Member>> {
    let mut folders: HashMap<&Path, Option<(PathBuf, PathBuf)>> = HashMap::new();
    let mut repositories: BTreeMap<PathBuf, Vec<Member>> = BTreeMap::new();
    for (index, (path, _)) in files.iter().enumerate() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let place = folders.entry(folder).or_insert_with(|| {
            let real = folder.canonicalize().ok()?;
            let top = real.ancestors().find(|folder| folder.join(".git").exists())?.to_owned();
            Some((real, top))
        });
        let name = path.file_name().filter(|name| name.to_str().is_some());
        if let (Some((real, top)), Some(name)) = (place, name) {
            repositories.entry(top.clone()).or_default().push((index, real.join(name)));
        }
    }
    repositories
}

/// Those files of one repository whose bytes are committed, with their authors.
fn committed(members: &[Member], files: &[(PathBuf, &[u8])]) -> Option<Vec<(usize, Operator)>> {
    let folder = common_folder(members)?;
    let head = git(&folder, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], &[])?;
    let head = head.trim();
    let mut wanted: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, path) in members {
        wanted.entry(path.strip_prefix(&folder).ok()?.as_os_str().as_bytes()).or_default().push(*index);
    }
    let tree = git_output(&folder, &["ls-tree", "-r", "-z", head], &[])?;
    let known = |(blob, path)| wanted.get_key_value(path).map(|(path, members)| Known { path, blob, members });
    let known: Vec<Known<'_>> = tree.split(|byte| *byte == 0).filter_map(blob).filter_map(known).collect();
    // What is not as committed needs no author. As the last change of a file left it, so it still is.
    let same = same_bytes(&folder, &known, files)?;
    let mut paths: Vec<&[u8]> = same.iter().map(|(path, _)| *path).collect();
    paths.dedup();
    let commits = last_changes(&folder, head, &paths)?;
    let authors = authors(&folder, commits.values())?;
    let operator = |path: &[u8]| {
        let commit = commits.get(path)?;
        Some(Operator { name: authors.get(commit)?.clone(), commit: Some(commit.clone()) })
    };
    Some(same.into_iter().filter_map(|(path, index)| Some((index, operator(path)?))).collect())
}

/// A path that the last commit knows, and which of the files asked for lie there.
struct Known<'a> {
    path: &'a [u8],
    blob: &'a str,
    members: &'a [usize],
}

/// The deepest folder that holds all the files.
fn common_folder(members: &[Member]) -> Option<PathBuf> {
    let mut folders = members.iter().filter_map(|(_, path)| path.parent());
    let first = folders.next()?;
    let common = folders.fold(first, |common, folder| {
        // Every path has the root as an ancestor.
        common.ancestors().find(|common| folder.starts_with(common)).unwrap_or(common)
    });
    Some(common.to_owned())
}

/// Reads `MODE blob ID<TAB>PATH`.
fn blob(entry: &[u8]) -> Option<(&str, &[u8])> {
    let (head, path) = entry.split_at(entry.iter().position(|byte| *byte == b'\t')?);
    Some((std::str::from_utf8(head).ok()?.rsplit(' ').next()?, &path[1..]))
}

/// The files whose bytes are those of the blobs, with their paths, in the order of the blobs.
fn same_bytes<'a>(folder: &Path, known: &[Known<'a>], files: &[(PathBuf, &[u8])]) -> Option<Vec<(&'a [u8], usize)>> {
    let mut child = git_command(folder, &["cat-file", "--batch"]).stdin(Stdio::piped()).spawn().ok()?;
    let (mut input, mut output) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
    let asked: String = known.iter().map(|known| format!("{}\n", known.blob)).collect();
    let mut same = Vec::new();
    let read = std::thread::scope(|scope| {
        // A thread of its own, because git answers before it has read everything. If it stops reading, it says no more.
        scope.spawn(move || drop(input.write_all(asked.as_bytes())));
        for Known { path, members, .. } in known {
            let largest = members.iter().map(|index| files[*index].1.len()).max().unwrap_or_default();
            if let Some(content) = content(&mut output, largest)? {
                let equal = members.iter().filter(|index| files[**index].1 == content);
                same.extend(equal.map(|index| (*path, *index)));
            }
        }
        Some(same)
    });
    let _ = child.kill();
    let _ = child.wait();
    read
}

/// The next object of the answer; inner `None`: it is larger than any that could be meant, or missing. Outer `None`: the
/// answer has ended.
#[expect(clippy::option_option, reason = "an object that is not wanted does not end the answer")]
fn content(output: &mut impl BufRead, largest: usize) -> Option<Option<Vec<u8>>> {
    let mut head = String::new();
    output.read_line(&mut head).ok().filter(|read| *read > 0)?;
    let Some(size) = head.trim_end().rsplit(' ').next()?.parse::<usize>().ok() else { return Some(None) };
    // A line feed stands behind the content.
    let mut rest = output.take(size as u64 + 1);
    let mut content = Vec::new();
    if size <= largest {
        rest.read_to_end(&mut content).ok()?;
    }
    io::copy(&mut rest, &mut io::sink()).ok()?;
    Some(content.pop().map(|_| content))
}

/// The authors of commits.
fn authors<'a>(folder: &Path, commits: impl Iterator<Item = &'a String>) -> Option<HashMap<String, String>> {
    let mut commits: Vec<&String> = commits.collect();
    commits.sort_unstable();
    commits.dedup();
    if commits.is_empty() {
        // Without any, git would speak of the last one.
        return Some(HashMap::new());
    }
    let asked: String = commits.iter().map(|commit| format!("{commit}\n")).collect();
    let words = ["log", "--no-walk=unsorted", "--stdin", "-z", "--format=%H%n%an <%ae>"];
    let said = git_output(folder, &words, asked.as_bytes())?;
    let one = |record: &[u8]| {
        let (commit, author) = std::str::from_utf8(record).ok()?.trim_end().split_once('\n')?;
        Some((commit.to_owned(), author.to_owned()))
    };
    Some(said.split(|byte| *byte == 0).filter_map(one).collect())
}
