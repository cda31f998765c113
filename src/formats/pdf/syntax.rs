//! From bytes to objects: a reader that goes on where a token makes no sense, and never deeper or longer than allowed.

use super::objects::{Dictionary, Object};

/// Arrays and dictionaries within each other; real files have five.
const DEPTH: u32 = 64;

/// Objects that one file may be read into, all in all: bounds memory, to some 64 MiB for a file made for it, and work.
pub(super) const OBJECTS: u32 = 1 << 19;

/// Entries that are kept of one dictionary: bounds the time that looking for one takes.
const ENTRIES: usize = 4096;

/// A token.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Object(Object),
    /// `obj`, `stream`, `R`, or an operator of a content stream.
    Keyword(&'a [u8]),
    /// `]` or `>>`.
    Close,
}

/// Reads objects from bytes.
pub(super) struct Reader<'a, 'b> {
    bytes: &'a [u8],
    pub(super) at: usize,
    left: &'b mut u32,
}

impl<'a, 'b> Reader<'a, 'b> {
    /// Begins at `at`; `left` is how many objects may still be made.
    pub(super) fn new(bytes: &'a [u8], at: usize, left: &'b mut u32) -> Self {
        Self { bytes, at, left }
    }

    /// The next token; `None` at the end, or when too much was read.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.token_within(DEPTH)
    }

    /// The next object; a reference counts as one. `None` if there is something else.
    pub(super) fn object(&mut self) -> Option<Object> {
        let Token::Object(object) = self.token()? else { return None };
        Some(self.reference(&object).unwrap_or(object))
    }

    fn token_within(&mut self, depth: u32) -> Option<Token<'a>> {
        self.skip_space();
        *self.left = self.left.checked_sub(1)?;
        let object = match (*self.bytes.get(self.at)?, self.bytes.get(self.at + 1)) {
            (b'/', _) => self.name(),
            (b'(', _) => self.text(),
            (b'<', Some(b'<')) => return self.dictionary(depth.checked_sub(1)?),
            (b'<', _) => self.hexadecimal(),
            (b'[', _) => return self.array(depth.checked_sub(1)?),
            (b'>', Some(b'>')) => {
                self.at += 2;
                return Some(Token::Close);
            }
            (b']', _) => {
                self.at += 1;
                return Some(Token::Close);
            }
            _ => return Some(self.word()),
        };
        Some(Token::Object(object))
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'%' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                }
                byte if is_space(*byte) => self.at += 1,
                _ => return,
            }
        }
    }

    fn name(&mut self) -> Object {
        self.at += 1;
        let raw = self.regular();
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((byte, behind)) = rest.split_first() {
            let escaped = (*byte == b'#').then(|| behind.get(..2).and_then(hexadecimal)).flatten();
            name.push(escaped.unwrap_or(*byte));
            rest = if escaped.is_some() { &behind[2..] } else { behind };
        }
        Object::Name(name)
    }

    /// Bytes up to a space or a delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| is_space(*byte) || is_delimiter(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn text(&mut self) -> Object {
        let mut open = 0_u32;
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => open += 1,
                b')' if open <= 1 => break,
                b')' => open -= 1,
                _ => {}
            }
        }
        Object::Other
    }

    fn hexadecimal(&mut self) -> Object {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'>', rest).map_or(rest.len(), |end| end + 1);
        Object::Other
    }

    fn word(&mut self) -> Token<'a> {
        let word = self.regular();
        match word {
            // A delimiter where none belongs.
            [] => {
                self.at += 1;
                Token::Object(Object::Other)
            }
            b"true" | b"false" | b"null" => Token::Object(Object::Other),
            word => number(word).map_or(Token::Keyword(word), |number| Token::Object(Object::Number(number))),
        }
    }

    /// `G R` behind a number.
    fn reference(&mut self, number: &Object) -> Option<Object> {
        let number = number.whole()?;
        let (before, begin) = (self.at, *self.left);
        let mut is_reference = || {
            self.skip_space();
            let digits = self.regular();
            self.skip_space();
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && self.regular() == b"R"
        };
        if is_reference() {
            return Some(Object::Reference(number));
        }
        (self.at, *self.left) = (before, begin);
        None
    }

    fn array(&mut self, depth: u32) -> Option<Token<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.token_within(depth) {
                Some(Token::Object(object)) => {
                    let object = self.reference(&object).unwrap_or(object);
                    items.push(object);
                }
                Some(Token::Keyword(_)) => {}
                Some(Token::Close) => return Some(Token::Object(Object::Array(items))),
                None => return None,
            }
        }
    }

    fn dictionary(&mut self, depth: u32) -> Option<Token<'a>> {
        self.at += 2;
        let mut entries = Vec::new();
        let mut name = None;
        loop {
            match (self.token_within(depth), name.take()) {
                (Some(Token::Object(Object::Name(found))), None) => name = Some(found),
                (Some(Token::Object(object)), Some(name)) => {
                    let object = self.reference(&object).unwrap_or(object);
                    if entries.len() < ENTRIES {
                        entries.push((name, object));
                    }
                }
                (Some(Token::Object(_) | Token::Keyword(_)), _) => {}
                (Some(Token::Close), _) => return Some(Token::Object(Object::Dictionary(Dictionary(entries)))),
                (None, _) => return None,
            }
        }
    }
}

fn number(word: &[u8]) -> Option<f64> {
    let looks = word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    std::str::from_utf8(word).ok().filter(|_| looks)?.parse().ok()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Option<Object> {
        Reader::new(text.as_bytes(), 0, &mut 1000).object()
    }

    #[test]
    fn reads_what_files_are_made_of() {
        let read = object("<< /A#42 [1 -2.5 3 0 R (x\\)(y)) <00> true] % comment\n /B /C >>").unwrap();
        let dictionary = read.dictionary().unwrap();
        let array = [Object::Number(1.0), Object::Number(-2.5), Object::Reference(3)];
        let others = [Object::Other, Object::Other, Object::Other];
        assert_eq!(dictionary.get(b"AB"), Some(&Object::Array([array, others].concat())));
        assert!(dictionary.says(b"B", b"C"));
    }

    #[test]
    fn what_never_ends_or_nests_without_end_is_nothing() {
        assert_eq!(object("[1 2"), None);
        assert_eq!(object(&"[".repeat(100_000)), None);
        assert_eq!(object(&"<</A".repeat(100_000)), None);
        assert_eq!(Reader::new("[1 2 3]".as_bytes(), 0, &mut 3).object(), None, "more than allowed");
    }
}
