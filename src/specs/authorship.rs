//! Who is behind a spec: the commit whose file has exactly these bytes, or whoever owns the file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User};

use crate::model::event::Operator;

/// The author of the last commit of a file, if the file's bytes are that commit's.
pub fn operator_of(path: &Path, bytes: &[u8]) -> Operator {
    committed(path, bytes).unwrap_or_else(|| uncommitted(path))
}

/// Who is named where no commit has the file's bytes.
pub(super) fn uncommitted(path: &Path) -> Operator {
    let owner = owner(path).map(|owner| format!(", file of {owner}")).unwrap_or_default();
    Operator { name: format!("unknown (uncommitted){owner}"), commit: None }
}

fn committed(path: &Path, bytes: &[u8]) -> Option<Operator> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name()?.to_str()?;
    let log = git(folder, &["log", "-1", "--format=%H%n%an <%ae>", "--", name], &[])?;
    let (commit, author) = log.trim_end().split_once('\n')?;
    let recorded = git(folder, &["rev-parse", "--verify", "--quiet", &format!("{commit}:./{name}")], &[])?;
    let present = git(folder, &["hash-object", "--no-filters", "--stdin"], bytes)?;
    let is_same = recorded.trim() == present.trim();
    is_same.then(|| Operator { name: author.to_owned(), commit: Some(commit.to_owned()) })
}

/// What git prints as text.
pub(super) fn git(folder: &Path, words: &[&str], input: &[u8]) -> Option<String> {
    String::from_utf8(git_output(folder, words, input)?).ok()
}

/// What git prints once it has read its input; `None`: no git, no repository, no such thing.
pub(super) fn git_output(folder: &Path, words: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = git_command(folder, words).stdin(Stdio::piped()).spawn().ok()?;
    // A git that does not read its input needs none of it.
    let _ = child.stdin.take()?.write_all(input);
    let done = child.wait_with_output().ok()?;
    done.status.success().then_some(done.stdout)
}

/// A git that asks no one anything, writes nothing, takes paths as they are and finds its repository from the folder.
pub(super) fn git_command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args(["--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false"])
        .args(["-c", "log.showSignature=false"])
        .args(words)
        .current_dir(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn owner(path: &Path) -> Option<String> {
    Some(user_name(fs::metadata(path).ok()?.uid()))
}

/// The name of a user of this system, or the number where the system knows no name.
pub fn user_name(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

/// Who runs this process, as the system says: no environment variable is asked, since anyone can set one.
pub fn current_user() -> String {
    user_name(Uid::current().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &Path, words: &[&str]) {
        let done = Command::new("git").args(words).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    #[test]
    fn an_author_is_named_only_for_the_very_bytes_of_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a b.yaml");
        run(folder.path(), &["init", "-q"]);
        fs::write(&file, "one\n").unwrap();
        assert!(operator_of(&file, b"one\n").name.starts_with("unknown (uncommitted), file of "));
        run(folder.path(), &["add", "."]);
        run(folder.path(), &["-c", "user.name=Lin", "-c", "user.email=lin@example.org", "commit", "-qm", "x"]);
        let operator = operator_of(&file, b"one\n");
        assert_eq!(operator.name, "Lin <lin@example.org>");
        assert_eq!(operator.commit.map(|commit| commit.len()), Some(40));
        assert_eq!(operator_of(&file, b"two\n").commit, None);
    }

    #[test]
    fn users_are_named_by_the_system_and_by_nothing_else() {
        assert_eq!(user_name(0), "root");
        assert_eq!(user_name(4_123_456_789), "4123456789");
        let id = Command::new("id").arg("-run").output().unwrap();
        assert_eq!(current_user(), String::from_utf8(id.stdout).unwrap().trim());
    }

    #[test]
    fn outside_a_repository_the_owner_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let operator = operator_of(file.path(), b"");
        assert!(operator.name.starts_with("unknown (uncommitted), file of "), "{operator:?}");
    }
}
