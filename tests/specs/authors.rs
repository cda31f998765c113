//! Who is named for many specs at once: for each the same as if it had been asked for alone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use batchferry::specs::{operator_of, operators_of};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

#[track_caller]
fn git(folder: &Path, words: &[&str]) {
    let done = Command::new("git").args(words).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn commit(folder: &Path, author: &str) {
    git(folder, &["add", "-A"]);
    let name = format!("user.name={author}");
    let words = ["-c", &name, "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "(from here)"];
    git(folder, &words);
}

/// Asks for all at once and for each alone.
#[track_caller]
fn names(files: &[(PathBuf, Vec<u8>)]) -> Vec<String> {
    let asked: Vec<(PathBuf, &[u8])> = files.iter().map(|(path, bytes)| (path.clone(), bytes.as_slice())).collect();
    let together = operators_of(&asked);
    assert_eq!(together.len(), files.len());
    for ((path, bytes), operator) in asked.iter().zip(&together) {
        assert_eq!(*operator, operator_of(path, bytes), "{}", path.display());
    }
    let name = |name: &str| if name.starts_with("unknown (uncommitted)") { "-" } else { name }.to_owned();
    together.iter().map(|operator| name(operator.name.split(" <").next().unwrap())).collect()
}

fn present(folder: &Path, names: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    names.iter().map(|name| (folder.join(name), fs::read(folder.join(name)).unwrap_or_default())).collect()
}

#[test]
fn each_author_of_many_files_is_found_whatever_the_files_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    let odd =
        ["a b.yaml", "发票.yaml", "new\nline.yaml", "-x.yaml", "a[1].yaml", ":(top)y.yaml", "tab\t\".yaml", "a1.yaml"];
    fs::create_dir_all(root.join("jobs/deep/er")).unwrap();
    for (number, name) in odd.iter().enumerate() {
        fs::write(root.join("jobs").join(name), format!("{number}\n")).unwrap();
        fs::write(root.join("jobs/deep/er").join(name), "the same\n").unwrap();
        commit(root, &format!("Lin {number}"));
    }
    let mut files = present(&root.join("jobs"), &odd);
    files.extend(present(&root.join("jobs/deep/er"), &odd));
    let expected: Vec<String> = (0..odd.len()).map(|number| format!("Lin {number}")).collect();
    assert_eq!(names(&files), [expected.clone(), expected].concat());
    // Of one folder alone, and of one file alone.
    assert_eq!(names(&files[odd.len()..]).len(), odd.len());
    assert_eq!(names(&files[2..3]), ["Lin 2"]);
    assert_eq!(names(&[]), [""; 0]);
}

#[test]
fn only_the_very_bytes_of_the_last_commit_have_an_author() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    let all = ["same", "edited", "staged", "new", "gone", "back", "moved", "mode", "empty", "long", "twice", "link"];
    for name in all.iter().filter(|name| **name != "new") {
        fs::write(root.join(name), format!("{name}\n")).unwrap();
    }
    fs::write(root.join("empty"), "").unwrap();
    fs::write(root.join("long"), "x".repeat(300_000)).unwrap();
    fs::remove_file(root.join("link")).unwrap();
    symlink("same", root.join("link")).unwrap();
    commit(root, "First");
    fs::write(root.join("back"), "other\n").unwrap();
    fs::remove_file(root.join("gone")).unwrap();
    git(root, &["mv", "moved", "moved-to"]);
    commit(root, "Second");
    fs::write(root.join("back"), "back\n").unwrap();
    fs::set_permissions(root.join("mode"), fs::Permissions::from_mode(0o755)).unwrap();
    commit(root, "Third");
    fs::write(root.join("edited"), "edited again\n").unwrap();
    fs::write(root.join("staged"), "staged again\n").unwrap();
    git(root, &["add", "staged"]);
    fs::write(root.join("new"), "new\n").unwrap();
    let mut files = present(root, &all);
    files.push((root.join("moved-to"), b"moved\n".to_vec()));
    files.push((root.join("twice"), b"other bytes\n".to_vec()));
    files.push((root.join("long"), b"x".to_vec()));
    let (_, same) = files[0].clone();
    files.push((root.join("./same"), same.clone()));
    files.push((root.join("nowhere/same"), same));
    let said = names(&files);
    let expected = [
        "First", "-", "-", "-", "-", "Third", "-", "Third", "First", "First", "First", "-", "Second", "-", "-",
        "First", "-",
    ];
    assert_eq!(said, expected);
}

