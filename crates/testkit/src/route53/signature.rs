//! Checks signatures with AWS's own implementation of Signature Version 4.

use super::change::Refused;
use super::http::Received;
use super::options::Key;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most that a client's clock may be wrong.
const SKEW: Duration = Duration::from_secs(300);

/// Whether `request` was signed with one of `keys` for `region`.
pub(crate) fn check(request: &Received, keys: &[Key], region: &str) -> Result<(), Refused> {
    let incomplete = |what: &str| {
        Refused(
            403,
            "IncompleteSignature",
            format!("Authorization header requires '{what}'"),
        )
    };
    let header = request.header("authorization");
    let header = header.ok_or_else(|| {
        Refused(
            403,
            "MissingAuthenticationToken",
            "Missing Authentication Token".into(),
        )
    })?;
    let fields = header
        .strip_prefix("AWS4-HMAC-SHA256")
        .ok_or_else(|| incomplete("AWS4-HMAC-SHA256"))?;
    let field = |name: &str| {
        let mut fields = fields
            .split(',')
            .filter_map(|field| field.trim().split_once('='));
        fields
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    };
    let credential = field("Credential").ok_or_else(|| incomplete("Credential"))?;
    let signed = field("SignedHeaders").ok_or_else(|| incomplete("SignedHeaders"))?;
    let signature = field("Signature").ok_or_else(|| incomplete("Signature"))?;
    let date = request
        .header("x-amz-date")
        .ok_or_else(|| incomplete("X-Amz-Date"))?;
    let time = time(date).ok_or_else(|| incomplete("X-Amz-Date"))?;
    let [id, day, signed_for, service, last] = credential.split('/').collect::<Vec<_>>()[..] else {
        return Err(incomplete("Credential"));
    };
    if (signed_for, service, last) != (region, "route53", "aws4_request") || !date.starts_with(day)
    {
        return Err(mismatch(&format!(
            "Credential should be scoped to a valid region, not '{signed_for}'"
        )));
    }
    let key = keys.iter().find(|key| key.id == id);
    let key = key.filter(|key| key.token.as_deref() == request.header("x-amz-security-token"));
    let key = key.ok_or_else(|| {
        Refused(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.".into(),
        )
    })?;
    let now = SystemTime::now();
    let skew = now
        .duration_since(time)
        .or_else(|_| time.duration_since(now))
        .unwrap();
    if skew > SKEW {
        return Err(mismatch(&format!(
            "Signature expired: {date} is not within 5 min of the server's time"
        )));
    }
    let expected = expected(request, key, signed, region, time);
    let same = expected.as_deref() == Some(signature);
    if same && signed.split(';').any(|name| name == "host") {
        Ok(())
    } else {
        Err(mismatch(
            "The request signature we calculated does not match the signature you provided.",
        ))
    }
}

fn mismatch(message: &str) -> Refused {
    Refused(403, "SignatureDoesNotMatch", message.to_owned())
}

fn expected(
    request: &Received,
    key: &Key,
    signed: &str,
    region: &str,
    time: SystemTime,
) -> Option<String> {
    let identity =
        Credentials::new(&key.id, &key.secret, key.token.clone(), None, "stand-in").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("route53")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let own = ["x-amz-date", "x-amz-security-token"];
    let headers = signed.split(';').filter(|name| !own.contains(name));
    let headers: Vec<(&str, &str)> = headers
        .map(|name| Some((name, request.header(name)?)))
        .collect::<Option<_>>()?;
    let url = format!("http://{}{}", request.header("host")?, request.target);
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new(&request.method, url, headers.into_iter(), body).ok()?;
    Some(sign(signable, &params).ok()?.into_parts().1)
}

/// A time as in `20261122T231500Z`.
fn time(text: &str) -> Option<SystemTime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    let lengths = [
        31,
        28 + i64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let months: i64 = lengths.iter().take(usize::try_from(month - 1).ok()?).sum();
    let seconds = (years + months + day - 1) * 86400 + hour * 3600 + minute * 60 + second;
    Some(UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?))
}
