//! Function URL events (payload format 2.0) and their replies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyn53_core::http::is_form;
use dyn53_core::{Dialect, Reply, Request};
use serde_json::{Map, Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The longest body that is looked at, in bytes. Lambda lets 6 MB through, which would not fit into memory decoded.
const LONGEST_BODY: usize = 16 * 1024;

/// Why an event cannot be answered; each sentence is for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON.
    #[error("the event is not JSON: invoke this function through its Function URL")]
    NotJson,
    /// JSON of another source.
    #[error(
        "the event has no requestContext.http.method: invoke this function through its Function URL (payload format 2.0)"
    )]
    NotFunctionUrl,
    /// `isBase64Encoded` with something else.
    #[error(
        "the event's body should be base64 and is not: invoke this function through its Function URL"
    )]
    NotBase64,
    /// More than any client of ours sends.
    #[error("a body of more than {LONGEST_BODY} bytes was refused")]
    LongBody,
}

/// The request in an event. Fields that are absent or of another type count as empty.
///
/// # Errors
/// [`Unreadable`].
pub fn read(event: &[u8]) -> Result<Request, Unreadable> {
    let event: Value = serde_json::from_slice(event).map_err(|_| Unreadable::NotJson)?;
    let method = text(&event, "/requestContext/http/method").ok_or(Unreadable::NotFunctionUrl)?;
    let source = text(&event, "/requestContext/http/sourceIp").unwrap_or_default();
    let sent = |name| header(&event, name).map(str::to_owned);
    let mut request = Request {
        method: method.to_ascii_uppercase(),
        path: text(&event, "/rawPath").unwrap_or("/").to_owned(),
        query: text(&event, "/rawQueryString")
            .unwrap_or_default()
            .to_owned(),
        authorization: sent("authorization"),
        api_user: sent("x-api-user"),
        api_key: sent("x-api-key"),
        ..Request::bare(caller(source))
    };
    if Dialect::of(&request).is_some_and(Dialect::reads_json) {
        request.json = body(&event)?;
    } else if header(&event, "content-type").is_some_and(is_form) {
        request.form = body(&event)?;
    }
    Ok(request)
}

/// What Lambda turns into the HTTP reply.
#[must_use]
pub fn reply(reply: &Reply) -> String {
    let headers = reply.headers.iter();
    let headers: Map<String, Value> = headers
        .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_ref())))
        .collect();
    json!({
        "statusCode": reply.status,
        "headers": headers,
        "body": reply.body,
        "isBase64Encoded": false,
    })
    .to_string()
}

fn text<'a>(event: &'a Value, pointer: &str) -> Option<&'a str> {
    event.pointer(pointer)?.as_str()
}

fn header<'a>(event: &'a Value, name: &str) -> Option<&'a str> {
    let mut headers = event.pointer("/headers")?.as_object()?.iter();
    let (_, value) = headers.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
    value.as_str()
}

fn body(event: &Value) -> Result<String, Unreadable> {
    let body = text(event, "/body").unwrap_or_default();
    let encoded = event.pointer("/isBase64Encoded").and_then(Value::as_bool);
    let body = match encoded {
        Some(true) => String::from_utf8_lossy(&decode(body)?).into_owned(),
        _ => body.to_owned(),
    };
    if body.len() > LONGEST_BODY {
        Err(Unreadable::LongBody)
    } else {
        Ok(body)
    }
}

fn decode(body: &str) -> Result<Vec<u8>, Unreadable> {
    STANDARD.decode(body).map_err(|_| Unreadable::NotBase64)
}

