//! What several dialects read alike: addresses, hosts, logins.

use crate::address::{Prefix, parse_address};
use crate::host::Host;
use crate::http::Request;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::update::{Addresses, Login, MAX_HOSTS, Named};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Seconds after which a client shall come back when the zone could not be changed.
pub(super) const RETRY_AFTER: u32 = 60;

/// The addresses sent under `names`, or the caller's; `auto` is the caller's too.
pub(super) fn addresses(
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
pub(super) fn hosts(list: &str, label_alone: bool) -> Result<Vec<Named>, Refusal> {
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
pub(super) fn basic(request: &Request) -> Option<Login> {
    let decoded = STANDARD.decode(after_scheme(request, "basic")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (name, secret) = decoded.split_once(':')?;
    login((!name.is_empty()).then_some(name), secret)
}

/// The token of a Bearer header (RFC 6750 section 2.1).
pub(super) fn bearer(request: &Request) -> Option<Login> {
    login(None, after_scheme(request, "bearer")?)
}

pub(super) fn login(name: Option<&str>, secret: &str) -> Option<Login> {
    (!secret.is_empty()).then(|| Login {
        name: name.map(str::to_owned),
        secret: secret.to_owned(),
    })
}

fn after_scheme<'a>(request: &'a Request, scheme: &str) -> Option<&'a str> {
    let (sent, rest) = request.authorization.as_deref()?.trim().split_once(' ')?;
    sent.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}
