//! Conversations: a zone before, requests and their replies, the zone after, in a text file.
//!
//! ```text
//! # What this conversation proves.
//! zone  home.example.com 192.0.2.1
//! grant router:s3cret home.example.com nas.example.com=::10
//! from  198.51.100.7
//! > GET /nic/update?myip=198.51.100.9
//! > authorization: Basic cm91dGVyOnMzY3JldA==
//! < 200
//! < content-type: text/plain; charset=utf-8
//! < good 198.51.100.9\n
//! zone  home.example.com 198.51.100.9
//! ```
//!
//! `zone NAME ADDRESS [TTL]` (60) or `zone NAME TXT TEXT..`, before the first `>` and after the last `<`;
//! `zone empty` after it says that nothing is left. `grant [NAME]:SECRET[:SECRET] HOST..`, `grant-offline`
//! the same with leave to go offline, `grant-certificates` with leave to answer challenges; `allow-private`; `from` is the caller, 203.0.113.77 without it.
//! After `< STATUS` come the headers to look at, then the body to the letter (`\n` is a line
//! feed). `>>` is a body: a form, or JSON where the dialect reads JSON; `> content-type:` says that JSON is
//! called something else.

use crate::contract;
use dyn53_core::{
    Credential, Credentials, Dialect, GrantedHost, RecordSet, Reply, Request, SecretHash,
};
use std::net::IpAddr;
use std::path::Path;

/// One file.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// The file's name, for messages.
    pub name: String,
    /// What the zone holds before.
    pub before: Vec<RecordSet>,
    /// Who may change what.
    pub grants: Vec<Granted>,
    /// Whether private addresses may be published.
    pub allow_private: bool,
    /// What is said.
    pub exchanges: Vec<Exchange>,
    /// What the zone holds after.
    pub after: Vec<RecordSet>,
}

/// A `grant` line.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The user name; `None`: any.
    pub name: Option<String>,
    /// One or two secrets, in the clear.
    pub secrets: Vec<String>,
    /// Names with their interface ids.
    pub hosts: Vec<(String, Option<std::net::Ipv6Addr>)>,
    /// Whether the hosts may go offline.
    pub allow_offline: bool,
    /// Whether challenges of the hosts may be answered.
    pub certificates: bool,
}

/// A request and its reply.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What is sent.
    pub request: Request,
    /// What JSON is called.
    pub content_type: String,
    /// The status that comes back.
    pub status: u16,
    /// Headers that come back among others.
    pub headers: Vec<(String, String)>,
    /// The body that comes back.
    pub body: String,
}

impl Exchange {
    /// Fails with a message that names the conversation if the reply is another one.
    #[track_caller]
    pub fn check(&self, name: &str, reply: &Reply) {
        let said = (reply.status, reply.body.as_ref());
        assert_eq!(said, (self.status, self.body.as_str()), "reply in {name}");
        for (header, value) in &self.headers {
            let found = reply.headers.iter().find(|(other, _)| other == header);
            let found = found.map(|(_, value)| value.as_ref());
            assert_eq!(found, Some(value.as_str()), "header {header} in {name}");
        }
    }
}

impl Conversation {
    /// The credentials of its `grant` lines.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let all = self.grants.iter().map(|grant| Credential {
            name: grant.name.clone(),
            secrets: grant.secrets.iter().map(|s| SecretHash::of(s)).collect(),
            hosts: grant.hosts.iter().map(granted_host).collect(),
            allow_offline: grant.allow_offline,
            certificates: grant.certificates,
        });
        Credentials::new(all.collect(), self.allow_private)
    }

    /// Whether one login of any name opens everything: what the Lambda function can be set up for.
    #[must_use]
    pub fn fits_one_login(&self) -> bool {
        let one = self.grants.len() == 1 && !self.grants[0].allow_offline;
        one && self.grants[0].name.is_none() && !self.allow_private
    }
}

fn granted_host((name, id): &(String, Option<std::net::Ipv6Addr>)) -> GrantedHost {
    GrantedHost {
        host: contract::host(name),
        ttl: contract::TTL,
        interface_id: *id,
    }
}

