//! Events as a Function URL makes them of HTTP requests (payload format 2.0).
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>

use dyn53_core::Request;
use serde_json::{Value, json};

/// The event of a request.
#[must_use]
pub fn event(request: &Request) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {
            "accept": "*/*",
            "host": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
            "x-forwarded-for": "192.0.2.250",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefghijklmnopqrstuvwxyz012345",
            "domainName": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "abcdefghijklmnopqrstuvwxyz012345",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.caller.to_string(),
                "userAgent": "test",
            },
            "requestId": "e1506fd5-9e7b-434f-bd42-4f8fa224b599",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1_773_342_238_000_u64,
        },
        "isBase64Encoded": false,
    });
    if let Some(authorization) = &request.authorization {
        event["headers"]["authorization"] = authorization.as_str().into();
    }
    if let Some(user) = &request.api_user {
        event["headers"]["x-api-user"] = user.as_str().into();
    }
    if let Some(key) = &request.api_key {
        event["headers"]["x-api-key"] = key.as_str().into();
    }
    if !request.json.is_empty() {
        event["headers"]["content-type"] = "application/json".into();
        event["body"] = request.json.as_str().into();
    }
    if !request.form.is_empty() {
        event["headers"]["content-type"] = "application/x-www-form-urlencoded".into();
        event["body"] = request.form.as_str().into();
    }
    event
}
