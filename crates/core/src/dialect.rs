//! Dialects: the clients' wire languages. Each file reads and writes one of them.

mod duckdns;
mod dyndns2;
mod plain;

use crate::address::{Prefix, parse_address};
use crate::host::Host;
use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::update::{Addresses, Login, MAX_HOSTS, Named, Update};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// Seconds after which a client shall come back when the zone could not be changed.
const RETRY_AFTER: u32 = 60;

/// A client's wire language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `/?newip=..&secret=..` -> `OK`.
    Plain,
    /// `/nic/update?hostname=..&myip=..` -> `good ..`.
    DynDns2,
    /// `/update?domains=..&token=..` -> `OK`.
    DuckDns,
}

impl Dialect {
    /// The dialect that lives at a path in the form of [`tidy_path`].
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        match path {
            "/" => Some(Self::Plain),
            "/nic/update" | "/v3/update" => Some(Self::DynDns2),
            "/update" => Some(Self::DuckDns),
            _ => None,
        }
    }

    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::DynDns2 => "dyndns2",
            Self::DuckDns => "duckdns",
        }
    }

    /// What the client wants.
    ///
    /// # Errors
    /// [`Refusal`] if the request cannot be understood.
    pub fn parse(self, request: &Request) -> Result<Update, Refusal> {
        if request.method != "GET" && request.method != "POST" {
            return Err(Refusal::Method);
        }
        let parameters = Parameters::of(request);
        match self {
            Self::Plain => plain::parse(request, &parameters),
            Self::DynDns2 => dyndns2::parse(request, &parameters),
            Self::DuckDns => duckdns::parse(request, &parameters),
        }
    }

    /// What the client is told.
    #[must_use]
    pub fn render(self, request: &Request, result: &Result<Outcome, Refusal>) -> Reply {
        match self {
            Self::Plain => plain::render(result),
            Self::DynDns2 => dyndns2::render(result),
            Self::DuckDns => duckdns::render(&Parameters::of(request), result),
        }
    }
}

/// A path as the dialects compare it: decoded, `\` read as `/`, repeated and final slashes dropped
/// (UniFi sends `//nic/update` and `/%5c/nic/update`).
#[must_use]
pub fn tidy_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let parts = decoded.split(['/', '\\']).filter(|part| !part.is_empty());
    "/".to_owned() + &parts.collect::<Vec<_>>().join("/")
}

/// The addresses sent under `names`, or the caller's; `auto` is the caller's too.
fn addresses(
    request: &Request,
    parameters: &Parameters,
    names: &'static [&'static str],
) -> Result<Addresses, Refusal> {
    let mut sent = Addresses::default();
    let mut auto = false;
    let prefix = parameters.one(&["ip6lanprefix", "ip6prefix"])?;
    sent.prefix = prefix.map(Prefix::parse).transpose()?;
    let texts = parameters.all(names).flat_map(|list| list.split(','));
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        if text.eq_ignore_ascii_case("auto") {
            auto = true;
            continue;
        }
        let address = parse_address(text)?;
        sent.add(address).map_err(|()| Refusal::Contradiction)?;
    }
    if auto || sent.is_empty() {
        sent.add_if_free(request.caller.to_canonical());
    }
    Ok(sent)
}

/// The hosts named in a comma list.
fn hosts(list: &str, label_alone: bool) -> Result<Vec<Named>, Refusal> {
    let texts = list
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let named: Vec<Named> = texts.map(|text| named(text, label_alone)).collect();
    if named.len() > MAX_HOSTS {
        return Err(Refusal::TooManyHosts);
    }
    Ok(named)
}

fn named(text: &str, label_alone: bool) -> Named {
    match Host::parse(text) {
        Ok(host) => Named::Host(host),
        Err(_) if label_alone && !text.contains('.') => Named::Label(text.to_ascii_lowercase()),
        Err(error) => Named::Malformed(error),
    }
}

/// The login of a Basic header (RFC 7617); an empty user name counts as none.
fn basic(request: &Request) -> Option<Login> {
    let decoded = STANDARD.decode(after_scheme(request, "basic")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (name, secret) = decoded.split_once(':')?;
    login((!name.is_empty()).then_some(name), secret)
}

/// The token of a Bearer header (RFC 6750 section 2.1).
fn bearer(request: &Request) -> Option<Login> {
    login(None, after_scheme(request, "bearer")?)
}

fn login(name: Option<&str>, secret: &str) -> Option<Login> {
    (!secret.is_empty()).then(|| Login {
        name: name.map(str::to_owned),
        secret: secret.to_owned(),
    })
}

fn after_scheme<'a>(request: &'a Request, scheme: &str) -> Option<&'a str> {
    let (sent, rest) = request.authorization.as_deref()?.trim().split_once(' ')?;
    sent.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

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
        assert_eq!(tidy_path(sent), tidy);
    }
}
