//! What is never shown of a file. The formats have no place for a secret, but people put them there.

/// Words in the names of fields that may hold a secret.
const SECRETIVE: [&str; 8] =
    ["secret", "password", "passphrase", "token", "accountkey", "accesskey", "privatekey", "credential"];

/// Whether a field of this name, or at this path, may hold a secret.
pub(super) fn is_secretive(name: &str) -> bool {
    let plain = name.to_lowercase().replace(['-', '_'], "");
    SECRETIVE.iter().any(|word| plain.contains(word))
}

/// A line with its secrets as stars, character by character, so that columns hold.
pub(super) fn hidden(line: &str) -> String {
    starred(line, secret_start(line).unwrap_or(line.len()))
}

/// A line that is a secret from a column on, counted in characters: a value that stands in a line of its own.
pub(super) fn hidden_from(line: &str, column: usize) -> String {
    starred(line, line.char_indices().nth(column).map_or(line.len(), |(at, _)| at))
}

/// A text with the users of its URLs as stars.
pub(super) fn hidden_users(text: &str) -> String {
    starred(text, text.len())
}

fn starred(text: &str, visible: usize) -> String {
    let users = users(text);
    let is_secret = |at: usize| at >= visible || users.iter().any(|user| user.contains(&at));
    text.char_indices().map(|(at, c)| if is_secret(at) && !c.is_whitespace() { '*' } else { c }).collect()
}

/// Where the value of a field begins that may hold a secret, in bytes. One that holds fields is looked into instead.
fn secret_start(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = |(at, _): (usize, &str)| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let name = before.rfind(|c| !is_name(c)).map_or(before, |end| &before[end..]);
        let holds_fields = line[at + 1..].trim_start().starts_with('{');
        (is_secretive(name) && !holds_fields).then_some(at + 1)
    };
    line.match_indices(':').find_map(begins)
}

/// The users of URLs, in bytes. A password may hold a `/`, so whatever stands before the last `@` is taken for one.
fn users(line: &str) -> Vec<std::ops::Range<usize>> {
    let user = |(at, slashes): (usize, &str)| {
        let start = at + slashes.len();
        let rest = &line[start..];
        let url = &rest[..rest.find([' ', '\t', '"', '\'', ',']).unwrap_or(rest.len())];
        url.rfind('@').map(|end| start..start + end)
    };
    line.match_indices("://").filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_columns_hold() {
        for (line, shown) in [
            ("  secretAccessKey: AB cd", "  secretAccessKey: ** **"),
            ("a: {url: x, 'account_key' : 密}", "a: {url: x, 'account_key' : **"),
            ("s: {proxy: http://me:a/b@host/}", "s: {proxy: http://******@host/}"),
            ("url: s3://user:pass@scans", "url: s3://*********@scans"),
            ("credentials: {env: SRC_, secret_key: x}", "credentials: {env: SRC_, secret_key: **"),
            ("credentials: AKIA", "credentials: ****"),
            ("organizations: [secret-service, me@host]", "organizations: [secret-service, me@host]"),
            ("store: standard", "store: standard"),
        ] {
            assert_eq!(hidden(line), shown);
        }
    }
}
