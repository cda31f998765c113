//! The XML of S3: pages of listings.
//!
//! Read event by event: a page has five thousand elements, and is read in half of the time that deriving it takes.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// A `ListBucketResult`, whose texts stand in its body where they can. What a whole one always has is required, so that
/// another document is not taken for an empty page.
#[derive(Debug)]
pub(super) struct ListBucketResult<'b> {
    pub(super) is_truncated: bool,
    pub(super) next_continuation_token: Option<Cow<'b, str>>,
    pub(super) encoding_type: Option<Cow<'b, str>>,
    pub(super) contents: Vec<Content<'b>>,
    pub(super) directories: Vec<Cow<'b, str>>,
}

/// One object of a listing.
#[derive(Debug)]
pub(super) struct Content<'b> {
    pub(super) key: Cow<'b, str>,
    pub(super) size: u64,
    pub(super) last_modified: Cow<'b, str>,
    pub(super) etag: Option<Cow<'b, str>>,
}

/// Reads one page.
///
/// # Errors
/// Why it is none.
pub(super) fn page(body: &[u8]) -> Result<ListBucketResult<'_>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is no UTF-8".to_owned())?;
    let mut xml = Xml(Reader::from_str(text));
    xml.0.config_mut().expand_empty_elements = true;
    xml.child()?.ok_or("has no element")?;
    let page = xml.page()?;
    xml.end()?;
    Ok(page)
}

/// What is left to be read.
struct Xml<'b>(Reader<&'b [u8]>);

impl<'b> Xml<'b> {
    fn page(&mut self) -> Result<ListBucketResult<'b>, String> {
        let (mut is_truncated, mut next_continuation_token, mut encoding_type) = (None, None, None);
        let (mut contents, mut directories) = (Vec::new(), Vec::new());
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                b"IsTruncated" => once(&mut is_truncated, flag(&self.text()?)?)?,
                b"NextContinuationToken" => once(&mut next_continuation_token, self.text()?)?,
                b"EncodingType" => once(&mut encoding_type, self.text()?)?,
                b"Contents" => contents.push(self.content()?),
                b"CommonPrefixes" => directories.push(self.directory()?),
                _ => self.skip(&child)?,
            }
        }
        let is_truncated = is_truncated.ok_or_else(|| missing("IsTruncated"))?;
        Ok(ListBucketResult { is_truncated, next_continuation_token, encoding_type, contents, directories })
    }

    fn content(&mut self) -> Result<Content<'b>, String> {
        let (mut key, mut size, mut last_modified, mut etag) = (None, None, None, None);
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                b"Key" => once(&mut key, self.text()?)?,
                b"Size" => once(&mut size, number(&self.text()?)?)?,
                b"LastModified" => once(&mut last_modified, self.text()?)?,
                b"ETag" => once(&mut etag, self.text()?)?,
                _ => self.skip(&child)?,
            }
        }
        Ok(Content {
            key: key.ok_or_else(|| missing("Key"))?,
            size: size.ok_or_else(|| missing("Size"))?,
            last_modified: last_modified.ok_or_else(|| missing("LastModified"))?,
            etag,
        })
    }

    fn directory(&mut self) -> Result<Cow<'b, str>, String> {
        let mut prefix = None;
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                b"Prefix" => once(&mut prefix, self.text()?)?,
                _ => self.skip(&child)?,
            }
        }
        prefix.ok_or_else(|| missing("Prefix"))
    }

    /// The start of the next element in the one that was begun last; `None`: that ends.
    fn child(&mut self) -> Result<Option<BytesStart<'b>>, String> {
        loop {
            match self.event()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err("ends in the middle".to_owned()),
                _ => {}
            }
        }
    }

    /// The text of the element that was begun last, to the byte, up to its end.
    fn text(&mut self) -> Result<Cow<'b, str>, String> {
        let mut text = Cow::Borrowed("");
        loop {
            let part = match self.event()? {
                Event::Text(part) => part.xml10_content().map_err(said)?,
                Event::CData(part) => part.xml10_content().map_err(said)?,
                Event::GeneralRef(reference) => Cow::Owned(resolved(&reference)?),
                Event::End(_) => return Ok(text),
                Event::Start(_) => return Err("has an element within a text".to_owned()),
                Event::Eof => return Err("ends in the middle".to_owned()),
                _ => continue,
            };
            if text.is_empty() {
                text = part;
            } else {
                text.to_mut().push_str(&part);
            }
        }
    }

    fn skip(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        self.0.read_to_end(start.name()).map(drop).map_err(said)
    }

    /// Fails where anything stands behind the outermost element.
    fn end(&mut self) -> Result<(), String> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Start(_) => return Err("has an element behind its end".to_owned()),
                _ => {}
            }
        }
    }

    fn event(&mut self) -> Result<Event<'b>, String> {
        self.0.read_event().map_err(said)
    }
}

