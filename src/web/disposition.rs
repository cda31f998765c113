//! What a file is called where it is saved.

use http::HeaderValue;

use super::target::encode;

/// To be saved under a name: in ASCII for all, and as it is for those who read RFC 6266.
pub(super) fn attachment(name: &str) -> HeaderValue {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let mut whole = String::new();
    encode(name, &mut whole);
    let text = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}");
    // Both are ASCII now, without what ends a header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_header_or_lead_elsewhere() {
        assert_eq!(
            attachment("MB-1 发票\"\r\n;../x.zip"),
            "attachment; filename=\"MB-1 ______.._x.zip\"; \
             filename*=UTF-8''MB-1%20%E5%8F%91%E7%A5%A8%22%0D%0A%3B%2E%2E%2Fx%2Ezip"
        );
    }
}
