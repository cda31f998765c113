//! Where the objects of a PDF are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use memchr::memmem;

use super::objects::{Dictionary, Object};
use super::streams::{Stream, Unpacked};
use super::syntax::{OBJECTS, Reader, Token, is_space};
use crate::formats::full::Fault;

/// Objects with a place of their own; a file with more is not looked into.
const PLACES: usize = 1 << 18;

/// Tokens of content that are read of one file, all in all: bounds work.
const TOKENS: u32 = 1 << 22;

/// Objects in one token of content, such as an array: bounds memory, since those of content are not kept.
const TOKEN: u32 = 1 << 16;

/// References that lead to references.
const HOPS: u32 = 16;

/// Where an object is written.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the file.
    File(usize),
    /// In an unpacked object stream, by its place in the list of these.
    Packed(usize, usize),
}

/// A PDF whose objects were found.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    places: HashMap<u32, Place>,
    packed: Vec<Vec<u8>>,
    /// The catalog's number.
    pub(super) root: Option<u32>,
    /// A trailer names an encryption.
    pub(super) encrypted: bool,
    /// Streams in the order of the file.
    pub(super) streams: Vec<Rc<Stream<'a>>>,
    objects_left: u32,
    /// Tokens of content that may still be read.
    tokens_left: u32,
    /// What may still be unpacked.
    pub(super) unpacked: Unpacked,
}

impl<'a> File<'a> {
    /// Goes through the file. An object written twice is the later one.
    ///
    /// # Errors
    /// What is packed beyond the bounds, or more objects than there may be.
    pub(super) fn read(bytes: &'a [u8], unpacked: Unpacked) -> Result<Self, Fault> {
        let mut file = Self {
            bytes,
            places: HashMap::new(),
            packed: Vec::new(),
            root: None,
            encrypted: false,
            streams: Vec::new(),
            objects_left: OBJECTS,
            tokens_left: TOKENS,
            unpacked,
        };
        let (finder, mut at) = (memmem::Finder::new(b"obj"), 0);
        while let Some(found) = finder.find(&bytes[at..]) {
            let keyword = at + found;
            file.trailers(at, keyword);
            at = match number_before(bytes, keyword) {
                Some(number) => file.found(number, keyword + 3)?,
                None => keyword + 3,
            };
        }
        file.trailers(at, bytes.len());
        Ok(file)
    }

    /// The object with a number, as far as it is one that is no reference itself.
    pub(super) fn object(&mut self, number: u32) -> Option<Object> {
        let mut number = number;
        for _ in 0..HOPS {
            let left = &mut self.objects_left;
            let object = match *self.places.get(&number)? {
                Place::File(at) => Reader::new(self.bytes, at, left).object(),
                Place::Packed(stream, at) => Reader::new(self.packed.get(stream)?, at, left).object(),
            };
            match object? {
                Object::Reference(next) => number = next,
                object => return Some(object),
            }
        }
        None
    }

