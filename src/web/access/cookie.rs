//! The cookie of a session.

use http::HeaderMap;
use http::header::COOKIE;

/// Its name.
const NAME: &str = "batchferry-session";

/// The session that a request's cookies name. Two different ones name none: another site below the same name may have set one.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

/// The header that hands a browser its session. `secure`: it came by HTTPS, and is to send it back by nothing else.
pub(super) fn handing_out(id: &str, seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{NAME}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// The header that makes a browser forget it.
pub(super) fn taking_back() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies_and_is_one() {
        let found = |cookies: &[&str]| {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append(COOKIE, cookie.parse().unwrap());
            }
            session(&headers).map(str::to_owned)
        };
        assert_eq!(found(&["a=b; batchferry-session=x; c=d"]).as_deref(), Some("x"));
        assert_eq!(found(&["a=b", "batchferry-session=x"]).as_deref(), Some("x"));
        assert_eq!(found(&["batchferry-session=x; batchferry-session=x"]).as_deref(), Some("x"));
        for none in [&[][..], &["x"], &["batchferry-session"], &["batchferry-session=x; batchferry-session=y"]] {
            assert_eq!(found(none), None, "{none:?}");
        }
    }
}
