//! MD5, as S3 Inventory vouches with it for its files: against damage, not against malice.

use std::fmt::Write as _;
use std::io::{self, Read};

use md5::{Digest as _, Md5};

/// Compares a manifest with the text of the `manifest.checksum` beside it.
///
/// # Errors
/// That they do not match, with both digests.
pub fn check_manifest(manifest: &[u8], checksum: &str) -> Result<(), String> {
    let mut found = Md5::new();
    found.update(manifest);
    compare("manifest.json", checksum.trim(), &hex(&found.finalize()))
}

/// Reads a data file to its end and compares it with what its manifest says.
///
/// # Errors
/// That they do not match, with both digests; or that it cannot be read.
pub fn check_md5(name: &str, mut file: impl Read, expected: &str) -> Result<(), String> {
    let mut found = Md5::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return compare(name, expected, &hex(&found.finalize())),
            Ok(read) => found.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("{name} cannot be read: {error}")),
        }
    }
}

fn compare(name: &str, expected: &str, found: &str) -> Result<(), String> {
    if expected.eq_ignore_ascii_case(found) {
        return Ok(());
    }
    Err(format!(
        "{name} is not as the inventory wrote it: its MD5 should be {} and is {found}; take the inventory of another day",
        crate::catalogs::table::shown(expected)
    ))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_matches_its_bytes_alone() {
        assert_eq!(check_manifest(b"abc", "900150983CD24FB0D6963F7D28E17F72\n"), Ok(()));
        assert_eq!(check_md5("a.csv.gz", &b"abc"[..], "900150983cd24fb0d6963f7d28e17f72"), Ok(()));
        let message = check_manifest(b"abd", "900150983cd24fb0d6963f7d28e17f72").unwrap_err();
        assert!(message.contains("should be 900150983cd24fb0d6963f7d28e17f72 and is 4911e516e5aa21d3"), "{message}");
    }
}
