//! Building the target of a request from values that may hold anything.

use std::fmt::Write as _;

/// Where the API's routes begin.
pub(super) const ROOT: &str = "/api/v1";

/// A path and a query in the making.
#[derive(Debug, Clone)]
pub(super) struct Target {
    text: String,
    has_query: bool,
}

impl Target {
    pub(super) fn root() -> Self {
        Self { text: ROOT.to_owned(), has_query: false }
    }

    /// A path of ours outside the API.
    pub(super) fn at(path: &str) -> Self {
        Self { text: path.to_owned(), has_query: false }
    }

    /// The path, one fixed segment longer.
    pub(super) fn then(mut self, segment: &str) -> Self {
        self.text.push('/');
        self.text.push_str(segment);
        self
    }

    /// The path, one segment longer that may hold anything.
    pub(super) fn value(mut self, value: &str) -> Self {
        self.text.push('/');
        encode(value, &mut self.text);
        self
    }

    /// The query, one parameter longer if there is a value.
    pub(super) fn with(mut self, name: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(name);
        self.text.push('=');
        encode(value, &mut self.text);
        self
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// Percent-encodes all but letters, digits, `-` and `_`. A dot too: what consists of dots alone would be taken for a way up.
pub(super) fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_value_holds_stays_one_segment_or_one_parameter() {
        let target = Target::root().then("batches").value("../a b/%2F?#+&=发\n");
        let target = target.with("none", None).with("after", Some("x&y=z")).with("limit", Some("5"));
        let expected = "/api/v1/batches/%2E%2E%2Fa%20b%2F%252F%3F%23%2B%26%3D%E5%8F%91%0A?after=x%26y%3Dz&limit=5";
        assert_eq!(target.into_text(), expected);
    }
}
