//! The texts that BagIt asks for.

use crate::model::ids::Digest;

/// `bagit.txt`.
pub(super) const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// One line of a manifest. CR, LF and % are the only characters that are encoded.
pub(super) fn manifest_line(digest: Digest, path: &str) -> String {
    let encoded = path.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    format!("{digest}  {encoded}\n")
}

/// `bag-info.txt`. A value is one line: what would break it is a space.
pub(super) fn info(lines: &[(String, String)]) -> String {
    let one_line = |value: &str| value.split(['\r', '\n']).map(str::trim).collect::<Vec<_>>().join(" ");
    lines.iter().map(|(label, value)| format!("{label}: {}\n", one_line(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_breaks_a_line_and_what_announces_it_is_encoded() {
        let line = manifest_line(Digest::ZERO, "data/a b/100%/发\r\n票.pdf");
        assert_eq!(line, format!("{}  data/a b/100%25/发%0D%0A票.pdf\n", "0".repeat(64)));
    }

    #[test]
    fn a_label_has_one_line() {
        let lines = [("External-Identifier".to_owned(), "MB-1\nPayload-Oxum: 9.9".to_owned())];
        assert_eq!(info(&lines), "External-Identifier: MB-1 Payload-Oxum: 9.9\n");
    }
}
