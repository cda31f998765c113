//! What is never passed on of a server's words: signatures, tokens and keys, which some repeat in their errors.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::encodings::base64;
use crate::model::credentials::Credentials;

/// Secrets that are kept: temporary ones are replaced for as long as a daemon runs.
const MOST: usize = 16;

/// How names end whose values are secret, in lower case.
const SECRETIVE: [&str; 9] =
    ["signature", "credential", "token", "sig", "password", "secret", "key", "authorization", "bearer"];

/// Shortest value behind a colon or a space that is taken for a secret and not for a word.
const WORD: usize = 16;

/// Hexadecimal digits of a signature. Digests have as many and are not told apart from it.
const SIGNATURE: usize = 64;

/// The credentials of a store that are known, which a server, or a box between us, may repeat.
#[derive(Default)]
pub(super) struct Hidden(Mutex<Vec<String>>);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

impl Hidden {
    /// From now on these are hidden, besides those before them.
    pub(super) fn add(&self, credentials: &Credentials) {
        // A panic elsewhere leaves a list that is whole.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in credentials.secrets().into_iter().chain(sent(credentials)) {
            if !known.contains(&secret) {
                known.push(secret);
            }
        }
        let most = known.len().saturating_sub(MOST);
        known.drain(..most);
    }

    /// A text with stars in place of them.
    pub(super) fn hide(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

/// A secret as it is sent, where it is not used to sign: a server may repeat that.
fn sent(credentials: &Credentials) -> Option<String> {
    let Credentials::Http(user) = credentials else { return None };
    Some(base64(format!("{}:{}", user.username, user.password).as_bytes()))
}

/// A text with stars in place of what may be secret.
pub(super) fn redacted(text: &str) -> String {
    let text = without(text, named(text));
    without(&text, signatures(&text))
}

/// Values behind names that tell it.
fn named(text: &str) -> Vec<Range<usize>> {
    let secrets = text.char_indices().filter(|(_, c)| matches!(c, '=' | ':' | ' ')).filter_map(|(at, mark)| {
        let name = name_before(text, at);
        let value = value_behind(text, at + 1)?;
        let is_secret = SECRETIVE.iter().any(|end| name.ends_with(end)) && (mark == '=' || value.len() >= WORD);
        is_secret.then_some(value)
    });
    secrets.collect()
}

/// Words that look like a signature, wherever they stand.
fn signatures(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !c.is_ascii_hexdigit() {
            if at - start == SIGNATURE {
                found.push(start..at);
            }
            start = at + c.len_utf8();
        }
    }
    found
}

fn without(text: &str, secrets: Vec<Range<usize>>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets {
        if secret.start >= from {
            shown.push_str(&text[from..secret.start]);
            shown.push_str("***");
            from = secret.end;
        }
    }
    shown + &text[from..]
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn name_before(text: &str, at: usize) -> String {
    let before = text[..at].trim_end_matches(['"', '\'', ' ']);
    let start = before
        .rfind(|c: char| !is_name(c))
        .map_or(0, |end| end + before[end..].chars().next().map_or(1, char::len_utf8));
    before[start..].to_ascii_lowercase()
}

fn value_behind(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = &text[from..];
    let start = from + (rest.len() - rest.trim_start_matches([' ', '"', '\'']).len());
    let length = text[start..].find([' ', '&', ',', ';', '"', '\'', '<', '>', ')']).unwrap_or(text.len() - start);
    (length > 0).then_some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credentials::WebUser;

    #[test]
    fn a_password_is_hidden_as_it_is_and_as_it_is_sent() {
        let user = WebUser { username: "archivist".to_owned(), password: "o:pen sesame".to_owned() };
        let hidden = Hidden::default();
        hidden.add(&Credentials::Http(user));
        let said = "you are Basic YXJjaGl2aXN0Om86cGVuIHNlc2FtZQ==, that is archivist with o:pen sesame";
        assert_eq!(hidden.hide(said), "you are Basic ***, that is archivist with ***");
    }

    #[test]
    fn what_may_be_secret_is_told_by_its_name_alone() {
        for (said, shown) in [
            (
                "see https://b.example/k?X-Amz-Signature=0a1b&X-Amz-Date=1 now",
                "see https://b.example/k?X-Amz-Signature=***&X-Amz-Date=1 now",
            ),
            ("AWS4-HMAC-SHA256 Credential=AKIA/1, Signature=ab", "AWS4-HMAC-SHA256 Credential=***, Signature=***"),
            ("\"x-amz-security-token\": \"FwoGZXIvYXdzEJr1234\"", "\"x-amz-security-token\": \"***\""),
            ("authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30", "authorization: Bearer ***"),
            ("?sv=2024&sig=a%2Bb%3D&se=1", "?sv=2024&sig=***&se=1"),
            (&format!("you sent {} twice", "0a".repeat(32)), "you sent *** twice"),
            ("the provided token has expired", "the provided token has expired"),
            ("key: 发票/1.jpg", "key: 发票/1.jpg"),
            ("HTTP 403 AccessDenied: no", "HTTP 403 AccessDenied: no"),
        ] {
            assert_eq!(redacted(said), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "[a-z=: \"&发é]{0,40}") {
            let shown = redacted(&text);
            proptest::prop_assert!(!shown.contains("token=abc"));
        }
    }
}
