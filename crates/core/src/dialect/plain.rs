//! The plain dialect: `GET /?newip=192.0.2.1&secret=..` -> `OK`.

use super::sent::{RETRY_AFTER, addresses, basic, bearer, login};
use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::update::{Asked, Login, Update, Wish};

const ADDRESSES: [&str; 8] = [
    "newip", "newip6", "myip", "myipv4", "myipv6", "ip", "ipv6", "ip6addr",
];

pub(super) fn parse(request: &Request, parameters: &Parameters) -> Result<Update, Refusal> {
    let login = sent_login(request, parameters)?;
    let asked_v6 = parameters
        .all(&["newip6"])
        .any(|value| value.eq_ignore_ascii_case("auto"));
    let addresses = addresses(request, parameters, &ADDRESSES)?;
    if asked_v6 && addresses.v6.is_none() && parameters.one(&["newip"])?.is_none() {
        return Err(Refusal::AutoFamily);
    }
    Ok(Update {
        login,
        asked: Asked::All,
        wish: Wish::Set(addresses),
    })
}

/// `secret=` wins; the header is looked at only without it.
fn sent_login(request: &Request, parameters: &Parameters) -> Result<Login, Refusal> {
    let sent = parameters.one(&["secret"]).map_err(|_| Refusal::BadAuth)?;
    match sent {
        Some(secret) => login(None, secret),
        None => bearer(request).or_else(|| {
            let secret = basic(request)?.secret;
            login(None, &secret)
        }),
    }
    .ok_or(Refusal::NoCredentials)
}

pub(super) fn render(result: &Result<Outcome, Refusal>) -> Reply {
    let refusal = match result {
        Ok(_) => return Reply::text(200, "OK"),
        Err(refusal) => refusal,
    };
    match refusal {
        Refusal::NoCredentials | Refusal::BadAuth => Reply::text(403, "badauth"),
        Refusal::BadAddress(_)
        | Refusal::Contradiction
        | Refusal::AutoFamily
        | Refusal::NothingToSet
        | Refusal::NoInterfaceId => Reply::text(400, "badip"),
        Refusal::Hosts { .. } => Reply::text(403, "nohost"),
        Refusal::TooManyHosts => Reply::text(400, "numhost"),
        Refusal::OfflineForbidden | Refusal::Txt | Refusal::Challenge(_) => {
            Reply::text(403, "badagent")
        }
        Refusal::Method => Reply::text(405, "badagent").with("allow", "GET, POST"),
        Refusal::Throttled(seconds) => retry(*seconds),
        Refusal::Zone(_) => retry(RETRY_AFTER),
    }
}

fn retry(seconds: u32) -> Reply {
    Reply::text(503, "911").with("retry-after", seconds.to_string())
}
