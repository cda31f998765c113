//! What travels along with an object's bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use object_store::{Attribute, Attributes};

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
    /// Names of headers that could not be read and stay behind.
    pub lost: Vec<String>,
}

impl Carried {
    pub(super) fn of(attributes: &Attributes, lost: Vec<String>) -> Self {
        let mut carried = Self { lost, ..Self::default() };
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
    pub(super) fn attributes(&self) -> Attributes {
        let headers = [
            (Attribute::ContentType, &self.content_type),
            (Attribute::CacheControl, &self.cache_control),
            (Attribute::ContentDisposition, &self.content_disposition),
            (Attribute::ContentEncoding, &self.content_encoding),
            (Attribute::ContentLanguage, &self.content_language),
        ];
        let headers = headers.into_iter().filter_map(|(attribute, value)| Some((attribute, value.as_ref()?)));
        let metadata = self.metadata.iter().filter(|(name, _)| is_header_name(name)).map(|(name, value)| {
            let name: Cow<'static, str> = name.to_ascii_lowercase().into();
            (Attribute::Metadata(name), value)
        });
        headers.chain(metadata).filter(|(_, value)| is_header_value(value)).map(|(a, v)| (a, v.clone())).collect()
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes()).is_ok()
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
        let arrived = Carried::of(&carried.attributes(), Vec::new());
        assert_eq!(arrived.content_type.as_deref(), Some("image/jpeg"));
        assert_eq!(arrived.cache_control, None);
        assert_eq!(arrived.metadata, BTreeMap::from([("image-number".to_owned(), "IMG 1".to_owned())]));
    }
}
