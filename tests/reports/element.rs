//! `report.html` read back. The page is also well-formed XML, so that nothing is guessed when it is read.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// An element with what is in it.
#[derive(Debug, Clone, Default)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub children: Vec<Node>,
}

/// What is in an element.
#[derive(Debug, Clone)]
pub enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Reads a page; the element that is given back holds `html`.
    pub fn read(page: &str) -> Self {
        let mut reader = Reader::from_str(page);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => open.push(Self::begun(&start)),
                Event::Empty(start) => open.last_mut().unwrap().children.push(Node::Element(Self::begun(&start))),
                Event::End(_) => {
                    let element = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(Node::Element(element));
                }
                Event::Text(text) => open.last_mut().unwrap().add(&text.decode().unwrap()),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().unwrap().expect("a reference by number");
                    open.last_mut().unwrap().add(&character.to_string());
                }
                Event::DocType(_) => {}
                Event::Eof => break,
                other => panic!("unexpected in a page: {other:?}"),
            }
        }
        assert_eq!(open.len(), 1, "every element ends");
        open.pop().unwrap()
    }

    fn begun(start: &BytesStart<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned();
            (text(attribute.key.as_ref()), value)
        };
        let attributes = start.attributes().map(|found| attribute(found.unwrap())).collect();
        Self { name: text(start.name().as_ref()), attributes, children: Vec::new() }
    }

    fn add(&mut self, text: &str) {
        if let Some(Node::Text(before)) = self.children.last_mut() {
            before.push_str(text);
        } else {
            self.children.push(Node::Text(text.to_owned()));
        }
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }

    /// This element and all in it, in the order of the page.
    pub fn all(&self) -> Vec<&Self> {
        let below = self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element.all()),
            Node::Text(_) => None,
        });
        std::iter::once(self).chain(below.flatten()).collect()
    }

    /// Elements of a name below this one.
    pub fn named(&self, name: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.name == name).collect()
    }

    /// The elements of a class below this one.
    pub fn of_class(&self, class: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.attribute("class").split(' ').any(|own| own == class)).collect()
    }

    /// All text in it.
    pub fn text(&self) -> String {
        let text = |child: &Node| match child {
            Node::Element(element) => element.text(),
            Node::Text(text) => text.clone(),
        };
        self.children.iter().map(text).collect()
    }

    /// The cells of a table's body, as they read.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let is_cell = |element: &&Self| ["td", "th"].contains(&element.name.as_str());
        let row =
            |row: &Self| row.all().into_iter().filter(is_cell).map(|cell| cell.text().trim().to_owned()).collect();
        self.named("tbody").iter().flat_map(|body| body.named("tr")).map(row).collect()
    }
}
