//! The language of a reader: asked for in the address, remembered in a cookie, or what the browser prefers.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};

use crate::model::config::Language;

/// The parameter and the cookie.
pub(super) const NAME: &str = "lang";

/// A language by its tag.
pub(super) fn by_tag(tag: &str) -> Option<Language> {
    let primary = tag.split('-').next().unwrap_or_default();
    if primary.eq_ignore_ascii_case("en") {
        Some(Language::English)
    } else if primary.eq_ignore_ascii_case("zh") {
        Some(Language::Chinese)
    } else {
        None
    }
}

/// A language's tag (BCP 47).
pub(super) fn tag(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    }
}

/// The language of a reader who has not asked for one just now.
pub(super) fn of_headers(headers: &HeaderMap) -> Language {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let cookies = text(COOKIE).split(';').filter_map(|pair| pair.trim().split_once('='));
    let remembered = cookies.into_iter().find(|(name, _)| *name == NAME).and_then(|(_, value)| by_tag(value));
    remembered.or_else(|| preferred(text(ACCEPT_LANGUAGE))).unwrap_or_default()
}

/// The best liked of the languages that we speak.
fn preferred(accepted: &str) -> Option<Language> {
    let liked = accepted.split(',').filter_map(|part| {
        let mut parts = part.split(';').map(str::trim);
        let language = by_tag(parts.next()?)?;
        let weight: f32 = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok())?;
        (weight > 0.0).then_some((language, weight))
    });
    // Of equals the first.
    liked.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
}

/// The cookie that remembers a language for a year.
pub(super) fn cookie(language: Language) -> String {
    format!("{NAME}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", tag(language))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_goes_before_what_the_browser_prefers_and_nonsense_is_english() {
        let of = |accepted: &str, cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(accepted).unwrap());
            headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
            of_headers(&headers)
        };
        use Language::{Chinese, English};
        assert_eq!(of("zh-CN,zh;q=0.9,en;q=0.8", ""), Chinese);
        assert_eq!(of("en-GB,zh;q=0.9", ""), English);
        assert_eq!(of("fr, en;q=0.3, zh-TW;q=0.5", ""), Chinese);
        assert_eq!(of("zh;q=0, de", ""), English);
        assert_eq!(of("zh-CN", "a=b; lang=en; c"), English);
        assert_eq!(of("en", "lang=zh-CN"), Chinese);
        assert_eq!(of(";;q=,=", "lang=<script>"), English);
        assert_eq!(of_headers(&HeaderMap::new()), English);
    }
}
