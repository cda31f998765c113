//! The style sheet, the script and the icon: files of ours, named by their content, so that a browser keeps them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};

use super::respond::plain;
use crate::model::ids::Digest;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const NEW_SCRIPT: &str = include_str!("new.js");
const ICON: &str = include_str!("icon.svg");

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path("page", STYLE, "css"));
static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path("page", SCRIPT, "js"));
static NEW_SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path("new", NEW_SCRIPT, "js"));

/// Where the style sheet is.
pub(super) fn style_path() -> &'static str {
    &STYLE_PATH
}

/// Where the script is.
pub(super) fn script_path() -> &'static str {
    &SCRIPT_PATH
}

/// Where the script of the form of a new batch is.
pub(super) fn new_script_path() -> &'static str {
    &NEW_SCRIPT_PATH
}

fn path(stem: &str, content: &str, extension: &str) -> String {
    let digest = Digest::of(content.as_bytes()).to_string();
    format!("/assets/{stem}-{}.{extension}", &digest[..16])
}

/// One of them; `None`: no such file.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let path = format!("/assets/{name}");
    let (content, content_type) = if path == style_path() {
        (STYLE, "text/css; charset=utf-8")
    } else if path == script_path() {
        (SCRIPT, "text/javascript; charset=utf-8")
    } else if path == new_script_path() {
        (NEW_SCRIPT, "text/javascript; charset=utf-8")
    } else if name == "icon.svg" {
        (ICON, "image/svg+xml")
    } else {
        // A page of an older version, most likely.
        return plain(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "no such file; load the page again\n");
    };
    let mut response = plain(StatusCode::OK, content_type, content);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for text in [STYLE, SCRIPT, NEW_SCRIPT] {
            assert!(!text.contains("url(") && !text.contains("import") && !text.contains("http"));
        }
        assert!(SCRIPT.lines().count() + NEW_SCRIPT.lines().count() < 250);
    }
}