/// Keeps what there is one of. Of two, neither can be trusted: that there is no more, or which key it is.
fn once<T>(kept: &mut Option<T>, value: T) -> Result<(), String> {
    if kept.replace(value).is_some() { Err("has an element twice that there is once".to_owned()) } else { Ok(()) }
}

/// No entity is expanded but those that XML itself has.
fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(char) = reference.resolve_char_ref().map_err(said)? {
        return Ok(char.to_string());
    }
    let name = reference.decode().map_err(said)?;
    resolve_predefined_entity(&name).map(str::to_owned).ok_or_else(|| format!("has the entity {name:?}"))
}

fn flag(text: &str) -> Result<bool, String> {
    text.trim().to_ascii_lowercase().parse().map_err(|_| format!("has {text:?} in place of true or false"))
}

fn number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("has {text:?} in place of a number"))
}

fn missing(element: &str) -> String {
    format!("has no {element} where there always is one")
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/><KeyCount>3</KeyCount>
<MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>
<Contents><Key> a&lt;&#32;b&#x1;'c'.jpg </Key><LastModified>2025-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;abc&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass><Owner><ID>x</ID></Owner></Contents>
<Contents><Key>发票//<![CDATA[1]]></Key><Size>0</Size><LastModified>2025-01-01T00:00:00Z</LastModified></Contents>
<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes></ListBucketResult>"#;

    #[test]
    fn keys_are_read_to_the_byte() {
        let page = page(PAGE.as_bytes()).unwrap();
        assert_eq!(page.contents[0].key, " a< b\u{1}'c'.jpg ");
        assert_eq!(page.contents[0].etag.as_deref(), Some("\"abc\""));
        assert_eq!(page.contents[1].key, "发票//1");
        assert_eq!(page.directories, ["d/"]);
        assert_eq!((page.is_truncated, page.next_continuation_token.as_deref()), (true, Some("t&1")));
    }

    #[test]
    fn what_is_no_listing_is_no_empty_page() {
        for body in [
            "",
            "<html><body>Sign in</body></html>",
            "{}",
            "<ListBucketResult></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>perhaps</IsTruncated></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated><CommonPrefixes/></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult><ListBucketResult/>",
            "<ListBucketResult><IsTruncated>false</IsTruncated></Other>",
            "<ListBucketResult><IsTruncated>true</IsTruncated><IsTruncated>false</IsTruncated></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false<b/></IsTruncated></ListBucketResult>",
            &PAGE.replace(
                "<Prefix>d/</Prefix></CommonPrefixes>",
                "<Prefix>d/</Prefix><Prefix>e/</Prefix></CommonPrefixes>",
            ),
            &PAGE.replace("<Size>0</Size>", "<Size>0</Size><Key>b</Key>"),
            &PAGE[..PAGE.len() - 40],
        ] {
            assert!(page(body.as_bytes()).is_err(), "{body}");
        }
        assert!(page(&[0xFF]).is_err());
    }

    #[test]
    fn a_page_is_read_whatever_stands_around_what_is_looked_for() {
        let page = "\n<s:ListBucketResult xmlns:s=\"urn:s3\"><!-- new --><s:Owner><s:Key>no</s:Key><IsTruncated>true</IsTruncated>\
            </s:Owner><s:IsTruncated> False\n</s:IsTruncated><Contents><Size> 7 </Size><Owner><Key>no</Key></Owner>\
            <Key>a\r\nb<!-- new --></Key><LastModified>d</LastModified><ETag/></Contents>\
            <CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>e&amp;/</Prefix></CommonPrefixes>\
            </s:ListBucketResult>\n";
        let page = super::page(page.as_bytes()).unwrap();
        assert!(!page.is_truncated);
        let Content { key, size, last_modified, etag } = &page.contents[0];
        // As XML has it: a line ends in one character, and what is another is written as a reference.
        assert_eq!((&**key, *size, &**last_modified, etag.as_deref()), ("a\nb", 7, "d", Some("")));
        assert_eq!(page.directories, ["d/", "e&/"]);
    }

    #[test]
    fn entities_do_not_explode() {
        let bomb = "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;\">]><ListBucketResult>\
                    <IsTruncated>false</IsTruncated><NextContinuationToken>&b;</NextContinuationToken>\
                    </ListBucketResult>";
        assert!(page(bomb.as_bytes()).is_err());
    }
}