/// Reads one file.
///
/// # Panics
/// If it cannot be read, names the line.
#[must_use]
pub fn read(file: &Path) -> Conversation {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut conversation = Conversation {
        name: name.clone(),
        ..Conversation::default()
    };
    let mut from: IpAddr = "203.0.113.77".parse().unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    for (number, line) in text.lines().enumerate() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let exchanges = &mut conversation.exchanges;
        match (word, rest.trim()) {
            ("" | "#", _) => {}
            ("zone", "empty") => assert!(!exchanges.is_empty(), "{name}"),
            ("zone", set) if exchanges.is_empty() => conversation.before.push(record_set(set)),
            ("zone", set) => conversation.after.push(record_set(set)),
            ("grant" | "grant-offline" | "grant-certificates", grant) => {
                conversation.grants.push(granted(word, grant));
            }
            ("allow-private", _) => conversation.allow_private = true,
            ("from", caller) => from = caller.parse().unwrap(),
            (">", said) => request_line(exchanges, said, from),
            (">>", body) => body_line(&mut exchanges.last_mut().unwrap().request, body),
            ("<", _) => reply_line(exchanges.last_mut().unwrap(), rest),
            _ => panic!("{name}:{}: what is `{line}`?", number + 1),
        }
    }
    conversation
        .after
        .sort_by_key(|set| (set.host.clone(), set.record_type));
    assert!(!conversation.exchanges.is_empty(), "{name} has no request");
    conversation
}

fn record_set(text: &str) -> RecordSet {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words[1] == "TXT" {
        return contract::texts(words[0], &words[2..]);
    }
    let ttl = words
        .get(2)
        .map_or(contract::TTL, |ttl| ttl.parse().unwrap());
    contract::set(words[0], ttl, words[1])
}

fn granted(word: &str, text: &str) -> Granted {
    let (login, hosts) = text.split_once(' ').unwrap();
    let mut parts = login.split(':').map(str::to_owned);
    let name = parts.next().filter(|name| !name.is_empty());
    let hosts = hosts
        .split_whitespace()
        .map(|host| match host.split_once('=') {
            Some((host, id)) => (host.to_owned(), Some(id.parse().unwrap())),
            None => (host.to_owned(), None),
        });
    Granted {
        name,
        secrets: parts.collect(),
        hosts: hosts.collect(),
        allow_offline: word == "grant-offline",
        certificates: word == "grant-certificates",
    }
}

fn request_line(exchanges: &mut Vec<Exchange>, said: &str, caller: IpAddr) {
    if let Some((name, value)) = said.split_once(": ") {
        header_line(exchanges.last_mut().unwrap(), name, value);
        return;
    }
    let (method, target) = said.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    exchanges.push(Exchange {
        request: Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            ..Request::bare(caller)
        },
        content_type: "application/json".into(),
        status: 0,
        headers: Vec::new(),
        body: String::new(),
    });
}

fn header_line(exchange: &mut Exchange, name: &str, value: &str) {
    let request = &mut exchange.request;
    match name {
        "authorization" => request.authorization = Some(value.to_owned()),
        "x-api-user" => request.api_user = Some(value.to_owned()),
        "x-api-key" => request.api_key = Some(value.to_owned()),
        "content-type" => value.clone_into(&mut exchange.content_type),
        _ => panic!("no request has the header {name}"),
    }
}

fn body_line(request: &mut Request, body: &str) {
    if Dialect::of(request).is_some_and(Dialect::reads_json) {
        request.json = body.into();
    } else {
        request.form = body.into();
    }
}

fn reply_line(exchange: &mut Exchange, text: &str) {
    match (exchange.status, text.split_once(": ")) {
        (0, _) => exchange.status = text.trim().parse().unwrap(),
        (_, Some((name, value))) if exchange.body.is_empty() && !name.starts_with('{') => {
            exchange.headers.push((name.into(), value.into()));
        }
        _ => exchange.body += &text.replace("\\n", "\n"),
    }
}
