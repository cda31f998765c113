//! What travels along with an object's bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use object_store::{Attribute, Attributes, TagSet};

use super::encodings::encoded_words;
use super::http::Seen;

/// Content type, headers of caches and viewers, and user metadata; empty for folders, which have none.
///
/// HTTP headers are ASCII. Metadata that a server sends otherwise is carried as encoded words of RFC 2047, the form in which
/// S3 itself gives it back; another header that is not ASCII is left behind and named in [`Self::lost`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// User metadata, without the `x-amz-meta-` of its headers.
    pub metadata: BTreeMap<String, String>,
    /// Storage class or access tier; never carried from the source, since what one store calls so is another's no more.
    pub storage_class: Option<String>,
    /// Names of headers that could not be read and stay behind.
    pub lost: Vec<String>,
    /// Tags, of S3 alone; what was read has none of them until [`super::Store::tags`] is asked.
    pub tags: Vec<(String, String)>,
    /// What was read may have tags.
    pub may_have_tags: bool,
}

impl Carried {
    pub(super) fn of(attributes: &Attributes, seen: Seen) -> Self {
        let mut carried = Self { lost: seen.lost, may_have_tags: seen.is_tagged, ..Self::default() };
        for (attribute, value) in attributes {
            let value = value.as_ref().to_owned();
            match attribute {
                Attribute::Metadata(name) => drop(carried.metadata.insert(name.to_string(), value)),
                other => {
                    if let Some(field) = carried.field(other) {
                        *field = Some(value);
                    }
                }
            }
        }
        carried
    }

    /// The same from the headers of S3.
    pub(super) fn of_headers(headers: &HeaderMap, seen: Seen) -> Self {
        let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let metadata = headers.iter().filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("x-amz-meta-")?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        });
        Self {
            content_type: header(CONTENT_TYPE),
            cache_control: header(CACHE_CONTROL),
            content_disposition: header(CONTENT_DISPOSITION),
            content_encoding: header(CONTENT_ENCODING),
            content_language: header(CONTENT_LANGUAGE),
            metadata: metadata.collect(),
            storage_class: None,
            lost: seen.lost,
            tags: Vec::new(),
            // Not every server tells it in an answer to HEAD.
            may_have_tags: true,
        }
    }

    /// The tags in the form of a request.
    pub(super) fn tag_set(&self) -> TagSet {
        let mut tags = TagSet::default();
        self.tags.iter().for_each(|(key, value)| tags.push(key, value));
        tags
    }

    fn field(&mut self, attribute: &Attribute) -> Option<&mut Option<String>> {
        match attribute {
            Attribute::ContentType => Some(&mut self.content_type),
            Attribute::CacheControl => Some(&mut self.cache_control),
            Attribute::ContentDisposition => Some(&mut self.content_disposition),
            Attribute::ContentEncoding => Some(&mut self.content_encoding),
            Attribute::ContentLanguage => Some(&mut self.content_language),
            _ => None,
        }
    }

    /// The same for a request. What cannot stand in a header stays behind, since `object_store` panics on it.
    /// Metadata that is not ASCII is written as the encoded words in which S3 gives it back. `rename` makes a name one that the
    /// store takes.
    pub(super) fn attributes(&self, rename: impl Fn(&str) -> String) -> Attributes {
        let headers = [
            (Attribute::ContentType, &self.content_type),
            (Attribute::CacheControl, &self.cache_control),
            (Attribute::ContentDisposition, &self.content_disposition),
            (Attribute::ContentEncoding, &self.content_encoding),
            (Attribute::ContentLanguage, &self.content_language),
            (Attribute::StorageClass, &self.storage_class),
        ];
        let headers = headers.into_iter().filter_map(|(attribute, value)| Some((attribute, value.as_ref()?)));
        let metadata = self.metadata.iter().filter(|(name, _)| is_header_name(name)).map(|(name, value)| {
            let name: Cow<'static, str> = rename(&name.to_ascii_lowercase()).into();
            let value = if value.is_ascii() { value.clone() } else { encoded_words(value.as_bytes()) };
            (Attribute::Metadata(name), value)
        });
        let headers = headers.map(|(attribute, value)| (attribute, value.clone()));
        headers.chain(metadata).filter(|(_, value)| is_header_value(value)).collect()
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes()).is_ok()
}

/// A name of metadata as Azure wants it: an identifier.
pub(super) fn as_identifier(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

/// Whether `text` can stand in a header that is signed.
pub(super) fn is_header_value(text: &str) -> bool {
    HeaderValue::from_str(text).is_ok_and(|value| value.to_str().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_stand_in_a_header_travels_and_the_rest_stays() {
        let mut carried = Carried { content_type: Some("image/jpeg".to_owned()), ..Carried::default() };
        carried.cache_control = Some("no\nstore".to_owned());
        carried.metadata = [("image-number", "IMG 1"), ("bad name", "x"), ("", "x"), ("zh", "发票")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let arrived = Carried::of(&carried.attributes(str::to_owned), Seen::default());
        assert_eq!(arrived.content_type.as_deref(), Some("image/jpeg"));
        assert_eq!(arrived.cache_control, None);
        let expected = [("image-number", "IMG 1"), ("zh", "=?UTF-8?B?5Y+R56Wo?=")];
        assert_eq!(arrived.metadata, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn names_become_identifiers_where_only_those_are_taken() {
        for (name, expected) in [("image-number", "image_number"), ("a.b", "a_b"), ("7th", "_7th"), ("plain", "plain")]
        {
            assert_eq!(as_identifier(name), expected);
        }
    }
}
