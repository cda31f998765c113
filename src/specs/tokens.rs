//! The tokens of those who may use the API, from the files that the config names. Errors name the file, never what it holds.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use super::config::ConfigError;
use crate::model::access::{Grant, TokenDigest};
use crate::model::config::AccessConfig;

/// Fewest characters of a token: 128 bits, written in hexadecimal.
const SHORTEST: usize = 32;
/// Most bytes of its file.
const LONGEST: u64 = 4096;
/// Fewest different characters. Of 32 random hexadecimal digits, all but one in a billion have more.
const DIFFERENT: usize = 6;
/// How a good one is made.
const ADVICE: &str = "make one with `openssl rand -hex 32`";
/// Permission bits of those who are neither the owner nor of the group.
const OTHERS: u32 = 0o007;

/// Everyone whom `access` names, with the digests of their tokens; `None`: there is no `access`.
///
/// # Errors
/// Which token is missing, weak, open to everyone, or another's too.
pub fn grants(access: Option<&[AccessConfig]>) -> Result<Option<Vec<Grant>>, ConfigError> {
    let Some(entries) = access else { return Ok(None) };
    let mut grants: Vec<Grant> = Vec::new();
    for entry in entries {
        let wrong = |what: &str| {
            let (name, file) = (&entry.name, entry.token_file.display());
            ConfigError::Credentials(format!("access: the token of {name} in {file}: {what}"))
        };
        let token = token(entry).map_err(|what| wrong(&what))?;
        if let Some(other) = grants.iter().find(|other| other.token == token) {
            return Err(wrong(&format!("it is that of {} too; give each a token of their own", other.name)));
        }
        grants.push(Grant { name: entry.name.clone(), role: entry.role, token });
    }
    Ok(Some(grants))
}

fn token(entry: &AccessConfig) -> Result<TokenDigest, String> {
    let unreadable = |error: std::io::Error| format!("the file cannot be read: {error}");
    let file = File::open(&entry.token_file).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err("it is no file".to_owned());
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(format!("everyone on this machine may use the file (mode {mode:04o}); run `chmod o= FILE`"));
    }
    let mut text = String::new();
    let read = file.take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|_| format!("it is no text; {ADVICE}"))?;
    if text.len() as u64 > LONGEST {
        return Err(format!("the file has more than {LONGEST} bytes; {ADVICE}"));
    }
    let token = text.trim();
    match fault(token) {
        Some(fault) => Err(format!("{fault}; {ADVICE}")),
        None => Ok(TokenDigest::of(token)),
    }
}

/// What is wrong with a token. It must stand in a header as it is (RFC 6750), and be hard to guess.
fn fault(token: &str) -> Option<String> {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let different: BTreeSet<u8> = token.bytes().collect();
    match token.len() {
        0 => Some("the file is empty".to_owned()),
        _ if !token.bytes().all(is_fit) => {
            Some("it has characters other than letters, digits and `-._~+/=`".to_owned())
        }
        length if length < SHORTEST => Some(format!("it has {length} characters, and a token at least {SHORTEST}")),
        _ if different.len() < DIFFERENT => Some("it repeats a few characters, and can be guessed".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::model::access::AccessRole;

    const GOOD: &str = "0123456789abcdef0123456789abcdef";

    fn entry(name: &str, token_file: &Path) -> AccessConfig {
        AccessConfig { name: name.to_owned(), role: AccessRole::Viewer, token_file: token_file.to_owned() }
    }

    fn written(folder: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn refused(entries: &[AccessConfig]) -> String {
        grants(Some(entries)).unwrap_err().to_string()
    }

    #[test]
    fn a_token_is_read_without_the_white_space_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = written(&folder, "ana", format!("  {GOOD}\r\n\n"), 0o440);
        let expected = Grant { name: "ana".to_owned(), role: AccessRole::Viewer, token: TokenDigest::of(GOOD) };
        assert_eq!(grants(Some(&[entry("ana", &file)])).unwrap(), Some(vec![expected]));
        assert_eq!(grants(None).unwrap(), None);
        assert_eq!(grants(Some(&[])).unwrap(), Some(vec![]), "nobody is not everybody");
    }

    #[test]
    fn what_can_be_guessed_or_read_by_all_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        for (text, mode, says) in [
            ("", 0o600, "the file is empty"),
            (" \n", 0o600, "the file is empty"),
            (&GOOD[1..], 0o600, "it has 31 characters, and a token at least 32"),
            (&"ab".repeat(20), 0o600, "it repeats a few characters"),
            (&format!("{GOOD} {GOOD}"), 0o600, "characters other than"),
            (&format!("{GOOD}\n{GOOD}"), 0o600, "characters other than"),
            (&format!("{GOOD}密码"), 0o600, "characters other than"),
            (&"abcdefgh".repeat(1_000), 0o600, "more than 4096 bytes"),
            (GOOD, 0o644, "mode 0644"),
            (GOOD, 0o602, "mode 0602"),
        ] {
            let file = written(&folder, "token", text, mode);
            let said = refused(&[entry("ana", &file)]);
            assert!(said.contains(says) && said.contains("of ana in") && said.contains("token"), "{said}");
            assert!(text.trim().is_empty() || !said.contains(text.trim()), "{said}");
        }
        let binary = written(&folder, "binary", [0xff; 40], 0o600);
        assert!(refused(&[entry("ana", &binary)]).contains("it is no text"));
        assert!(refused(&[entry("ana", folder.path())]).contains("it is no file"));
        assert!(refused(&[entry("ana", &folder.path().join("gone"))]).contains("cannot be read"));
    }

    #[test]
    fn one_token_belongs_to_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| written(&folder, name, GOOD, 0o600));
        assert!(refused(&[entry("ana", &a), entry("bo", &b)]).contains("it is that of ana too"));
    }
}
