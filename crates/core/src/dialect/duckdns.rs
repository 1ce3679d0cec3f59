//! DuckDNS: `GET /update?domains=..&token=..&ip=..` -> exactly `OK` or `KO`.

use super::sent::{RETRY_AFTER, addresses, hosts, login};
use crate::http::{Reply, Request};
use crate::outcome::{HostOutcome, Outcome};
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::update::{Asked, Update, Wish};
use std::net::IpAddr;

const HOSTS: [&str; 3] = ["domains", "domain", "hostname"];
const ADDRESSES: [&str; 6] = ["ip", "ipv4", "ipv6", "ip6addr", "myip", "myipv6"];
const TOKENS: [&str; 4] = ["token", "password", "pass", "passwd"];

pub(super) fn parse(request: &Request, parameters: &Parameters) -> Result<Update, Refusal> {
    let token = parameters.one(&TOKENS).map_err(|_| Refusal::BadAuth)?;
    let login = token
        .and_then(|token| login(None, token))
        .ok_or(Refusal::NoCredentials)?;
    if parameters.has("txt") {
        return Err(Refusal::Txt);
    }
    // Looked at again when the reply is written.
    parameters.switch("verbose")?;
    let wish = if parameters.switch("clear")? {
        Wish::Offline
    } else {
        Wish::Set(addresses(request, parameters, &ADDRESSES)?)
    };
    let asked = match parameters.one(&HOSTS)? {
        None => Asked::All,
        Some(list) => Asked::Together(hosts(list, true)?),
    };
    Ok(Update { login, asked, wish })
}

pub(super) fn render(parameters: &Parameters, result: &Result<Outcome, Refusal>) -> Reply {
    let refusal = match result {
        Ok(outcome) if parameters.switch("verbose") == Ok(true) => {
            return Reply::text(200, verbose(outcome));
        }
        Ok(_) => return Reply::text(200, "OK"),
        Err(refusal) => refusal,
    };
    match refusal {
        Refusal::BadAddress(_)
        | Refusal::Contradiction
        | Refusal::AutoFamily
        | Refusal::NothingToSet
        | Refusal::NoInterfaceId
        | Refusal::TooManyHosts => Reply::text(400, "KO"),
        Refusal::NoCredentials
        | Refusal::BadAuth
        | Refusal::Hosts { .. }
        | Refusal::OfflineForbidden
        | Refusal::Txt
        | Refusal::Challenge(_) => Reply::text(403, "KO"),
        Refusal::Method => Reply::text(405, "KO").with("allow", "GET, POST"),
        Refusal::Throttled(seconds) => retry(*seconds),
        Refusal::Zone(_) => retry(RETRY_AFTER),
    }
}

/// Four lines: `OK`, the IPv4 address, the IPv6 address, `UPDATED` or `NOCHANGE`.
fn verbose(outcome: &Outcome) -> String {
    let address = |wanted: fn(&IpAddr) -> bool| {
        let mut all = outcome
            .hosts
            .iter()
            .flat_map(|host: &HostOutcome| &host.addresses);
        all.find(|address| wanted(address))
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let change = if outcome.is_change() {
        "UPDATED"
    } else {
        "NOCHANGE"
    };
    let (v4, v6) = (address(IpAddr::is_ipv4), address(IpAddr::is_ipv6));
    format!("OK\n{v4}\n{v6}\n{change}")
}

fn retry(seconds: u32) -> Reply {
    Reply::text(503, "KO").with("retry-after", seconds.to_string())
}
