//! A YAML document as a tree that knows where everything stands, within bounds that no input can pass.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::syntax;

/// Deeper nesting than any file of ours has. Checked before serde_yaml sees the text, which takes seconds for a
/// hundred thousand brackets. [`syntax::TOO_DEEP`] names it.
const MAX_DEPTH: usize = 64;

/// More aliases than any file of ours needs. serde_yaml counts what they repeat but not how long it is: ten thousand of
/// one long text would take gigabytes.
const MAX_ALIASES: usize = 32;

/// A place: line from 1, column in characters from 0, and the same at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

impl Place {
    /// The start of the file.
    pub(super) const START: Self = Self { line: 1, column: 0, length: 1 };

    fn of(span: &Span) -> Self {
        let length =
            if span.start.line() == span.end.line() { span.end.col().saturating_sub(span.start.col()) } else { 1 };
        Self { line: span.start.line(), column: span.start.col(), length: length.max(1) }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) content: Content,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A text, a number, a word; `quoted` ones are always texts.
    Scalar { text: String, quoted: bool },
    /// A list.
    List(Vec<Node>),
    /// Fields by name, in the order of the file.
    Fields(Vec<Field>),
    /// A reference to a value elsewhere in the file.
    Alias,
}

/// A field and where its name stands.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) value: Node,
}

/// A problem that leaves no tree to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) advice: Option<&'static str>,
    /// `None`: the whole file.
    pub(super) place: Option<Place>,
}

impl Node {
    /// The value at a path of field names and list indices.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match &self.content {
            Content::Fields(fields) => fields.iter().find(|field| field.name == *first)?.value.at(rest),
            Content::List(items) => items.get(first.parse::<usize>().ok()?)?.at(rest),
            Content::Scalar { .. } | Content::Alias => None,
        }
    }

    /// The fields of a mapping.
    pub(super) fn fields(&self) -> &[Field] {
        match &self.content {
            Content::Fields(fields) => fields,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// Reads the one document of a file.
///
/// # Errors
/// The first thing that leaves no sound tree.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| unparsed(text, &error, builder.unclosed()))?;
        builder.take(event, Place::of(&span), !span.is_empty())?;
    }
    let empty = || Broken { place: None, ..broken("empty", "the file holds nothing", Place::START) };
    builder.root.ok_or_else(empty)
}

fn unparsed(text: &str, error: &ScanError, unclosed: Option<&Node>) -> Broken {
    let (line, column) = (error.marker().line().max(1), error.marker().col());
    // In a line after one with an open bracket, what the parser stumbles over is most often what follows the list.
    let is_list = |node: &Node| matches!(node.content, Content::List(_));
    let unclosed = unclosed.filter(|node| node.place.line < line).map(is_list);
    let meaning = syntax::meaning(error.info(), unclosed);
    // The parser stands behind the tab that it refuses.
    let is_tab = |column: usize| text.lines().nth(line - 1).is_some_and(|text| text.chars().nth(column) == Some('\t'));
    let column = if column > 0 && !is_tab(column) && is_tab(column - 1) { column - 1 } else { column };
    let place = Some(Place { line, column, length: 1 });
    Broken { rule: meaning.rule, message: meaning.message.to_owned(), advice: Some(meaning.advice), place }
}

fn broken(rule: &'static str, message: &str, place: Place) -> Broken {
    Broken { rule, message: message.to_owned(), advice: None, place: Some(place) }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    aliases: usize,
}

struct Open {
    node: Node,
    /// Whether a bracket began it, rather than an indentation.
    is_bracketed: bool,
    /// The name of the field whose value comes next.
    name: Option<(String, Place)>,
}

impl Builder {
    /// The innermost list or fields, if a bracket began them.
    fn unclosed(&self) -> Option<&Node> {
        self.open.last().filter(|open| open.is_bracketed).map(|open| &open.node)
    }

    /// `written`: the event stands for characters, as a bracket does, not for an end of indentation.
    fn take(&mut self, event: Event<'_>, place: Place, written: bool) -> Result<(), Broken> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err(broken(
                    "several-documents",
                    "a file holds one document; put the next one into a file of its own",
                    place,
                ));
            }
            Event::Scalar(text, style, ..) => {
                let quoted = !matches!(style, ScalarStyle::Plain);
                self.value(Node { place, content: Content::Scalar { text: text.into_owned(), quoted } })?;
            }
            Event::Alias(_) => self.alias(place)?,
            Event::SequenceStart(..) => self.begin(Content::List(Vec::new()), place, written)?,
            Event::MappingStart(..) => self.begin(Content::Fields(Vec::new()), place, written)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(written.then_some(place))?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn alias(&mut self, place: Place) -> Result<(), Broken> {
        self.aliases += 1;
        if self.aliases > MAX_ALIASES {
            let message = format!("the file has more than {MAX_ALIASES} aliases (`*name`); write the values out");
            return Err(broken("aliases", &message, place));
        }
        self.value(Node { place, content: Content::Alias })
    }

    fn begin(&mut self, content: Content, place: Place, is_bracketed: bool) -> Result<(), Broken> {
        if self.open.len() >= MAX_DEPTH {
            let meaning = syntax::TOO_DEEP;
            return Err(Broken { advice: Some(meaning.advice), ..broken(meaning.rule, meaning.message, place) });
        }
        self.open.push(Open { node: Node { place, content }, is_bracketed, name: None });
        Ok(())
    }

    /// Ends a list or fields; with a bracket in the line where they began, their place reaches to it.
    fn end(&mut self, bracket: Option<Place>) -> Result<(), Broken> {
        let Some(Open { mut node, .. }) = self.open.pop() else { return Ok(()) };
        if let Some(bracket) = bracket.filter(|bracket| bracket.line == node.place.line) {
            node.place.length = (bracket.column + 1).saturating_sub(node.place.column).max(1);
        }
        self.value(node)
    }

    fn value(&mut self, node: Node) -> Result<(), Broken> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut parent.node.content, parent.name.take()) {
            (Content::List(items), _) => items.push(node),
            (Content::Fields(fields), Some((name, place))) => fields.push(Field { name, place, value: node }),
            (Content::Fields(_), None) => match node.content {
                Content::Scalar { text, .. } => parent.name = Some((text, node.place)),
                _ => return Err(broken("field-name", "the name of a field must be a text", node.place)),
            },
            (Content::Scalar { .. } | Content::Alias, _) => {}
        }
        Ok(())
    }
}

/// Fields that stand twice in one mapping: the second one's place with the first one's.
pub(super) fn duplicates(node: &Node) -> Vec<(String, Place, Place)> {
    let mut found = Vec::new();
    match &node.content {
        Content::Fields(fields) => {
            let mut seen: HashMap<&str, Place> = HashMap::new();
            for field in fields {
                match seen.entry(&field.name) {
                    Entry::Occupied(first) => found.push((field.name.clone(), field.place, *first.get())),
                    Entry::Vacant(first) => drop(first.insert(field.place)),
                }
                found.extend(duplicates(&field.value));
            }
        }
        Content::List(items) => found.extend(items.iter().flat_map(duplicates)),
        Content::Scalar { .. } | Content::Alias => {}
    }
    found
}
