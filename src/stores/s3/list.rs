//! ListObjectsV2, with exact keys.
//!
//! `object_store` ends a listing with an error at a key such as `a//b`, and takes the slash from `dir/`. Here a page holds
//! every key as it is. Names are asked for as they are, since servers exist that announce URL encoding and do not encode; only
//! where a page cannot be read so (characters that XML cannot hold) is it asked for again, encoded.

use std::borrow::Cow;

use bytes::Bytes;
use jiff::Timestamp;

use super::super::encodings::{percent_decoded, query_encoded};
use super::super::http::{self, Nonsense};
use super::super::keys::{MAX_KEY, address};
use super::super::listing::{Page, Query};
use super::bucket::Bucket;
use super::xml::{self, Content, ListBucketResult};
use crate::model::document::SourceObject;

/// Lists one page; its keys are whole keys of the bucket.
pub(in super::super) async fn list_page(bucket: &Bucket, query: &Query<'_>) -> object_store::Result<Page> {
    let body = ask(bucket, query, false).await?;
    if let Some(result) = xml::page(&body).ok().filter(is_exact) {
        return Ok(page(result, query, 1)?);
    }
    let body = ask(bucket, query, true).await?;
    let result = xml::page(&body).map_err(|why| Nonsense(format!("no page of a listing: {why}")))?;
    // Before it is decoded: the mark may be part of a name, and is then encoded like the rest of it.
    let is_exact = is_exact(&result);
    let page = page(decoded(result), query, 2)?;
    Ok(Page { in_order: page.in_order && is_exact, ..page })
}

/// Whether no name shows the mark that servers put where XML cannot hold a character.
fn is_exact(result: &ListBucketResult<'_>) -> bool {
    let names = result.contents.iter().map(|content| &content.key);
    !names.chain(&result.directories).any(|name| name.contains('\u{FFFD}'))
}

