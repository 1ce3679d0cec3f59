//! The `Host` field of a request, as RFC 9112 section 3.2 wants it.

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Version};

/// Whether a request has the `Host` field that it must have: HTTP/1.1 exactly one, HTTP/1.0 at most one;
/// empty, or a host with or without a port.
pub(crate) fn is_right(version: Version, headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(HOST).iter();
    match (fields.next(), fields.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(field), None) => is_host(field),
        (Some(_), Some(_)) => false,
    }
}

fn is_host(field: &HeaderValue) -> bool {
    let field = field.as_bytes().trim_ascii();
    field.is_empty()
        || Authority::try_from(field).is_ok_and(|authority| is_host_and_port(&authority))
}

/// An authority has room for more: a user name, and a port that is no number.
fn is_host_and_port(authority: &Authority) -> bool {
    let rest = authority.as_str().strip_prefix(authority.host());
    let port = rest.map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&["ddns.example.net"], true)]
    #[case(&["127.0.0.1:8053"], true)]
    #[case(&["[2001:db8::1]:8053"], true)]
    #[case(&[""], true)]
    #[case(&[], false)]
    #[case(&["a.example", "a.example"], false)]
    #[case(&["a.example", "b.example"], false)]
    #[case(&["a b"], false)]
    #[case(&["a.example/path"], false)]
    #[case(&["user@a.example"], false)]
    #[case(&["a.example:port"], false)]
    #[case(&["[2001:db8::1"], false)]
    #[case(&["http://a.example"], false)]
    #[case(&["\u{e9}.example"], false)]
    fn hosts(#[case] fields: &[&str], #[case] expected: bool) {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(HOST, HeaderValue::from_bytes(field.as_bytes()).unwrap());
        }
        assert_eq!(is_right(Version::HTTP_11, &headers), expected);
        let old = expected || fields.is_empty();
        assert_eq!(is_right(Version::HTTP_10, &headers), old);
    }
}
