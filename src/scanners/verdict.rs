//! What a scanner says.

/// Bytes of an answer that are read.
pub(super) const ANSWER: usize = 4096;

/// What a scanner says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It has seen every byte and found nothing.
    Clean,
    /// It found something; its own words.
    Infected(String),
    /// It could not tell; why.
    Unscannable(String),
}

/// The first line of an answer that says anything; control characters are left out.
pub(super) fn first_line(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(&answer[..answer.len().min(ANSWER)]);
    let line = text.split(['\n', '\0']).map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|char| !char.is_control()).collect()
}
