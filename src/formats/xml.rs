//! XML: whether it is well-formed, and the number of the invoice that it is. No entity is ever expanded, nothing is fetched.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::model::facts::{FileFacts, InvoiceId};

/// Bytes of XML that are read; an e-invoice has ten thousand.
pub(super) const XML_BYTES: usize = 8 << 20;

/// Elements within each other; invoices have ten.
const DEPTH: usize = 256;

/// Attributes of one element; invoices have a dozen.
const ATTRIBUTES: usize = 256;

/// Bytes of text that are kept of one element.
const TEXT: usize = 4096;

/// Names of elements with the number of an invoice (发票号码), and what else one may be told by.
const NUMBERS: [&str; 3] = ["InvoiceNumber", "InvoiceNo", "EIid"];
const CODES: [&str; 1] = ["InvoiceCode"];

/// An element at its end.
pub(super) struct Element<'a> {
    /// Its name without the prefix.
    pub(super) name: &'a str,
    /// Its own text, as far as it is kept.
    pub(super) text: &'a str,
    attributes: &'a [(String, String)],
}

impl Element<'_> {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

/// Looks at XML that is in memory.
pub(super) fn look(bytes: &[u8], facts: &mut FileFacts) {
    if bytes.len() > XML_BYTES {
        return;
    }
    let (mut number, mut code) = (None, None);
    let walked = walk(bytes, &mut |element| {
        let value = element.text.trim();
        if value.is_empty() {
            return;
        }
        if NUMBERS.contains(&element.name) {
            number.get_or_insert_with(|| value.to_owned());
        } else if CODES.contains(&element.name) {
            code.get_or_insert_with(|| value.to_owned());
        }
    });
    match walked {
        Ok(()) => facts.invoice = number.map(|number| InvoiceId { code, number }),
        Err(reason) => facts.unreadable = Some(reason),
    }
}

/// An element whose end has not come yet.
struct Open {
    name: String,
    text: String,
    attributes: Vec<(String, String)>,
}

/// Goes through a document, showing each element at its end.
///
/// # Errors
/// Why it is not well-formed.
pub(super) fn walk(bytes: &[u8], show: &mut dyn FnMut(&Element<'_>)) -> Result<(), String> {
    let text = utf8(bytes);
    let mut reader = Reader::from_reader(&*text);
    reader.config_mut().expand_empty_elements = true;
    let (mut open, mut roots): (Vec<Open>, u32) = (Vec::new(), 0);
    loop {
        match reader.read_event().map_err(|error| format!("line {}: {error}", line(&text, reader.error_position())))? {
            Event::Start(start) => {
                if open.len() == DEPTH {
                    return Err(format!("elements stand more than {DEPTH} deep in each other"));
                }
                roots += u32::from(open.is_empty());
                open.push(opened(&start)?);
            }
            Event::End(_) => {
                let Some(Open { name, text, attributes }) = open.pop() else { break };
                show(&Element { name: &name, text: &text, attributes: &attributes });
            }
            Event::Text(text) => keep(open.last_mut(), &text)?,
            Event::CData(text) => keep(open.last_mut(), &text)?,
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::GeneralRef(_) => {}
        }
    }
    match (open.last(), roots) {
        (Some(element), _) => Err(format!("the element {} does not end", element.name)),
        (None, 1) => Ok(()),
        (None, 0) => Err("it has no element".to_owned()),
        (None, _) => Err("it has more than one outermost element".to_owned()),
    }
}

fn opened(start: &BytesStart<'_>) -> Result<Open, String> {
    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        // Each is compared with those before it.
        if attributes.len() == ATTRIBUTES {
            return Err(format!("the element {name} has more than {ATTRIBUTES} attributes"));
        }
        let attribute = attribute.map_err(|error| format!("an attribute of {name}: {error}"))?;
        let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        attributes.push((key, String::from_utf8_lossy(&attribute.value).into_owned()));
    }
    Ok(Open { name, text: String::new(), attributes })
}

/// Text belongs into an element, but for white space.
fn keep(open: Option<&mut Open>, text: &[u8]) -> Result<(), String> {
    match open {
        Some(open) if open.text.len() < TEXT => {
            let kept = &text[..text.len().min(TEXT)];
            open.text.push_str(&String::from_utf8_lossy(kept));
        }
        Some(_) => {}
        None if text.trim_ascii().is_empty() || text == b"\xef\xbb\xbf" => {}
        None => return Err("text stands outside the outermost element".to_owned()),
    }
    Ok(())
}

/// UTF-16 by its mark; every other encoding has ASCII where marks of XML stand.
fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let decode = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => decode(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        bytes => Cow::Borrowed(bytes),
    }
}

fn line(text: &[u8], position: u64) -> usize {
    let position = usize::try_from(position).unwrap_or(text.len()).min(text.len());
    memchr::memchr_iter(b'\n', &text[..position]).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> FileFacts {
        let mut facts = FileFacts::default();
        look(text.as_bytes(), &mut facts);
        facts
    }

    #[test]
    fn the_number_of_an_invoice_is_found_whatever_its_prefix() {
        let text = "<?xml version=\"1.0\"?><EInvoice><fp:InvoiceCode>044</fp:InvoiceCode>\
                    <fp:InvoiceNo><![CDATA[ 12345678 ]]></fp:InvoiceNo></EInvoice>";
        let id = InvoiceId { code: Some("044".to_owned()), number: "12345678".to_owned() };
        assert_eq!(facts(text).invoice, Some(id));
        assert_eq!(facts("<a><InvoiceNo/></a>").invoice, None);
    }

    #[test]
    fn what_is_not_well_formed_is_said() {
        for (text, reason) in [
            ("<a><b></a>", "line 1"),
            ("<a>", "does not end"),
            ("<a/><b/>", "more than one"),
            ("<!-- nothing -->", "no element"),
            ("<a/>text", "outside"),
            ("<a x='1' x='2'/>", "attribute"),
        ] {
            let found = facts(text).unreadable.unwrap_or_default();
            assert!(found.contains(reason), "{text}: {found}");
        }
        assert!(facts(&"<a>".repeat(1000)).unreadable.unwrap().contains("deep"));
    }

    #[test]
    fn entities_are_never_expanded() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"&c;&c;\"><!ENTITY c \"ha\">]><a>&b;&b;</a>";
        assert_eq!(facts(laughs).unreadable, None);
    }
}