#[test]
fn files_of_several_repositories_and_of_none_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    for repository in ["root", "root/inner", "other", "empty"] {
        let repository = folder.path().join(repository);
        fs::create_dir_all(repository.join("jobs")).unwrap();
        git(&repository, &["init", "-q"]);
        fs::write(repository.join("jobs/a.yaml"), "a\n").unwrap();
    }
    fs::create_dir_all(folder.path().join("bare/jobs")).unwrap();
    fs::write(folder.path().join("bare/jobs/a.yaml"), "a\n").unwrap();
    commit(&root.join("inner"), "Inner");
    commit(&folder.path().join("other"), "Other");
    fs::write(root.join(".gitignore"), "inner\n").unwrap();
    commit(&root, "Root");
    symlink(folder.path().join("other/jobs"), root.join("linked")).unwrap();
    symlink(root.join("jobs/a.yaml"), root.join("jobs/b.yaml")).unwrap();
    let files = ["root/jobs", "bare/jobs", "root/inner/jobs", "other/jobs", "empty/jobs", "root/linked"];
    let mut files: Vec<PathBuf> = files.iter().map(|jobs| folder.path().join(jobs).join("a.yaml")).collect();
    files.push(root.join("jobs/b.yaml"));
    let files: Vec<_> = files.into_iter().map(|path| (path, b"a\n".to_vec())).collect();
    assert_eq!(names(&files), ["Root", "-", "Inner", "Other", "-", "Other", "-"]);
}

/// A history of commits that each have one to three of the former ones as parents, with files that come, go and take what
/// a parent has, and dates in any order, as `git fast-import` reads it. Gives the files of the last commit.
fn history(random: &mut StdRng, stream: &mut Vec<u8>) -> Vec<Option<u8>> {
    const FILES: usize = 8;
    let mut commits: Vec<Vec<Option<u8>>> = Vec::new();
    for number in 0..40 {
        let parents: Vec<usize> = if commits.is_empty() {
            Vec::new()
        } else {
            let count = random.random_range(1..4);
            let mut parents: Vec<usize> =
                (0..count).map(|_| random.random_range(commits.len().saturating_sub(6)..commits.len())).collect();
            parents.sort_unstable();
            parents.dedup();
            parents.reverse();
            parents
        };
        let mut files = vec![None; FILES];
        for (place, file) in files.iter_mut().enumerate() {
            *file = match parents.len() {
                0 => None,
                count => commits[parents[random.random_range(0..count)]][place],
            };
            if random.random_range(0..8) == 0 {
                *file = [None, Some(b'a'), Some(b'b')][random.random_range(0..3)];
            }
        }
        let date = 1_700_000_000 + random.random_range(0..200_000);
        writeln!(stream, "commit refs/heads/main\nmark :{}", number + 1).unwrap();
        writeln!(stream, "committer C{number} <c@example.org> {date} +0000\ndata 1\nx").unwrap();
        for (place, parent) in parents.iter().enumerate() {
            writeln!(stream, "{} :{}", if place == 0 { "from" } else { "merge" }, parent + 1).unwrap();
        }
        writeln!(stream, "deleteall").unwrap();
        for (place, file) in files.iter().enumerate() {
            if let Some(byte) = file {
                writeln!(stream, "M 100644 inline jobs/{place}.yaml\ndata 1\n{}", char::from(*byte)).unwrap();
            }
        }
        commits.push(files);
    }
    commits.pop().unwrap()
}

#[test]
fn through_merges_the_author_is_the_one_that_git_log_names() {
    let mut authors = 0;
    for seed in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "-b", "main"]);
        let (mut random, mut stream) = (StdRng::seed_from_u64(seed), Vec::new());
        let files = history(&mut random, &mut stream);
        let mut import = Command::new("git");
        import.args(["fast-import", "--quiet", "--force"]).current_dir(folder.path()).stdin(Stdio::piped());
        let mut import = import.spawn().unwrap();
        import.stdin.take().unwrap().write_all(&stream).unwrap();
        assert!(import.wait().unwrap().success());
        let jobs = folder.path().join("jobs");
        fs::create_dir(&jobs).unwrap();
        let file =
            |(place, byte): (usize, Option<u8>)| (jobs.join(format!("{place}.yaml")), vec![byte.unwrap_or(b'a')]);
        let files: Vec<_> = files.into_iter().enumerate().map(file).collect();
        authors += names(&files).iter().filter(|name| *name != "-").count();
    }
    assert!(authors > 12, "{authors}");
}
