//! The strftime forms that templates may use: those that read back as they were written.

use super::error::TemplateError;

/// What a directive stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatePart {
    Year,
    Month,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Offset,
    Epoch,
}

impl DatePart {
    /// How many there are.
    pub(super) const COUNT: usize = 9;

    /// The regular expression of its text.
    pub(super) fn pattern(self) -> &'static str {
        match self {
            Self::Year => "[0-9]{4}",
            Self::DayOfYear => "[0-9]{3}",
            Self::Month | Self::Day | Self::Hour | Self::Minute | Self::Second => "[0-9]{2}",
            Self::Offset => "Z|[+-][0-9]{2}:?[0-9]{2}",
            Self::Epoch => "[0-9]{1,12}",
        }
    }

    /// How many digits its text has, where that is fixed.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::Year => 4,
            Self::DayOfYear => 3,
            _ => 2,
        }
    }

    /// Whether it tells a part of the day, and not of the time.
    pub(super) fn is_of_day(self) -> bool {
        matches!(self, Self::Year | Self::Month | Self::Day | Self::DayOfYear)
    }
}

/// One item of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FormItem {
    Text(String),
    Part(DatePart),
}

const SUPPORTED: &str = "%Y %m %d %j %F %H %M %S %z %s and %%";

/// The form of a date without a format: `%F`.
pub(super) fn default_form() -> Vec<FormItem> {
    let text = || FormItem::Text("-".to_owned());
    vec![FormItem::Part(DatePart::Year), text(), FormItem::Part(DatePart::Month), text(), FormItem::Part(DatePart::Day)]
}

/// Reads a format that starts `offset` bytes into its template.
pub(super) fn parse_form(format: &str, offset: usize) -> Result<Vec<FormItem>, TemplateError> {
    if format.is_empty() {
        return Err(TemplateError::new(offset.saturating_sub(1), 1, "a date format is missing after `:`")
            .suggest("write one such as `{collected:%Y/%m/%d}`"));
    }
    let mut items = Vec::new();
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        push_text(&mut items, &rest[..start]);
        let at = offset + format.len() - rest.len() + start;
        let directive = rest[start + 1..].chars().next();
        items.extend(directive_items(directive, at)?);
        rest = &rest[start + 1 + directive.map_or(0, char::len_utf8)..];
    }
    push_text(&mut items, rest);
    Ok(items)
}

fn push_text(items: &mut Vec<FormItem>, text: &str) {
    if !text.is_empty() {
        items.push(FormItem::Text(text.to_owned()));
    }
}

fn directive_items(directive: Option<char>, offset: usize) -> Result<Vec<FormItem>, TemplateError> {
    let part = |part| Ok(vec![FormItem::Part(part)]);
    match directive {
        Some('Y') => part(DatePart::Year),
        Some('m') => part(DatePart::Month),
        Some('d') => part(DatePart::Day),
        Some('j') => part(DatePart::DayOfYear),
        Some('H') => part(DatePart::Hour),
        Some('M') => part(DatePart::Minute),
        Some('S') => part(DatePart::Second),
        Some('z') => part(DatePart::Offset),
        Some('s') => part(DatePart::Epoch),
        Some('F') => Ok(default_form()),
        Some('%') => Ok(vec![FormItem::Text("%".to_owned())]),
        other => Err(unsupported(other, offset)),
    }
}

fn unsupported(directive: Option<char>, offset: usize) -> TemplateError {
    let Some(directive) = directive else {
        return TemplateError::new(offset, 1, "a `%` without a letter after it")
            .suggest("write `%%` for a percent sign");
    };
    let length = 1 + directive.len_utf8();
    if directive == 'y' {
        return TemplateError::new(offset, length, "`%y` has two digits, which leaves the century open")
            .suggest("write the year with four digits: `%Y`");
    }
    let error = TemplateError::new(offset, length, format!("`%{directive}` is not among the supported {SUPPORTED}"));
    let suggestion = match directive {
        'G' => "use `%Y`",
        'b' | 'B' | 'h' => "use `%m`",
        'e' | 'u' | 'a' | 'A' => "use `%d`",
        'D' | 'x' => "use `%F`",
        'T' | 'X' => "use `%H:%M:%S`",
        'R' => "use `%H:%M`",
        'I' | 'k' | 'l' => "use `%H`",
        'Z' | 'Q' => "use `%z`",
        _ => "use a supported one, such as `%Y/%m/%d`",
    };
    error.suggest(suggestion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_directives_and_text() {
        let text = |text: &str| FormItem::Text(text.to_owned());
        assert_eq!(
            parse_form("d=%Y年%m%%", 0).unwrap(),
            [text("d="), FormItem::Part(DatePart::Year), text("年"), FormItem::Part(DatePart::Month), text("%")]
        );
        assert_eq!(parse_form("%F", 0).unwrap(), default_form());
    }

    #[test]
    fn unsupported_directives_are_pointed_at() {
        for (format, offset, length, way_out) in [
            ("%y%m", 10, 2, "%Y"),
            ("%Y/%b", 13, 2, "%m"),
            ("年%年", 13, 4, "%Y/%m/%d"),
            ("%Y%", 12, 1, "%%"),
            ("", 9, 1, "{collected:"),
        ] {
            let error = parse_form(format, 10).unwrap_err();
            assert_eq!((error.offset, error.length), (offset, length), "{format:?}: {error}");
            assert!(error.suggestion.unwrap().contains(way_out), "{format:?}");
        }
    }
}
