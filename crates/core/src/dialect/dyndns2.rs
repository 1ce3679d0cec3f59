//! DynDNS2: `GET /nic/update?hostname=..&myip=..` -> `good 192.0.2.1`, one line a host.

use super::sent::{RETRY_AFTER, addresses, basic, hosts, login};
use crate::http::{Reply, Request};
use crate::outcome::{Done, HostOutcome, Outcome};
use crate::query::Parameters;
use crate::refusal::{Refusal, Word};
use crate::update::{Asked, Login, Update, Wish};
use std::net::IpAddr;

const HOSTS: [&str; 3] = ["hostname", "domain", "host_id"];
const ADDRESSES: [&str; 9] = [
    "myip", "myipv4", "myipv6", "ip", "ipv4", "ipv6", "ip6addr", "newip", "newip6",
];
const NAMES: [&str; 2] = ["username", "user"];
const SECRETS: [&str; 3] = ["password", "pass", "passwd"];

pub(super) fn parse(request: &Request, parameters: &Parameters) -> Result<Update, Refusal> {
    let login = sent_login(request, parameters)?;
    let wish = if parameters.switch("offline")? {
        Wish::Offline
    } else {
        Wish::Set(addresses(request, parameters, &ADDRESSES)?)
    };
    let asked = match parameters.one(&HOSTS)? {
        None => Asked::All,
        Some(list) => match hosts(list, false)? {
            none if none.is_empty() => Asked::All,
            some => Asked::Each(some),
        },
    };
    Ok(Update { login, asked, wish })
}

/// The Basic header wins; boxes that cannot send one put the login into the query.
fn sent_login(request: &Request, parameters: &Parameters) -> Result<Login, Refusal> {
    if let Some(login) = basic(request) {
        return Ok(login);
    }
    let name = parameters.one(&NAMES).map_err(|_| Refusal::BadAuth)?;
    let secret = parameters.one(&SECRETS).map_err(|_| Refusal::BadAuth)?;
    secret
        .and_then(|secret| login(name, secret))
        .ok_or(Refusal::NoCredentials)
}

pub(super) fn render(result: &Result<Outcome, Refusal>) -> Reply {
    let refusal = match result {
        Ok(outcome) => return Reply::text(200, outcome.hosts.iter().map(line).collect::<String>()),
        Err(refusal) => refusal,
    };
    match refusal {
        Refusal::NoCredentials | Refusal::BadAuth => Reply::text(401, "badauth\n").with(
            "www-authenticate",
            "Basic realm=\"dyn53\", charset=\"UTF-8\"",
        ),
        Refusal::Hosts { words, .. } => refused_hosts(words),
        Refusal::TooManyHosts => Reply::text(400, "numhost\n"),
        Refusal::BadAddress(_)
        | Refusal::Contradiction
        | Refusal::AutoFamily
        | Refusal::NothingToSet
        | Refusal::NoInterfaceId => Reply::text(400, "badip\n"),
        Refusal::OfflineForbidden | Refusal::Txt | Refusal::Challenge(_) => {
            Reply::text(403, "badagent\n")
        }
        Refusal::Method => Reply::text(405, "badagent\n").with("allow", "GET, POST"),
        Refusal::Throttled(seconds) => retry(*seconds),
        Refusal::Zone(_) => retry(RETRY_AFTER),
    }
}

fn line(host: &HostOutcome) -> String {
    let first = match host.verdict {
        Ok(Done::Changed) => "good",
        Ok(Done::Unchanged) => "nochg",
        Err(word) => return refused(word).to_owned() + "\n",
    };
    let addresses: Vec<String> = host.addresses.iter().map(IpAddr::to_string).collect();
    if addresses.is_empty() {
        format!("{first}\n")
    } else {
        format!("{first} {}\n", addresses.join(","))
    }
}

fn refused(word: Word) -> &'static str {
    match word {
        Word::NoHost => "nohost",
        Word::NotFqdn => "notfqdn",
    }
}

fn refused_hosts(words: &[Word]) -> Reply {
    let status = if words.contains(&Word::NoHost) {
        403
    } else {
        400
    };
    let lines = words.iter().map(|word| refused(*word).to_owned() + "\n");
    Reply::text(status, lines.collect::<String>())
}

fn retry(seconds: u32) -> Reply {
    Reply::text(503, "911\n").with("retry-after", seconds.to_string())
}
