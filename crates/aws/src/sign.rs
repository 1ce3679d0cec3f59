//! Signature Version 4: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use crate::keys::AccessKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{digest, hmac};
use std::fmt::Write;
use std::time::SystemTime;

/// A request as the signature covers it.
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'static str,
    pub(crate) host: &'a str,
    /// Only characters that need no encoding.
    pub(crate) path: &'a str,
    /// Parameters in the order of their names, values percent-encoded.
    pub(crate) query: &'a str,
    pub(crate) body: &'a str,
}

/// The headers that a signature adds; the session token goes with them.
pub(crate) struct Signature {
    pub(crate) date: String,
    pub(crate) authorization: String,
}

/// What a signature wants to be encoded in a query: all but the unreserved characters (RFC 3986 section 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A text as the value of a query parameter.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// Signs `request` for `service` in `region` at `now`.
pub(crate) fn sign(
    request: &Unsigned,
    key: &AccessKey,
    service: &str,
    region: &str,
    now: SystemTime,
) -> Signature {
    let date = amz_date(now);
    let day = date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let (canonical, headers) = canonical(request, key, &date);
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(&canonical));
    let first = format!("AWS4{}", key.secret);
    let signing_key = [day, region, service, "aws4_request", &to_sign]
        .iter()
        .fold(first.into_bytes(), |key, text| hmac_sha256(&key, text));
    let signature = hex(&signing_key);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={headers}, Signature={signature}",
        key.id
    );
    Signature {
        date,
        authorization,
    }
}

fn canonical(request: &Unsigned, key: &AccessKey, date: &str) -> (String, &'static str) {
    let (token, headers) = match &key.session_token {
        Some(token) => (
            format!("x-amz-security-token:{token}\n"),
            "host;x-amz-date;x-amz-security-token",
        ),
        None => (String::new(), "host;x-amz-date"),
    };
    let Unsigned {
        method,
        host,
        path,
        query,
        body,
    } = request;
    let body = sha256(body);
    let canonical = format!(
        "{method}\n{path}\n{query}\nhost:{host}\nx-amz-date:{date}\n{token}\n{headers}\n{body}"
    );
    (canonical, headers)
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// A time as in `20261122T231500Z`.
fn amz_date(now: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(now).to_string();
    text.replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::time::{Duration, UNIX_EPOCH};

    #[rstest]
    #[case(0, "19700101T000000Z")]
    #[case(951_782_399, "20000228T235959Z")]
    #[case(951_782_400, "20000229T000000Z")]
    #[case(951_868_800, "20000301T000000Z")]
    #[case(1_440_938_160, "20150830T123600Z")]
    #[case(1_798_761_599, "20261231T235959Z")]
    #[case(1_798_761_600, "20270101T000000Z")]
    #[case(4_107_542_400, "21000301T000000Z")]
    fn dates(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(amz_date(UNIX_EPOCH + Duration::from_secs(seconds)), text);
    }

    #[test]
    fn encoded() {
        assert_eq!(percent_encode("*.a-b_c~/ é"), "%2A.a-b_c~%2F%20%C3%A9");
    }
}
