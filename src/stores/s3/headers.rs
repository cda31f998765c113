//! What a request that makes an object says of it besides its bytes.

use http::{HeaderMap, HeaderName, HeaderValue};
use object_store::{Attribute, Attributes, TagSet};

use super::super::http::{Nonsense, generic};

/// Adds what travels along; with `is_conditional` the object is made only where none is.
pub(super) fn written(
    headers: &mut HeaderMap,
    is_conditional: bool,
    attributes: &Attributes,
    tags: &TagSet,
) -> object_store::Result<()> {
    if !tags.is_empty() {
        headers.insert("x-amz-tagging", HeaderValue::from_str(tags.encoded()).map_err(generic)?);
    }
    if is_conditional {
        headers.insert(http::header::IF_NONE_MATCH, HeaderValue::from_static("*"));
    }
    for (attribute, value) in attributes {
        headers.insert(name(attribute)?, HeaderValue::from_str(value).map_err(generic)?);
    }
    Ok(())
}

/// The header of what travels along.
fn name(attribute: &Attribute) -> object_store::Result<HeaderName> {
    Ok(match attribute {
        Attribute::CacheControl => http::header::CACHE_CONTROL,
        Attribute::ContentDisposition => http::header::CONTENT_DISPOSITION,
        Attribute::ContentEncoding => http::header::CONTENT_ENCODING,
        Attribute::ContentLanguage => http::header::CONTENT_LANGUAGE,
        Attribute::ContentType => http::header::CONTENT_TYPE,
        Attribute::StorageClass => HeaderName::from_static("x-amz-storage-class"),
        Attribute::Metadata(name) => {
            HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes()).map_err(generic)?
        }
        _ => return Err(Nonsense("an attribute that S3 does not have".to_owned()).into()),
    })
}
