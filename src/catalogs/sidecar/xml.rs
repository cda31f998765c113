//! Sidecars of XML. No entity is expanded but those that XML itself has, and nothing is fetched.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::catalogs::table::shown;

use super::xml_paths::XmlPath;
use super::xml_text::text;

/// Elements within each other.
const DEPTH: usize = 64;

/// Attributes of one element; each is compared with those before it.
const ATTRIBUTES: usize = 256;

/// The values at the paths of a document; of elements with one path the first counts.
///
/// # Errors
/// What is no well-formed XML, or needs what is not read.
pub(super) fn values(bytes: &[u8], paths: &[String]) -> Result<Vec<Option<String>>, String> {
    let text = text(bytes)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk {
        paths: paths.iter().map(|path| XmlPath::new(path)).collect(),
        found: vec![None; paths.len()],
        ..Walk::default()
    };
    loop {
        let event = reader.read_event();
        let step = event.map_err(|error| error.to_string()).and_then(|event| walk.step(&event));
        match step {
            Ok(true) => {}
            Ok(false) => break,
            Err(why) => {
                return Err(format!(
                    "the sidecar is not the XML that is read: line {}: {why}",
                    line(&text, reader.buffer_position())
                ));
            }
        }
    }
    walk.end()
}

/// What is open and what was found.
#[derive(Default)]
struct Walk<'p> {
    paths: Vec<XmlPath<'p>>,
    found: Vec<Option<String>>,
    open: Vec<Open>,
    roots: usize,
}

/// An element whose end has not come yet.
struct Open {
    name: String,
    text: String,
    /// The paths that lead to it and have no value yet.
    wanted: Vec<usize>,
}

impl Walk<'_> {
    /// Takes the next event; `false`: it was the end.
    fn step(&mut self, event: &Event<'_>) -> Result<bool, String> {
        match event {
            Event::Start(start) => self.start(start)?,
            Event::End(_) => self.close(),
            Event::Text(text) => self.keep(&text.xml10_content().map_err(|error| error.to_string())?)?,
            Event::CData(text) => self.keep(&text.decode().map_err(|error| error.to_string())?)?,
            Event::GeneralRef(reference) => {
                let text = resolved(reference)?;
                self.keep(&text)?;
            }
            Event::Eof => return Ok(false),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        Ok(true)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() == DEPTH {
            return Err(format!("elements stand more than {DEPTH} deep in each other"));
        }
        self.roots += usize::from(self.open.is_empty());
        let name = local(start.local_name().as_ref());
        self.open.push(Open { name, text: String::new(), wanted: Vec::new() });
        let names: Vec<&str> = self.open.iter().map(|open| open.name.as_str()).collect();
        let leads = |index: &usize| self.found[*index].is_none() && self.paths[*index].leads_to(&names);
        let wanted: Vec<usize> = (0..self.paths.len()).filter(leads).collect();
        self.attributes(start, &wanted)?;
        let texts = wanted.into_iter().filter(|index| self.paths[*index].attribute().is_none()).collect();
        if let Some(open) = self.open.last_mut() {
            open.wanted = texts;
        }
        Ok(())
    }

    fn attributes(&mut self, start: &BytesStart<'_>, wanted: &[usize]) -> Result<(), String> {
        for (count, attribute) in start.attributes().enumerate() {
            if count == ATTRIBUTES {
                return Err(format!("an element has more than {ATTRIBUTES} attributes"));
            }
            let attribute = attribute.map_err(|error| format!("an attribute: {error}"))?;
            let name = local(attribute.key.local_name().as_ref());
            for index in wanted.iter().filter(|index| self.paths[**index].attribute() == Some(&name)) {
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|error| format!("the attribute {}: {error}", shown(&name)))?;
                self.found[*index].get_or_insert_with(|| value.into_owned());
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        for index in open.wanted {
            self.found[index].get_or_insert_with(|| open.text.trim().to_owned());
        }
    }

    /// Text belongs into an element, but for white space.
    fn keep(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(open) if !open.wanted.is_empty() => open.text.push_str(text),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => return Err("text stands outside the outermost element".to_owned()),
        }
        Ok(())
    }

    fn end(self) -> Result<Vec<Option<String>>, String> {
        match (self.open.last(), self.roots) {
            (Some(open), _) => Err(format!("the sidecar was cut off: its element {} does not end", shown(&open.name))),
            (None, 1) => Ok(self.found),
            (None, 0) => Err("the sidecar has no element of XML".to_owned()),
            (None, _) => Err("the sidecar has more than one outermost element".to_owned()),
        }
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(char) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(char.to_string());
    }
    let name = reference.decode().map_err(|error| error.to_string())?;
    match resolve_predefined_entity(&name) {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("the entity &{}; is not expanded; write the text itself", shown(&name))),
    }
}