    /// The object itself, or the one that it refers to.
    pub(super) fn resolve<'o>(&mut self, object: &'o Object) -> Option<Cow<'o, Object>> {
        match object {
            Object::Reference(number) => self.object(*number).map(Cow::Owned),
            object => Some(Cow::Borrowed(object)),
        }
    }

    /// What stands under a name, if it is not a reference into nothing.
    pub(super) fn entry<'d>(&mut self, dictionary: &'d Dictionary, name: &[u8]) -> Option<Cow<'d, Object>> {
        self.resolve(dictionary.get(name)?)
    }

    /// The stream that a reference leads to.
    pub(super) fn stream(&self, object: &Object) -> Option<Rc<Stream<'a>>> {
        let Object::Reference(number) = object else { return None };
        let Place::File(at) = *self.places.get(number)? else { return None };
        let index = self.streams.binary_search_by_key(&at, |stream| stream.at).ok()?;
        self.streams.get(index).cloned()
    }

    /// Whether more was asked for than may be read: then what was not found may still be there.
    pub(super) fn is_spent(&self) -> bool {
        self.objects_left == 0 || self.tokens_left == 0 || self.unpacked.is_spent()
    }

    /// Whether nothing is there that a reader could begin with, or repair the file from: no cross-references, no trailer, and
    /// no page, not even one that may be packed.
    pub(super) fn is_hollow(&self) -> bool {
        let marks: [&[u8]; 5] = [b"xref", b"/XRef", b"trailer", b"/Page", b"/ObjStm"];
        self.root.is_none() && marks.into_iter().all(|mark| memmem::find(self.bytes, mark).is_none())
    }

    /// The next token of content, and where it ends; none where it is too long or there were too many.
    pub(super) fn token<'c>(&mut self, content: &'c [u8], at: usize) -> Option<(Token<'c>, usize)> {
        let most = self.tokens_left.min(TOKEN);
        let mut left = most;
        let mut reader = Reader::new(content, at, &mut left);
        let (token, end) = (reader.token(), reader.at);
        self.tokens_left -= most - left;
        token.map(|token| (token, end))
    }

    /// Notes the object that begins at `at`; gives where it ends.
    fn found(&mut self, number: u32, at: usize) -> Result<usize, Fault> {
        if self.places.len() >= PLACES {
            return Err(Fault::Unknown("it has more objects than can be looked at".to_owned()));
        }
        let mut reader = Reader::new(self.bytes, at, &mut self.objects_left);
        let object = reader.object();
        let end = reader.at;
        self.places.insert(number, Place::File(at));
        let Some(object) = object else { return Ok(at) };
        let Object::Dictionary(dictionary) = object else { return Ok(end) };
        let mut reader = Reader::new(self.bytes, end, &mut self.objects_left);
        let is_stream = matches!(reader.token(), Some(Token::Keyword(b"stream")));
        let body = reader.at;
        if !is_stream {
            return Ok(end);
        }
        let stream = Stream::new(self.bytes, at, body, dictionary);
        let end = stream.end();
        self.note(stream)?;
        Ok(end)
    }

    fn note(&mut self, stream: Stream<'a>) -> Result<(), Fault> {
        if stream.dictionary.says(b"Type", b"XRef") {
            self.trailer(&stream.dictionary);
        }
        if stream.dictionary.says(b"Type", b"ObjStm") && !self.encrypted {
            self.unpack(&stream)?;
        }
        self.streams.push(Rc::new(stream));
        Ok(())
    }

    /// Notes the objects of an object stream. One that cannot be unpacked has none.
    fn unpack(&mut self, stream: &Stream<'_>) -> Result<(), Fault> {
        let whole = |name: &[u8]| stream.dictionary.get(name).and_then(Object::whole);
        let (Some(count), Some(first)) = (whole(b"N"), whole(b"First")) else { return Ok(()) };
        let Some(content) = stream.unpack(&mut self.unpacked)? else { return Ok(()) };
        let mut reader = Reader::new(&content, 0, &mut self.objects_left);
        for _ in 0..count {
            let Some(Token::Object(Object::Number(number))) = reader.token() else { break };
            let Some(Token::Object(Object::Number(offset))) = reader.token() else { break };
            let (number, offset) = (super::objects::whole(number), super::objects::whole(offset));
            let (Some(number), Some(offset)) = (number, offset) else { break };
            if self.places.len() >= PLACES {
                return Err(Fault::Unknown("it has more objects than can be looked at".to_owned()));
            }
            let at = usize::try_from(u64::from(first) + u64::from(offset)).unwrap_or(usize::MAX);
            self.places.insert(number, Place::Packed(self.packed.len(), at.min(content.len())));
        }
        self.packed.push(content);
        Ok(())
    }

    /// Notes the trailers between two objects.
    fn trailers(&mut self, from: usize, to: usize) {
        let between = &self.bytes[from..to.max(from)];
        for found in memmem::find_iter(between, b"trailer") {
            let at = from + found + 7;
            if let Some(Object::Dictionary(dictionary)) = Reader::new(self.bytes, at, &mut self.objects_left).object() {
                self.trailer(&dictionary);
            }
        }
    }

    fn trailer(&mut self, dictionary: &Dictionary) {
        if let Some(Object::Reference(root)) = dictionary.get(b"Root") {
            self.root = Some(*root);
        }
        self.encrypted |= dictionary.get(b"Encrypt").is_some();
    }
}

/// The object's number in `12 0 obj`; `None` where that is not what stands before the keyword.
fn number_before(bytes: &[u8], keyword: usize) -> Option<u32> {
    // Ten digits, five digits and what stands between.
    let before = &bytes[keyword.saturating_sub(24)..keyword];
    let rest = trim_spaces(before);
    let generation = digits(rest);
    let rest = &rest[..rest.len() - generation.len()];
    let spaced = trim_spaces(rest);
    let number = digits(spaced);
    if generation.is_empty() || spaced.len() == rest.len() {
        return None;
    }
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn trim_spaces(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1);
    &bytes[..length]
}

fn digits(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    &bytes[start..]
}
