//! Pages of a container, with exact names.
//!
//! `object_store` would end a listing with an error at a name such as `a//b`, take the slash from `dir/`, and leave out names
//! no longer than the prefix.

use http::Method;
use jiff::fmt::rfc2822;
use object_store::client::HttpRequestBody;

use super::super::encodings::query_encoded;
use super::super::http::{Nonsense, ask};
use super::super::keys::azure_address;
use super::super::listing::{Page, Query};
use super::open::Azure;
use super::xml::{self, Blob, Entry, Results};
use crate::model::document::SourceObject;

/// Lists one page; its keys are whole names of the container.
pub(in super::super) async fn list_page(azure: &Azure, query: &Query<'_>) -> object_store::Result<Page> {
    let empty = HttpRequestBody::empty();
    let request = azure.request(Method::GET, &url(azure, query), empty, |_| Ok(())).await?;
    let (_, body) = ask(&azure.client, request).await?;
    let results = xml::page(&body).map_err(|why| Nonsense(format!("no page of a listing: {why}")))?;
    Ok(page(results, query)?)
}

fn url(azure: &Azure, query: &Query<'_>) -> String {
    let mut url = format!("{}?restype=container&comp=list&maxresults={}", azure.url, query.max_keys);
    let mut add = |name: &str, value: &str| url.extend(["&", name, "=", &query_encoded(value)]);
    if !query.prefix.is_empty() {
        add("prefix", query.prefix);
    }
    if query.by_directory {
        add("delimiter", "/");
    }
    if let Some(token) = query.token {
        add("marker", token);
    }
    url
}

fn page(results: Results, query: &Query<'_>) -> Result<Page, Nonsense> {
    let next = Some(results.next_marker).filter(|marker| !marker.is_empty());
    if next.is_some() && next.as_deref() == query.token {
        return Err(Nonsense("the marker of the next page is that of this one".to_owned()));
    }
    let mut page = Page { next, requests: 1, ..Page::default() };
    for entry in results.blobs.entries {
        match entry {
            Entry::Blob(blob) => add_blob(&mut page, blob, query)?,
            Entry::BlobPrefix(prefix) => {
                let name = prefix.name.plain();
                if !name.starts_with(query.prefix) || !name.ends_with('/') {
                    return Err(Nonsense(format!("directory {name:?} is none below {:?}", query.prefix)));
                }
                page.directories.push(name);
            }
        }
    }
    Ok(page)
}

fn add_blob(page: &mut Page, blob: Blob, query: &Query<'_>) -> Result<(), Nonsense> {
    // A directory of an account that has real ones; what is in it is listed by itself.
    if blob.properties.resource_type.as_deref() == Some("directory") {
        return Ok(());
    }
    let object = object(blob, query)?;
    match azure_address(&object.key) {
        Ok(_) => page.objects.push(object),
        Err(why) => page.unaddressable.push((object, why)),
    }
    Ok(())
}

fn object(blob: Blob, query: &Query<'_>) -> Result<SourceObject, Nonsense> {
    let Blob { name, properties } = blob;
    let key = name.plain();
    let Some(below) = key.strip_prefix(query.prefix) else {
        return Err(Nonsense(format!("blob {key:?} does not start with {:?}", query.prefix)));
    };
    if query.by_directory && below.contains('/') {
        return Err(Nonsense(format!("blob {key:?} lies below a directory that was to be listed as one")));
    }
    let date = &properties.last_modified;
    let modified = rfc2822::parse(date).map_err(|_| Nonsense(format!("blob {key:?} has the date {date:?}")))?;
    let etag = properties.etag.filter(|etag| !etag.is_empty());
    Ok(SourceObject { key, size: properties.content_length, etag, modified: modified.timestamp() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROPERTIES: &str =
        "<Last-Modified>Thu, 01 Jul 2021 10:44:59 GMT</Last-Modified><Content-Length>8</Content-Length>";

    fn blob(name: &str, more: &str) -> String {
        format!("<Blob><Name>{name}</Name><Properties>{PROPERTIES}{more}</Properties></Blob>")
    }

    fn read(entries: &str, next: &str, prefix: &str, by_directory: bool) -> Result<Page, String> {
        let body =
            format!("<EnumerationResults><Blobs>{entries}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>");
        let query = Query { prefix, by_directory, token: Some("t"), after: None, max_keys: 1000 };
        page(xml::page(body.as_bytes())?, &query).map_err(|Nonsense(why)| why)
    }

    #[test]
    fn names_that_no_get_can_ask_for_are_named_and_directories_are_no_blobs() {
        let names = ["a.jpg", "a//b.jpg", "dir/", "x/../y", "a\\b"].map(|name| blob(name, ""));
        let directory = blob("folder", "<ResourceType>directory</ResourceType>");
        let page = read(&(names.concat() + &directory), "", "", false).unwrap();
        assert_eq!(page.objects.len(), 1);
        let odd: Vec<_> = page.unaddressable.iter().map(|(object, _)| object.key.as_str()).collect();
        assert_eq!(odd, ["a//b.jpg", "dir/", "x/../y", "a\\b"]);
    }

    #[test]
    fn a_short_listing_is_never_taken_for_a_whole_one() {
        for (entries, next, prefix, by_directory) in [
            (String::new(), "t", "", false),
            (blob("b/1", ""), "", "a/", false),
            (blob("a/b/1", ""), "", "a/", true),
            ("<BlobPrefix><Name>b/</Name></BlobPrefix>".to_owned(), "", "a/", true),
            ("<Blob><Name>a</Name><Properties><Last-Modified>now</Last-Modified><Content-Length>1</Content-Length></Properties></Blob>".to_owned(), "", "", false),
        ] {
            assert!(read(&entries, next, prefix, by_directory).is_err(), "{entries}");
        }
    }
}
