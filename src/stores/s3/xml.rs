//! The XML of S3: pages of listings.

use serde::Deserialize;

/// A `ListBucketResult`. What a whole one always has is required, so that another document is not taken for an empty page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListBucketResult {
    pub(super) is_truncated: bool,
    #[serde(default)]
    pub(super) next_continuation_token: Option<String>,
    #[serde(default)]
    pub(super) encoding_type: Option<String>,
    #[serde(default)]
    pub(super) contents: Vec<Content>,
    #[serde(default)]
    pub(super) common_prefixes: Vec<CommonPrefix>,
}

/// One object of a listing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Content {
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) last_modified: String,
    #[serde(default, rename = "ETag")]
    pub(super) etag: Option<String>,
}

/// One directory of a listing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CommonPrefix {
    pub(super) prefix: String,
}

/// Reads one page.
///
/// # Errors
/// Why it is none.
pub(super) fn page(body: &[u8]) -> Result<ListBucketResult, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is no UTF-8".to_owned())?;
    quick_xml::de::from_str(text).map_err(|error| error.to_string())
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
        assert_eq!(page.common_prefixes[0].prefix, "d/");
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
            &PAGE[..PAGE.len() - 40],
        ] {
            assert!(page(body.as_bytes()).is_err(), "{body}");
        }
        assert!(page(&[0xFF]).is_err());
    }

    #[test]
    fn entities_do_not_explode() {
        let bomb = "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;\">]><ListBucketResult>\
                    <IsTruncated>false</IsTruncated><NextContinuationToken>&b;</NextContinuationToken>\
                    </ListBucketResult>";
        assert!(page(bomb.as_bytes()).is_err());
    }
}
