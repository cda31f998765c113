//! The header of CSV: which cell of a row is which column.

use super::words::{missing_column, shown};

/// What a first line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FirstLine {
    Header,
    /// `sep=;`, by which spreadsheets tell the delimiter.
    Delimiter(char),
}

/// Tells a header from a line that only names the delimiter.
pub(super) fn first_line(cells: &[String], delimiter: u8) -> FirstLine {
    match cells {
        [only] if only.to_lowercase().starts_with("sep=") && only.chars().count() == 5 => {
            FirstLine::Delimiter(only.chars().last().unwrap_or_default())
        }
        [sep, empty] if sep.eq_ignore_ascii_case("sep=") && empty.is_empty() => {
            FirstLine::Delimiter(char::from(delimiter))
        }
        _ => FirstLine::Header,
    }
}

/// Where each wanted column stands; those that need not be there may not.
///
/// # Errors
/// A wrong delimiter, and wanted columns that are missing or are there twice.
pub(super) fn places(
    names: &[String],
    wanted: &[String],
    is_required: impl Fn(usize) -> bool,
    delimiter: u8,
) -> Result<Vec<Option<usize>>, String> {
    let place = |name: &String| names.iter().position(|there| there == name);
    let places: Vec<_> = wanted.iter().map(place).collect();
    let missing: Vec<&String> = (0..wanted.len())
        .filter(|index| places[*index].is_none() && is_required(*index))
        .map(|index| &wanted[index])
        .collect();
    if let ([only], false) = (names, missing.is_empty())
        && let Some(found) = [',', ';', '\t', '|'].into_iter().find(|found| only.contains(*found))
    {
        return Err(wrong_delimiter(only, found, delimiter));
    }
    let mut problems: Vec<String> =
        missing.iter().map(|name| missing_column(name, names.iter().map(String::as_str))).collect();
    let is_twice = |name: &&String| names.iter().filter(|there| there == name).count() > 1;
    problems.extend(wanted.iter().filter(is_twice).map(|name| {
        format!("two columns are called `{}`, and which one is meant cannot be told; rename one", shown(name))
    }));
    if problems.is_empty() { Ok(places) } else { Err(problems.join("; ")) }
}

fn wrong_delimiter(header: &str, found: char, delimiter: u8) -> String {
    let written = if found == '\t' { "\\t".to_owned() } else { found.to_string() };
    let said = if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() };
    format!(
        "the header is one cell, `{}`: its columns seem to be divided by `{written}` and not by `{said}`; write `delimiter: \"{written}\"`",
        shown(header)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn columns_are_found_wherever_they_stand() {
        let names = strings(&["x", "day", "x", "id"]);
        assert_eq!(places(&names, &strings(&["id", "day"]), |_| true, b','), Ok(vec![Some(3), Some(1)]));
        assert_eq!(places(&names, &strings(&["id", "no"]), |index| index == 0, b','), Ok(vec![Some(3), None]));
    }

    #[test]
    fn a_wrong_delimiter_is_named() {
        for (header, delimiter, written) in [
            ("id;day", b',', "\";\""),
            ("id\tday", b',', "\"\\t\""),
            ("id|day", b';', "\"|\""),
            ("id,day", b'\t', "\",\""),
        ] {
            let message = places(&strings(&[header]), &strings(&["id"]), |_| true, delimiter).unwrap_err();
            assert!(message.contains(&format!("write `delimiter: {written}`")), "{message}");
        }
        assert!(places(&strings(&["a;b"]), &strings(&["a;b"]), |_| true, b',').is_ok());
    }

    #[test]
    fn every_missing_or_doubled_column_is_named() {
        let message = places(&strings(&["a", "b", "b"]), &strings(&["x", "y", "b"]), |_| true, b',').unwrap_err();
        for about in ["no column `x`", "no column `y`", "called `b`"] {
            assert!(message.contains(about), "{message}");
        }
    }

    #[test]
    fn a_spreadsheets_delimiter_is_no_header() {
        assert_eq!(first_line(&strings(&["sep=", ""]), b';'), FirstLine::Delimiter(';'));
        assert_eq!(first_line(&strings(&["SEP=|"]), b','), FirstLine::Delimiter('|'));
        assert_eq!(first_line(&strings(&["sep=", "a"]), b';'), FirstLine::Header);
    }
}
