//! The text of XML in whichever encoding it says that it is written.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// Bytes in which a declaration would stand.
const DECLARATION: usize = 256;

/// The document as text: by its byte order mark, or by its declaration, or as UTF-8.
///
/// # Errors
/// An encoding that is not known, and bytes that are not of it.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None => (declared(bytes)?, 0),
    };
    encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]).ok_or_else(|| {
        format!("the sidecar is not {}, which it says or should be; correct its declaration", encoding.name())
    })
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding, String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION)]);
    let declaration =
        head.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or("", |(inside, _)| inside);
    let Some((_, value)) = declaration.split_once("encoding") else { return Ok(encoding_rs::UTF_8) };
    let value = value.trim_start().trim_start_matches('=').trim_start();
    let label = value.split(['"', '\'']).nth(1).unwrap_or_default();
    let known = Encoding::for_label(label.as_bytes());
    // A declaration that can be read as ASCII is not UTF-16, whatever it says.
    let known = known.map(|known| if known.is_ascii_compatible() { known } else { encoding_rs::UTF_8 });
    known.ok_or_else(|| format!("the encoding {label:?} is not known; write the sidecar anew as UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_or_a_declaration_tells_the_encoding() {
        let utf_16: Vec<u8> = "\u{feff}<a>单</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf_16).unwrap(), "<a>单</a>");
        assert_eq!(text("\u{feff}<a>单</a>".as_bytes()).unwrap(), "<a>单</a>");
        let (gbk, ..) = encoding_rs::GBK.encode("<?xml version='1.0' encoding = 'GB2312'?><a>单</a>");
        assert!(text(&gbk).unwrap().ends_with("<a>单</a>"));
        assert!(text("<?xml encoding=\"UTF-16\"?><a>单</a>".as_bytes()).unwrap().ends_with("单</a>"));
    }

    #[test]
    fn what_is_not_as_it_says_is_refused() {
        assert!(text(b"<a>\xb5\xa5</a>").unwrap_err().contains("not UTF-8"));
        assert!(text(b"<?xml encoding='klingon'?><a/>").unwrap_err().contains("klingon"));
    }
}
