//! Request and Reply: what came over HTTP and what goes back.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// What of an HTTP request this program looks at. Its `Debug` form shows no part a secret can be in.
#[derive(Clone)]
pub struct Request {
    /// The method in capitals.
    pub method: String,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: String,
    /// The body of a form POST (`application/x-www-form-urlencoded`), else empty.
    pub form: String,
    /// The body of a POST to a dialect that reads JSON, whatever its type, else empty.
    pub json: String,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// The value of the `X-Api-User` header.
    pub api_user: Option<String>,
    /// The value of the `X-Api-Key` header.
    pub api_key: Option<String>,
    /// Where the request came from.
    pub caller: IpAddr,
}

impl Request {
    /// A GET of `/` from `caller`, with nothing in it.
    #[must_use]
    pub fn bare(caller: IpAddr) -> Self {
        Self {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            form: String::new(),
            json: String::new(),
            authorization: None,
            api_user: None,
            api_key: None,
            caller,
        }
    }

    /// The path as it is compared: decoded, `\` read as `/`, repeated and final slashes dropped
    /// (UniFi sends `//nic/update` and `/%5c/nic/update`).
    #[must_use]
    pub fn tidy_path(&self) -> String {
        let decoded = percent_decode_str(&self.path).decode_utf8_lossy();
        let parts = decoded.split(['/', '\\']).filter(|part| !part.is_empty());
        "/".to_owned() + &parts.collect::<Vec<_>>().join("/")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

/// Whether a body of this `Content-Type` is a form: exactly that media type, with or without parameters
/// (RFC 9110 section 8.3.1). Bodies of any other type are looked at by the dialects that read JSON alone.
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// An HTTP reply. The sender adds `Content-Length` and never chunks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers with lower-case names, `content-type` first.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: Cow<'static, str>,
}

impl Reply {
    /// A plain-text reply.
    #[must_use]
    pub fn text(status: u16, body: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.into())
    }

    /// The setup page, under a policy that lets it talk to this server only.
    #[must_use]
    pub fn page(html: &'static str, policy: &'static str) -> Self {
        Self::new(200, "text/html; charset=utf-8", html.into())
            .with("content-security-policy", policy)
            .with("referrer-policy", "no-referrer")
    }

    /// A JSON reply.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, "application/json", body.into())
    }

    fn new(status: u16, content_type: &'static str, body: Cow<'static, str>) -> Self {
        let headers = vec![
            ("content-type", content_type.into()),
            ("cache-control", "no-store".into()),
            ("x-content-type-options", "nosniff".into()),
        ];
        Self {
            status,
            headers,
            body,
        }
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("application/x-www-form-urlencoded", true)]
    #[case("Application/X-WWW-Form-URLEncoded", true)]
    #[case(" application/x-www-form-urlencoded ; charset=utf-8", true)]
    #[case("application/x-www-form-urlencoded;", true)]
    #[case("application/x-www-form-urlencodedX", false)]
    #[case("application/x-www-form-urlencoded, text/plain", false)]
    #[case("text/plain; application/x-www-form-urlencoded", false)]
    #[case("", false)]
    fn forms(#[case] content_type: &str, #[case] expected: bool) {
        assert_eq!(is_form(content_type), expected);
    }

    #[rstest]
    #[case("", "/")]
    #[case("/", "/")]
    #[case("//", "/")]
    #[case("//nic//update/", "/nic/update")]
    #[case("/%5c/nic/update", "/nic/update")]
    #[case("/\\/nic/update", "/nic/update")]
    #[case("/nic%2fupdate", "/nic/update")]
    #[case("/update/../setup", "/update/../setup")]
    #[case("/update%00", "/update\0")]
    #[case("/up+date", "/up+date")]
    fn paths(#[case] sent: &str, #[case] tidy: &str) {
        let request = Request {
            path: sent.to_owned(),
            ..Request::bare(std::net::Ipv4Addr::LOCALHOST.into())
        };
        assert_eq!(request.tidy_path(), tidy);
    }
}
