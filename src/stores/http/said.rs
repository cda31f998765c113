//! Why a server refused, as its body tells: S3, Azure and Google's XML interface use one form, Google's servers at times JSON.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Error {
    code: String,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct JsonAnswer {
    error: JsonError,
}

#[derive(Deserialize)]
struct JsonError {
    message: String,
}

/// Code and message of an error, if `body` is one.
pub(super) fn error(body: &[u8]) -> Option<(Option<String>, Option<String>)> {
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}');
    if text.contains("<Error") {
        let error: Error = quick_xml::de::from_str(text).ok()?;
        return Some((Some(error.code), error.message.filter(|message| !message.is_empty())));
    }
    let answer: JsonAnswer = serde_json::from_str(text).ok()?;
    Some((None, Some(answer.error.message)))
}