/// Decodes names where the server says that they are encoded. A name that then is no text stays as it came.
fn decoded(mut result: ListBucketResult<'_>) -> ListBucketResult<'_> {
    if result.encoding_type.as_deref() == Some("url") {
        let names = result.contents.iter_mut().map(|content| &mut content.key);
        for name in names.chain(&mut result.directories) {
            if let Some(plain) = percent_decoded(name, true) {
                *name = plain.into();
            }
        }
    }
    result
}

async fn ask(bucket: &Bucket, query: &Query<'_>, encoded: bool) -> object_store::Result<Bytes> {
    let request = bucket.request(&format!("{}{}", bucket.url, query_of(query, encoded))).await?;
    Ok(http::ask(&bucket.client, request).await?.1)
}

fn query_of(query: &Query<'_>, encoded: bool) -> String {
    let mut url = format!("?list-type=2&max-keys={}", query.max_keys);
    let mut add = |name: &str, value: &str| url.extend(["&", name, "=", &query_encoded(value)]);
    if !query.prefix.is_empty() {
        add("prefix", query.prefix);
    }
    if query.by_directory {
        add("delimiter", "/");
    }
    match (query.token, query.after) {
        (Some(token), _) => add("continuation-token", token),
        (None, Some(after)) => add("start-after", after),
        (None, None) => {}
    }
    if encoded {
        add("encoding-type", "url");
    }
    url
}

fn page(result: ListBucketResult<'_>, query: &Query<'_>, requests: u64) -> Result<Page, Nonsense> {
    let in_order = result.contents.is_sorted_by(|one, next| one.key < next.key);
    let mut page = Page { next: next(&result, query)?, in_order, requests, ..Page::default() };
    for content in result.contents {
        let object = object(content, query)?;
        match address(&object.key, MAX_KEY) {
            Ok(_) => page.objects.push(object),
            Err(why) => page.unaddressable.push((object, why)),
        }
    }
    for name in result.directories {
        if !name.starts_with(query.prefix) || !name.ends_with('/') {
            return Err(Nonsense(format!("directory {name:?} is none below {:?}", query.prefix)));
        }
        page.directories.push(name.into_owned());
    }
    Ok(page)
}

fn next(result: &ListBucketResult<'_>, query: &Query<'_>) -> Result<Option<String>, Nonsense> {
    if !result.is_truncated {
        return Ok(None);
    }
    match result.next_continuation_token.as_deref() {
        None | Some("") => Err(Nonsense("there is more, and no token to ask for it".to_owned())),
        token if token == query.token => Err(Nonsense("the token for the next page is that of this one".to_owned())),
        Some(token) => Ok(Some(token.to_owned())),
    }
}

fn object(content: Content<'_>, query: &Query<'_>) -> Result<SourceObject, Nonsense> {
    let Content { key, size, last_modified, etag } = content;
    let Some(below) = key.strip_prefix(query.prefix) else {
        return Err(Nonsense(format!("key {key:?} does not start with {:?}", query.prefix)));
    };
    if query.by_directory && below.contains('/') {
        return Err(Nonsense(format!("key {key:?} lies below a directory that was to be listed as one")));
    }
    let modified: Timestamp =
        last_modified.parse().map_err(|_| Nonsense(format!("key {key:?} has the date {last_modified:?}")))?;
    let etag = etag.filter(|etag| !etag.is_empty()).map(Cow::into_owned);
    Ok(SourceObject { key: key.into_owned(), size, etag, modified })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "<LastModified>2025-01-01T00:00:00.000Z</LastModified><Size>1</Size>";

    fn read(inner: &str, prefix: &str, by_directory: bool, token: Option<&str>) -> Result<Page, String> {
        let body = format!("<ListBucketResult>{inner}</ListBucketResult>");
        let query = Query { prefix, by_directory, token, after: None, max_keys: 1000 };
        page(decoded(xml::page(body.as_bytes())?), &query, 1).map_err(|Nonsense(why)| why)
    }

    #[test]
    fn keys_that_no_get_can_ask_for_are_named() {
        let keys =
            ["a.jpg", "a//b.jpg", "dir/", "x/../y"].map(|key| format!("<Contents><Key>{key}</Key>{DATE}</Contents>"));
        let page = read(&format!("<IsTruncated>false</IsTruncated>{}", keys.concat()), "", false, None).unwrap();
        assert_eq!((page.objects.len(), page.in_order), (1, true));
        let odd: Vec<_> = page.unaddressable.iter().map(|(object, _)| object.key.as_str()).collect();
        assert_eq!(odd, ["a//b.jpg", "dir/", "x/../y"]);
    }

    #[test]
    fn a_short_listing_is_never_taken_for_a_whole_one() {
        for (inner, prefix, by_directory, token) in [
            ("<IsTruncated>true</IsTruncated>".to_owned(), "", false, None),
            ("<IsTruncated>true</IsTruncated><NextContinuationToken/>".to_owned(), "", false, None),
            (
                "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>".to_owned(),
                "",
                false,
                Some("t"),
            ),
            (format!("<IsTruncated>false</IsTruncated><Contents><Key>b/1</Key>{DATE}</Contents>"), "a/", false, None),
            (format!("<IsTruncated>false</IsTruncated><Contents><Key>a/b/1</Key>{DATE}</Contents>"), "a/", true, None),
            (
                "<IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>".to_owned(),
                "a/",
                true,
                None,
            ),
        ] {
            assert!(read(&inner, prefix, by_directory, token).is_err(), "{inner}");
        }
    }

    #[test]
    fn keys_out_of_order_are_told_also_where_some_cannot_be_addressed() {
        for (keys, in_order) in [
            (["a", "b//", "c"], true),
            (["b//", "a", "c"], false),
            (["a", "c", "b//"], false),
            (["a", "a", "b"], false),
        ] {
            let keys = keys.map(|key| format!("<Contents><Key>{key}</Key>{DATE}</Contents>"));
            let page = read(&format!("<IsTruncated>false</IsTruncated>{}", keys.concat()), "", false, None).unwrap();
            assert_eq!(page.in_order, in_order, "{page:?}");
        }
    }

    #[test]
    fn a_page_is_asked_for_by_its_token_or_by_the_key_that_comes_before_it() {
        let url = |token, after| {
            let query = Query { prefix: "a/", by_directory: false, token, after, max_keys: 1 };
            query_of(&query, false)
        };
        assert_eq!(url(None, None), "?list-type=2&max-keys=1&prefix=a%2F");
        assert_eq!(url(None, Some("a/b 1")), "?list-type=2&max-keys=1&prefix=a%2F&start-after=a%2Fb%201");
        assert_eq!(url(Some("t+"), Some("a/b")), "?list-type=2&max-keys=1&prefix=a%2F&continuation-token=t%2B");
    }

    #[test]
    fn names_are_decoded_where_the_server_says_that_they_are_encoded() {
        let content = format!("<IsTruncated>false</IsTruncated><Contents><Key>a+b%2Bc%01</Key>{DATE}</Contents>");
        assert_eq!(read(&content, "", false, None).unwrap().objects[0].key, "a+b%2Bc%01");
        let encoded = format!("<EncodingType>url</EncodingType>{content}");
        assert_eq!(read(&encoded, "", false, None).unwrap().unaddressable[0].0.key, "a b+c\u{1}");
    }
}
