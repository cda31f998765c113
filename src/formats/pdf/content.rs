//! A page's content: which images it draws, and where.

use super::file::File;
use super::objects::{Dictionary, Object};
use super::place::{Matrix, Placed};
use super::syntax::Token;
use crate::formats::full::Fault;

/// Forms within forms.
const FORMS: u32 = 8;

/// Saved states of the page; real pages have a dozen.
const STATES: usize = 256;

/// Images that one page may draw; further ones are not looked at.
const IMAGES: usize = 4096;

/// Operands of one operator, of which the last count.
const OPERANDS: usize = 32;

/// What a page draws.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) images: Vec<Placed>,
    /// A part of it could not be read.
    pub(super) unsure: bool,
}

/// Goes through content that begins with `matrix`.
pub(super) fn draw(
    file: &mut File<'_>,
    content: &[u8],
    resources: &Dictionary,
    matrix: Matrix,
    depth: u32,
    drawn: &mut Drawn,
) -> Result<(), Fault> {
    let content = until_last_drawing(content);
    let (mut at, mut states, mut matrix) = (0, Vec::new(), matrix);
    let mut operands: Vec<Object> = Vec::new();
    loop {
        let Some((token, end)) = file.token(content, at) else { return Ok(()) };
        at = end;
        match token {
            Token::Close => {}
            Token::Object(object) => {
                if operands.len() == OPERANDS {
                    operands.remove(0);
                }
                operands.push(object);
            }
            Token::Keyword(operator) => {
                match operator {
                    b"q" if states.len() < STATES => states.push(matrix),
                    b"Q" => matrix = states.pop().unwrap_or(matrix),
                    b"cm" => matrix = numbers(&operands).map_or(matrix, |inner| Matrix(inner).then(matrix)),
                    b"Do" => draw_named(file, operands.last(), resources, matrix, depth, drawn)?,
                    b"ID" => at = end_of_inline(content, at),
                    _ => {}
                }
                operands.clear();
            }
        }
    }
}

/// Content up to the last place where something may be drawn by its name, and a byte more, which tells whether a word ends
/// there: pages of text have none, and the text behind the last one tells nothing.
fn until_last_drawing(content: &[u8]) -> &[u8] {
    let end = memchr::memmem::rfind(content, b"Do").map_or(0, |at| at + 3);
    &content[..end.min(content.len())]
}

fn draw_named(
    file: &mut File<'_>,
    name: Option<&Object>,
    resources: &Dictionary,
    matrix: Matrix,
    depth: u32,
    drawn: &mut Drawn,
) -> Result<(), Fault> {
    let Some(Object::Name(name)) = name else { return Ok(()) };
    let named = file.entry(resources, b"XObject");
    let named = named.as_deref().and_then(Object::dictionary).and_then(|named| named.get(name));
    let Some(stream) = named.and_then(|object| file.stream(object)) else { return Ok(()) };
    if stream.dictionary.says(b"Subtype", b"Image") {
        let mut side = |name: &[u8]| file.entry(&stream.dictionary, name).and_then(|side| side.whole());
        let (Some(width), Some(height)) = (side(b"Width"), side(b"Height")) else { return Ok(()) };
        drawn.unsure |= drawn.images.len() == IMAGES;
        if drawn.images.len() < IMAGES {
            drawn.images.push(Placed { pixels: (width, height), matrix });
        }
        return Ok(());
    }
    let Some(deeper) = depth.checked_sub(1) else {
        drawn.unsure = true;
        return Ok(());
    };
    if !stream.dictionary.says(b"Subtype", b"Form") {
        return Ok(());
    }
    let Some(content) = stream.unpack(&mut file.unpacked)? else {
        drawn.unsure = true;
        return Ok(());
    };
    let inner = file.entry(&stream.dictionary, b"Matrix");
    let inner = if let Some(Object::Array(items)) = inner.as_deref() { numbers(items) } else { None };
    let matrix = inner.map_or(matrix, |inner| Matrix(inner).then(matrix));
    let own = file.entry(&stream.dictionary, b"Resources");
    let resources = own.as_deref().and_then(Object::dictionary).unwrap_or(resources);
    draw(file, &content, resources, matrix, deeper, drawn)
}

/// How deep forms are followed.
pub(super) fn depth() -> u32 {
    FORMS
}

/// The last `N` numbers.
pub(super) fn numbers<const N: usize>(objects: &[Object]) -> Option<[f64; N]> {
    let last = objects.get(objects.len().checked_sub(N)?..)?;
    let numbers: Vec<f64> = last.iter().filter_map(Object::number).collect();
    numbers.try_into().ok()
}

/// Where the bytes of an image in the content itself end: behind `EI` that stands alone.
fn end_of_inline(content: &[u8], from: usize) -> usize {
    let rest = &content[from.min(content.len())..];
    let stands_alone = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| rest.get(before));
        let behind = rest.get(at + 2);
        before.is_none_or(|byte| super::syntax::is_space(*byte))
            && behind.is_none_or(|byte| super::syntax::is_space(*byte))
    };
    memchr::memmem::find_iter(rest, b"EI").find(stands_alone).map_or(content.len(), |found| from + found + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_before_the_last_drawing_is_read() {
        assert_eq!(until_last_drawing(b"BT (text) Tj ET"), b"");
        assert_eq!(until_last_drawing(b"q /A Do Q /B Do\nBT (text) Tj ET"), b"q /A Do Q /B Do\n");
        assert_eq!(until_last_drawing(b"/A Do"), b"/A Do");
        assert_eq!(until_last_drawing(b"/A Dont Q"), b"/A Don");
    }
}
