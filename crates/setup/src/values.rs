//! Values: what a person fills into a device's text, checked so that no quoting is ever needed.

use crate::warning::{Warning, of_host};
use dyn53_core::{Host, HostError};
use std::fmt;

/// What goes into a device's text.
#[derive(Clone)]
pub struct Values {
    /// The server's base URL, as in `https://ddns.example.com`.
    pub url: String,
    /// The host name to keep up to date.
    pub host: String,
    /// The secret of this router.
    pub secret: String,
}

/// Why a text cannot be filled in; each sentence says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// Not `http(s)://host[:port]`.
    #[error(
        "the URL cannot be used: it looks like https://ddns.example.com, without a path or anything behind it"
    )]
    Url,
    /// `http`, for a device that cannot.
    #[error(
        "this device speaks HTTPS only: it needs a URL that begins with https://, such as that of a TLS proxy in front of the server"
    )]
    HttpsOnly,
    /// Not a host name.
    #[error("{0}")]
    Host(#[from] HostError),
    /// Nothing there.
    #[error("the secret is empty")]
    NoSecret,
    /// A character that some router would have to quote.
    #[error(
        "the secret has a character that routers spoil: use only A-Z a-z 0-9 . _ ~ -, as `dyn53 secret` does"
    )]
    Secret,
}

pub(crate) struct Checked<'a> {
    /// Without a final slash.
    pub(crate) url: &'a str,
    /// Host and port of the URL.
    pub(crate) authority: &'a str,
    /// Whether it is `https`.
    pub(crate) tls: bool,
    pub(crate) host: Host,
    pub(crate) secret: &'a str,
}

impl Checked<'_> {
    /// What a certificate is for, beside the names below it: the host without `*.`.
    pub(crate) fn domain(&self) -> &str {
        let host = self.host.as_str();
        host.strip_prefix("*.").unwrap_or(host)
    }
}

impl Values {
    /// What to tell a person about values that can be used.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let Ok(checked) = self.check() else {
            return Vec::new();
        };
        let unencrypted = (!checked.tls).then_some(Warning::Unencrypted);
        let unreachable = of_host(host_of(checked.authority));
        unreachable.into_iter().chain(unencrypted).collect()
    }

    pub(crate) fn check(&self) -> Result<Checked<'_>, FillError> {
        let url = self.url.strip_suffix('/').unwrap_or(&self.url);
        let authority = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"))
            .filter(|text| is_authority(text))
            .ok_or(FillError::Url)?;
        Ok(Checked {
            url,
            authority,
            tls: url.starts_with("https://"),
            host: Host::parse(&self.host)?,
            secret: check_secret(&self.secret)?,
        })
    }
}

/// The host of `host:port`, an IPv6 address without its brackets.
fn host_of(authority: &str) -> &str {
    let (host, _) = split_port(authority);
    host.trim_start_matches('[').trim_end_matches(']')
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// `host`, `host:port` or `[IPv6]:port`; no user name, which would be a second secret
/// (RFC 3986 section 3.2).
fn is_authority(text: &str) -> bool {
    let (host, port) = split_port(text);
    let port_fits = port.is_none_or(|port| {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        digits && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let host_fits = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            !host.is_empty() && host.bytes().all(allowed)
        }
    };
    port_fits && host_fits
}

/// Unreserved characters (RFC 3986 section 2.3): safe in URLs, shells and every router's form.
fn check_secret(secret: &str) -> Result<&str, FillError> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    match secret {
        "" => Err(FillError::NoSecret),
        _ if secret.bytes().all(unreserved) => Ok(secret),
        _ => Err(FillError::Secret),
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("url", &self.url)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn filled(url: &str, host: &str, secret: &str) -> Values {
        Values {
            url: url.to_owned(),
            host: host.to_owned(),
            secret: secret.to_owned(),
        }
    }

    #[rstest]
    #[case("https://ddns.example.com", "ddns.example.com")]
    #[case("https://ddns.example.com/", "ddns.example.com")]
    #[case("http://127.0.0.1:8053", "127.0.0.1:8053")]
    #[case("http://[2001:db8::1]:8053", "[2001:db8::1]:8053")]
    #[case("http://[2001:db8::1]", "[2001:db8::1]")]
    fn urls_that_can_be_used(#[case] url: &str, #[case] authority: &str) {
        let values = filled(url, "home.example.com", "s3cret");
        let checked = values.check().unwrap();
        assert_eq!(checked.authority, authority);
        assert!(!checked.url.ends_with('/'));
    }

    #[rstest]
    #[case("")]
    #[case("ddns.example.com")]
    #[case("ftp://ddns.example.com")]
    #[case("https://")]
    #[case("https:///")]
    #[case("https://ddns.example.com/setup")]
    #[case("https://ddns.example.com//")]
    #[case("https://ddns.example.com?a=b")]
    #[case("https://ddns.example.com#a")]
    #[case("https://user:word@ddns.example.com")]
    #[case("https://ddns.example.com:")]
    #[case("https://ddns.example.com:+80")]
    #[case("https://ddns.example.com:65536")]
    #[case("https://$(reboot).example.com")]
    #[case("https://ddns.example.com\n")]
    #[case("https://[not-an-address]")]
    #[case("https://2001:db8::1")]
    fn urls_that_cannot(#[case] url: &str) {
        let values = filled(url, "home.example.com", "s3cret");
        assert_eq!(values.check().err(), Some(FillError::Url));
    }

    #[rstest]
    #[case("home", "s3cret", FillError::Host(HostError::NotFull))]
    #[case("home.example.com", "", FillError::NoSecret)]
    #[case("home.example.com", "with space", FillError::Secret)]
    #[case("home.example.com", "quo\"te", FillError::Secret)]
    #[case("home.example.com", "dol$lar", FillError::Secret)]
    #[case("home.example.com", "geheimniß", FillError::Secret)]
    fn other_faults(#[case] host: &str, #[case] secret: &str, #[case] fault: FillError) {
        let values = filled("https://ddns.example.com", host, secret);
        assert_eq!(values.check().err(), Some(fault));
    }

    #[rstest]
    #[case("https://ddns.example.com", &[])]
    #[case("http://ddns.example.com:8053", &[Warning::Unencrypted])]
    #[case("http://127.0.0.1:8053", &[Warning::Itself, Warning::Unencrypted])]
    #[case("https://[fd00::5]:8443", &[Warning::PrivateNetwork])]
    #[case("https://[fd00::5]", &[Warning::PrivateNetwork])]
    fn warnings(#[case] url: &str, #[case] expected: &[Warning]) {
        let values = filled(url, "home.example.com", "s3cret");
        assert_eq!(values.warnings(), expected);
    }

    #[test]
    fn a_secret_is_in_no_text_about_the_values() {
        let values = filled("https://ddns.example.com", "home.example.com", "hush hush");
        let fault = values.check().err().unwrap();
        assert!(!format!("{values:?} {fault} {fault:?}").contains("hush"));
    }
}
