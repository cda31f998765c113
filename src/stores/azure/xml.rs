//! The XML of Azure: pages of listings.

use serde::Deserialize;

use super::super::encodings::percent_decoded;

/// An `EnumerationResults`. What a whole one always has is required, so that another document is not taken for an empty page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Results {
    pub(super) blobs: Blobs,
    pub(super) next_marker: String,
}

/// Blobs and directories, mixed as they come.
#[derive(Debug, Deserialize)]
pub(super) struct Blobs {
    #[serde(default, rename = "$value")]
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
pub(super) enum Entry {
    Blob(Blob),
    BlobPrefix(BlobPrefix),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Blob {
    pub(super) name: Name,
    pub(super) properties: Properties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BlobPrefix {
    pub(super) name: Name,
}

#[derive(Debug, Deserialize)]
pub(super) struct Properties {
    #[serde(rename = "Last-Modified")]
    pub(super) last_modified: String,
    #[serde(rename = "Content-Length")]
    pub(super) content_length: u64,
    #[serde(default, rename = "Etag")]
    pub(super) etag: Option<String>,
    #[serde(default, rename = "ResourceType")]
    pub(super) resource_type: Option<String>,
}

/// A name, percent-encoded where XML cannot hold it.
#[derive(Debug, Deserialize)]
pub(super) struct Name {
    #[serde(default, rename = "@Encoded")]
    encoded: Option<String>,
    #[serde(default, rename = "$text")]
    text: String,
}

impl Name {
    /// As the blob is called; one that is no text stays as it came.
    pub(super) fn plain(self) -> String {
        let is_encoded = self.encoded.as_deref() == Some("true");
        let decoded = is_encoded.then(|| percent_decoded(&self.text, false)).flatten();
        decoded.unwrap_or(self.text)
    }
}

/// Reads one page.
///
/// # Errors
/// Why it is none.
pub(super) fn page(body: &[u8]) -> Result<Results, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is no UTF-8".to_owned())?;
    // Azure puts a mark at the beginning.
    quick_xml::de::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://a/\" \
ContainerName=\"c\"><Prefix>x</Prefix><MaxResults>3</MaxResults><Delimiter>/</Delimiter><Blobs><Blob><Name> a&lt; b//发票.jpg </Name>\
<Properties><Creation-Time>Thu, 01 Jul 2021 10:44:59 GMT</Creation-Time><Last-Modified>Thu, 01 Jul 2021 10:44:59 GMT</Last-Modified>\
<Etag>0x8D93C7D4629C227</Etag><Content-Length>8</Content-Length><Content-Type>text/plain</Content-Type><Content-Encoding />\
<Cache-Control /></Properties><OrMetadata /></Blob><BlobPrefix><Name>d/</Name></BlobPrefix><Blob><Name Encoded=\"true\">e%01%2Ff\
</Name><Properties><Last-Modified>Thu, 01 Jul 2021 10:44:59 GMT</Last-Modified><Content-Length>0</Content-Length></Properties>\
</Blob></Blobs><NextMarker>m&amp;1</NextMarker></EnumerationResults>";

    #[test]
    fn names_are_read_to_the_byte() {
        let results = page(PAGE.as_bytes()).unwrap();
        assert_eq!(results.next_marker, "m&1");
        let names: Vec<String> = results
            .blobs
            .entries
            .into_iter()
            .map(|entry| match entry {
                Entry::Blob(blob) => blob.name.plain(),
                Entry::BlobPrefix(prefix) => prefix.name.plain(),
            })
            .collect();
        assert_eq!(names, [" a< b//发票.jpg ", "d/", "e\u{1}/f"]);
    }

    #[test]
    fn what_is_no_listing_is_no_empty_page() {
        for body in [
            "",
            "<html><body>Sign in</body></html>",
            "<EnumerationResults></EnumerationResults>",
            "<EnumerationResults><Blobs/></EnumerationResults>",
            "<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs><NextMarker/></EnumerationResults>",
            &PAGE[..PAGE.len() - 40],
        ] {
            assert!(page(body.as_bytes()).is_err(), "{body}");
        }
        assert!(page(b"<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>").is_ok());
    }
}