fn local(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn line(text: &str, position: u64) -> usize {
    let position = usize::try_from(position).unwrap_or(usize::MAX).min(text.len());
    1 + text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str, paths: &[&str]) -> Result<Vec<Option<String>>, String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        values(xml.as_bytes(), &paths)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn texts_and_attributes_are_found_without_regard_to_namespaces() {
        let xml = "<?xml version=\"1.0\"?>\n<!DOCTYPE i:invoice>\n<i:invoice xmlns:i=\"urn:x\" i:number=\"A&amp;B\">
            <i:header><company> 上海 &lt;&#20013;<![CDATA[<&>]]> </company><company>other</company></i:header><empty/></i:invoice>";
        let paths =
            ["invoice/header/company", "header.company", "invoice.@number", "@number", "empty", "none", "empty/@a"];
        let expected = ["上海 <中<&>", "上海 <中<&>", "A&B", "A&B", ""].map(some);
        assert_eq!(read(xml, &paths).unwrap(), [&expected[..], &[None, None]].concat());
    }

    #[test]
    fn text_of_inner_elements_is_not_that_of_outer_ones() {
        assert_eq!(read("<a>x<b>y</b>z</a>", &["a", "b"]).unwrap(), [some("xz"), some("y")]);
    }

    #[test]
    fn no_entity_is_expanded() {
        let bomb = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
        assert!(read(bomb, &["a"]).unwrap_err().contains("&x; is not expanded"));
        let attribute = "<!DOCTYPE a [<!ENTITY x \"y\">]><a b=\"&x;\"/>";
        assert!(read(attribute, &["@b"]).is_err());
    }

    #[test]
    fn what_is_not_well_formed_says_why_and_where() {
        for (xml, about) in [
            ("", "no element"),
            ("<a>", "does not end"),
            ("<a/><b/>", "more than one"),
            ("<a/>x", "outside"),
            ("<a>\n<b></a>", "line 2"),
            ("<a b='1' b='2'/>", "attribute"),
            ("<a>&#0;</a>", "line 1"),
        ] {
            let message = read(xml, &["a"]).unwrap_err();
            assert!(message.contains(about), "{xml}: {message}");
        }
        let deep = |depth| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(read(&deep(64), &["b"]).is_ok());
        assert!(read(&deep(65), &["b"]).unwrap_err().contains("64 deep"));
        let many: String = (0..300).map(|number| format!(" a{number}=''")).collect();
        assert!(read(&format!("<a{many}/>"), &["b"]).unwrap_err().contains("256 attributes"));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let xml =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"c&amp;\"><!-- d --><e>&#x4e2d;<![CDATA[f]]></e></a>"
                .as_bytes();
        let paths = ["e".to_owned(), "@b".to_owned()];
        for at in 0..xml.len() {
            let _ = values(&xml[..at], &paths);
            for byte in [0, b'<', b'&', b'"', 0xff] {
                let mut changed = xml.to_vec();
                changed[at] = byte;
                let _ = values(&changed, &paths);
            }
        }
    }
}
