//! The XML of WebDAV: what is in a directory.

use serde::Deserialize;

/// A `multistatus`, whatever prefix its names have.
#[derive(Debug, Deserialize)]
#[serde(rename = "multistatus")]
struct MultiStatus {
    #[serde(default, rename = "response")]
    responses: Vec<Response>,
}

/// One file or directory.
#[derive(Debug, Deserialize)]
struct Response {
    href: String,
    #[serde(default, rename = "propstat")]
    found: Vec<PropStat>,
}

#[derive(Debug, Deserialize)]
struct PropStat {
    prop: Prop,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
struct Prop {
    #[serde(default)]
    getlastmodified: Option<String>,
    #[serde(default)]
    getcontentlength: Option<String>,
    #[serde(default)]
    getetag: Option<String>,
    #[serde(default)]
    resourcetype: Option<ResourceType>,
}

#[derive(Debug, Deserialize)]
struct ResourceType {
    #[serde(default)]
    collection: Option<serde::de::IgnoredAny>,
}

/// What a directory's listing says of one name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Where it is, as it was sent.
    pub(super) href: String,
    pub(super) is_directory: bool,
    pub(super) size: Option<u64>,
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
}

/// Reads what is in a directory, the directory itself among it.
///
/// # Errors
/// Why it is no such answer.
pub(super) fn listed(body: &[u8]) -> Result<Vec<Listed>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is no UTF-8".to_owned())?;
    if !text.contains("multistatus") {
        return Err("is no multistatus".to_owned());
    }
    let found: MultiStatus =
        quick_xml::de::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    // A directory is at least in its own listing.
    if found.responses.is_empty() {
        return Err("holds not even the directory".to_owned());
    }
    Ok(found.responses.into_iter().map(one).collect())
}

fn one(response: Response) -> Listed {
    let known = response.found.into_iter().find(|found| found.status.contains(" 200"));
    let prop = known.map(|found| found.prop).unwrap_or_default();
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Listed {
        href: response.href.trim().to_owned(),
        is_directory: prop.resourcetype.is_some_and(|kind| kind.collection.is_some()),
        size: prop.getcontentlength.and_then(|size| size.trim().parse().ok()),
        etag: given(prop.getetag),
        modified: given(prop.getlastmodified),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Apache writes it.
    const BODY: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:"><D:response xmlns:lp1="DAV:"><D:href>/dav/</D:href><D:propstat><D:prop>
<lp1:resourcetype><D:collection/></lp1:resourcetype><lp1:getlastmodified>Thu, 01 Jul 2021 10:44:59 GMT</lp1:getlastmodified>
</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
<D:response><D:href>/dav/a%20b.jpg</D:href><D:propstat><D:prop><lp1:resourcetype/><lp1:getcontentlength>5</lp1:getcontentlength>
<lp1:getetag>"5-1"</lp1:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop>
<D:quota/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response></D:multistatus>"#;

    #[test]
    fn files_and_directories_are_told_apart() {
        let listed = listed(BODY.as_bytes()).unwrap();
        assert!(listed[0].is_directory && listed[0].href == "/dav/");
        let file = &listed[1];
        assert_eq!((file.is_directory, file.size, file.etag.as_deref()), (false, Some(5), Some("\"5-1\"")));
    }

    #[test]
    fn what_is_no_listing_is_no_empty_directory() {
        let empty = "<D:multistatus xmlns:D=\"DAV:\"></D:multistatus>";
        for body in ["", "<html><body>Sign in</body></html>", empty, &BODY[..BODY.len() - 30]] {
            assert!(listed(body.as_bytes()).is_err(), "{body}");
        }
    }
}
