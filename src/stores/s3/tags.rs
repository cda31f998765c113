//! Tags of an object, which `object_store` writes and does not read.

use http::{HeaderMap, Method};
use serde::Deserialize;

use super::super::http::{Nonsense, ask};
use super::bucket::Bucket;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tagging {
    tag_set: TagSet,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagSet {
    #[serde(default)]
    tag: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// The tags of an object, in the server's order.
pub(in super::super) async fn tags(bucket: &Bucket, key: &str) -> object_store::Result<Vec<(String, String)>> {
    let request = bucket.ask_for(Method::GET, &bucket.object_url(key, "?tagging"), HeaderMap::new()).await?;
    let (_, body) = ask(&bucket.client, request).await?;
    Ok(read(&body).map_err(|why| Nonsense(format!("no tags of an object: {why}")))?)
}

fn read(body: &[u8]) -> Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is no UTF-8".to_owned())?;
    let tagging: Tagging = quick_xml::de::from_str(text).map_err(|error| error.to_string())?;
    Ok(tagging.tag_set.tag.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_to_the_byte_and_what_is_none_is_no_lack_of_them() {
        let tagging = "<?xml version=\"1.0\"?><Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>\
                       <Tag><Key>a&amp;b</Key><Value>发 票</Value></Tag><Tag><Key>empty</Key><Value/></Tag></TagSet></Tagging>";
        let expected = [("a&b", "发 票"), ("empty", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read(tagging.as_bytes()).unwrap(), expected);
        assert_eq!(read(b"<Tagging><TagSet/></Tagging>").unwrap(), []);
        for body in ["", "<html/>", "<Tagging/>", &tagging[..tagging.len() - 20]] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
