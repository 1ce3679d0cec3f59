//! Response: from the core's Reply to an HTTP response.

use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{HeaderName, Version};
use axum::response::Response;
use dyn53_core::Reply;

/// HTTP/1.0 clients read until the connection ends, whatever `Content-Length` says.
pub(crate) fn response(reply: Reply, version: Version) -> Response {
    let mut response = Response::new(match reply.body {
        std::borrow::Cow::Borrowed(text) => Body::from(text),
        std::borrow::Cow::Owned(text) => Body::from(text),
    });
    *response.status_mut() = reply.status.try_into().unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let unfinished = matches!(reply.status, 408 | 413);
    if version < Version::HTTP_11 || unfinished {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
