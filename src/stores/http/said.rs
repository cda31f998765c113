//! Why a server refused, as its body tells: S3, Azure and Google's XML interface use one form, Google's servers at times JSON.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Error {
    code: String,
    #[serde(default)]
    message: Option<String>,
    /// Where the bucket is, if the request was sent or signed for another region.
    #[serde(default)]
    region: Option<String>,
}

#[derive(Deserialize)]
struct JsonAnswer {
    error: JsonError,
}

#[derive(Deserialize)]
struct JsonError {
    message: String,
}

/// What a body says of an error.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) region: Option<String>,
}

/// What an error says, if `body` is one.
pub(super) fn error(body: &[u8]) -> Option<Said> {
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim_start();
    if text.contains("<Error") {
        let error: Error = quick_xml::de::from_str(text).ok()?;
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        return Some(Said { code: Some(error.code), message: told(error.message), region: told(error.region) });
    }
    let answer: JsonAnswer = serde_json::from_str(text).ok()?;
    Some(Said { message: Some(answer.error.message), ..Said::default() })
}