/// `192.0.2.1`, `2001:db8::1`, `192.0.2.1:443`, `[2001:db8::1]:443`. Anything else counts as the
/// unspecified address, which is never published.
fn caller(source: &str) -> IpAddr {
    let source = source.trim();
    let with_port = || source.parse::<SocketAddr>().map(|address| address.ip());
    let bracketed = || source.trim_matches(['[', ']']).parse::<IpAddr>();
    let address = bracketed().or_else(|_| with_port());
    address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn event(body: Value) -> Value {
        let mut event = json!({
            "version": "2.0",
            "rawPath": "/nic%2Fupdate",
            "rawQueryString": "a=1&a=2+%2b",
            "headers": {"authorization": "Basic eA=="},
            "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}},
        });
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), body) {
            event.extend(more);
        }
        event
    }

    fn read_json(event: &Value) -> Result<Request, Unreadable> {
        read(event.to_string().as_bytes())
    }

    #[test]
    fn everything_arrives_as_sent() {
        let request = read_json(&event(json!({}))).unwrap();
        assert_eq!(request.method, "POST");
        assert_eq!(request.path, "/nic%2Fupdate");
        assert_eq!(request.query, "a=1&a=2+%2b");
        assert_eq!(request.form, "");
        assert_eq!(request.authorization.as_deref(), Some("Basic eA=="));
        assert_eq!(request.caller.to_string(), "203.0.113.7");
    }

    #[rstest]
    #[case("203.0.113.7", "203.0.113.7")]
    #[case("203.0.113.7:50512", "203.0.113.7")]
    #[case("2001:db8::7", "2001:db8::7")]
    #[case("[2001:db8::7]", "2001:db8::7")]
    #[case("[2001:db8::7]:50512", "2001:db8::7")]
    #[case("::ffff:203.0.113.7", "::ffff:203.0.113.7")]
    #[case("", "0.0.0.0")]
    #[case("unknown", "0.0.0.0")]
    #[case("203.0.113.7:99999", "0.0.0.0")]
    fn source_addresses(#[case] source: &str, #[case] expected: &str) {
        assert_eq!(caller(source).to_string(), expected);
    }

    #[rstest]
    #[case("application/x-www-form-urlencoded", json!("a=1"), json!(false), "a=1")]
    #[case("Application/X-WWW-Form-URLEncoded; charset=utf-8", json!("a=1"), json!(null), "a=1")]
    #[case("application/x-www-form-urlencoded", json!("YT0x"), json!(true), "a=1")]
    #[case("application/x-www-form-urlencoded", json!("/w=="), json!(true), "\u{fffd}")]
    #[case("application/x-www-form-urlencoded", json!(null), json!(true), "")]
    #[case("application/x-www-form-urlencoded", json!({"a": 1}), json!("yes"), "")]
    #[case("text/plain", json!("a=1"), json!(false), "")]
    #[case("application/json", json!("!"), json!(true), "")]
    fn bodies(#[case] kind: &str, #[case] body: Value, #[case] encoded: Value, #[case] form: &str) {
        let headers = json!({"Content-Type": kind});
        let sent = json!({"headers": headers, "body": body, "isBase64Encoded": encoded});
        assert_eq!(read_json(&event(sent)).unwrap().form, form);
    }

    #[rstest]
    #[case(LONGEST_BODY, true)]
    #[case(LONGEST_BODY + 1, false)]
    fn long_forms(#[case] length: usize, #[case] accepted: bool) {
        let headers = json!({"content-type": "application/x-www-form-urlencoded"});
        let body = "a".repeat(length);
        let encoded = STANDARD.encode(&body);
        let plain = json!({"headers": headers, "body": body});
        let encoded = json!({"headers": headers, "body": encoded, "isBase64Encoded": true});
        for sent in [plain, encoded] {
            let read = read_json(&event(sent)).map(|request| request.form.len());
            assert_eq!(read.ok(), accepted.then_some(length));
        }
    }

    #[test]
    fn what_is_missing_counts_as_empty() {
        let bare = json!({"requestContext": {"http": {"method": "get"}}, "headers": null});
        let request = read_json(&bare).unwrap();
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("GET", "/")
        );
        assert_eq!((request.query.as_str(), request.form.as_str()), ("", ""));
        assert!(request.caller.is_unspecified());
        assert_eq!(request.authorization, None);
    }

    #[rstest]
    #[case(b"", Unreadable::NotJson)]
    #[case(b"{", Unreadable::NotJson)]
    #[case(b"\xff\xfe", Unreadable::NotJson)]
    #[case(b"\"\\ud800\"", Unreadable::NotJson)]
    #[case(b"null", Unreadable::NotFunctionUrl)]
    #[case(b"[1]", Unreadable::NotFunctionUrl)]
    #[case(b"{\"key1\": \"value1\"}", Unreadable::NotFunctionUrl)]
    #[case(
        b"{\"requestContext\": {\"http\": {\"method\": 7}}}",
        Unreadable::NotFunctionUrl
    )]
    fn garbage(#[case] event: &[u8], #[case] why: Unreadable) {
        assert_eq!(read(event).map(|_| ()), Err(why));
    }

    #[test]
    fn a_reply_has_every_field() {
        let text =
            reply(&Reply::text(401, "badauth\n").with("www-authenticate", "Basic realm=\"x\""));
        let fields: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "statusCode": 401,
            "headers": {
                "content-type": "text/plain; charset=utf-8",
                "cache-control": "no-store",
                "x-content-type-options": "nosniff",
                "www-authenticate": "Basic realm=\"x\"",
            },
            "body": "badauth\n",
            "isBase64Encoded": false,
        });
        assert_eq!(fields, expected);
    }
}
