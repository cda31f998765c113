//! The text of a template cut into literal text and fields in braces: the part of the syntax that all templates share.

use crate::model::keys::{MAX_KEY_BYTES, unsafe_reason};

use super::error::TemplateError;

/// A stretch of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    /// Bytes from the start of the template.
    pub(super) offset: usize,
    /// With its braces.
    pub(super) source: &'t str,
    pub(super) kind: PieceKind<'t>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum PieceKind<'t> {
    Text,
    Field { name: &'t str, format: Option<&'t str> },
}

impl Piece<'_> {
    /// An error about the whole piece.
    pub(super) fn error(&self, message: impl Into<String>) -> TemplateError {
        TemplateError::new(self.offset, self.source.len(), message)
    }

    /// Where the format starts, in bytes from the start of the template.
    pub(super) fn format_offset(&self) -> usize {
        match &self.kind {
            PieceKind::Field { name, .. } => self.offset + 1 + name.len() + 1,
            PieceKind::Text => self.offset,
        }
    }
}

/// Cuts `template` into pieces, once its shape is that of a key.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    check_shape(template)?;
    let mut pieces = Vec::new();
    let mut offset = 0;
    while offset < template.len() {
        let piece = next_piece(template, offset)?;
        offset += piece.source.len();
        pieces.push(piece);
    }
    Ok(pieces)
}

fn next_piece(template: &str, offset: usize) -> Result<Piece<'_>, TemplateError> {
    let rest = &template[offset..];
    if rest.starts_with('{') {
        return field(rest, offset);
    }
    let end = rest.find(['{', '}']).unwrap_or(rest.len());
    if rest[end..].starts_with('}') {
        return Err(TemplateError::new(offset + end, 1, "a `}` without a `{` before it")
            .suggest("remove it, or open the field with `{`"));
    }
    Ok(Piece { offset, source: &rest[..end], kind: PieceKind::Text })
}

fn field(rest: &str, offset: usize) -> Result<Piece<'_>, TemplateError> {
    let inner_end = rest[1..].find(['{', '}']).map(|at| at + 1);
    let Some(close) = inner_end.filter(|at| rest[*at..].starts_with('}')) else {
        let shown = &rest[..inner_end.unwrap_or(rest.len())];
        // Only the format of a date may have a slash in it.
        let shown = if shown.contains(':') { shown } else { shown.split('/').next().unwrap_or(shown) };
        return Err(TemplateError::new(offset, shown.len(), "a `{` that is never closed")
            .suggest(format!("close the field: `{shown}}}`")));
    };
    let (source, inner) = (&rest[..=close], &rest[1..close]);
    let (name, format) = match inner.split_once(':') {
        Some((name, format)) => (name, Some(format)),
        None => (inner, None),
    };
    check_name(name, offset, source)?;
    Ok(Piece { offset, source, kind: PieceKind::Field { name, format } })
}

fn check_name(name: &str, offset: usize, source: &str) -> Result<(), TemplateError> {
    if is_name(name) {
        return Ok(());
    }
    let message = format!("{NAME_RULE}; found {name:?}");
    Err(TemplateError::new(offset, source.len(), message).suggest("name the field, such as `{organization}`"))
}

/// What [`is_name`] asks for.
pub(super) const NAME_RULE: &str = "a field name starts with a letter and has letters, digits, `_` and `-`";

/// Whether a field may be called so.
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn check_shape(template: &str) -> Result<(), TemplateError> {
    if template.is_empty() {
        return Err(TemplateError::new(0, 0, "the template is empty")
            .suggest("write one such as `{organization}/{imageNumber}/{fileName}`"));
    }
    if template.starts_with('/') {
        return Err(TemplateError::new(0, 1, "the template starts with `/`; what it describes is below the prefix")
            .suggest("remove the first `/`"));
    }
    if template.ends_with('/') {
        return Err(TemplateError::new(template.len() - 1, 1, "the template ends with `/`; it describes a whole key")
            .suggest("go on to the file, such as `/{fileName}`"));
    }
    let mut offset = 0;
    for segment in template.split('/') {
        check_segment(segment, offset)?;
        offset += segment.len() + 1;
    }
    match unsafe_reason(template) {
        Some(reason) => Err(TemplateError::new(0, template.len(), format!("the template has {reason}"))
            .suggest(format!("write it within {MAX_KEY_BYTES} printable bytes"))),
        None => Ok(()),
    }
}

fn check_segment(segment: &str, offset: usize) -> Result<(), TemplateError> {
    match segment {
        "" => {
            Err(TemplateError::new(offset - 1, 2, "the template has `//`: an empty segment").suggest("write one `/`"))
        }
        "." | ".." => {
            Err(TemplateError::new(offset, segment.len(), format!("the template has the segment `{segment}`"))
                .suggest("write the path without it"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_cut_at_its_braces() {
        let kinds: Vec<_> =
            pieces("a/{b}-{collected:%Y/%m}").unwrap().into_iter().map(|p| (p.offset, p.source, p.kind)).collect();
        assert_eq!(
            kinds,
            [
                (0, "a/", PieceKind::Text),
                (2, "{b}", PieceKind::Field { name: "b", format: None }),
                (5, "-", PieceKind::Text),
                (6, "{collected:%Y/%m}", PieceKind::Field { name: "collected", format: Some("%Y/%m") }),
            ]
        );
    }

    #[test]
    fn every_fault_of_shape_names_its_place_and_a_way_out() {
        for (template, offset, length, about) in [
            ("", 0, 0, "empty"),
            ("/{a}", 0, 1, "starts with"),
            ("{a}/", 3, 1, "ends with"),
            ("{a}//{b}", 3, 2, "empty segment"),
            ("{a}/../{b}", 4, 2, "segment `..`"),
            ("{a}/./{b}", 4, 1, "segment `.`"),
            ("x/{a", 2, 2, "never closed"),
            ("x/{a/{b}", 2, 2, "never closed"),
            ("单/{a/b}", 4, 5, "field name"),
            ("{a}}", 3, 1, "without a `{`"),
            ("{}", 0, 2, "field name"),
            ("{1a}", 0, 4, "field name"),
            ("{a}\u{7}", 0, 4, "U+0007"),
        ] {
            let error = pieces(template).unwrap_err();
            assert_eq!((error.offset, error.length), (offset, length), "{template:?}: {error}");
            assert!(error.message.contains(about), "{template:?}: {error}");
            assert!(error.suggestion.is_some(), "{template:?}");
        }
        for (template, close) in [("{a/{b}", "{a}"), ("{a:%Y/%m{b}", "{a:%Y/%m}")] {
            let suggestion = pieces(template).unwrap_err().suggestion;
            assert_eq!(suggestion, Some(format!("close the field: `{close}`")));
        }
    }
}
