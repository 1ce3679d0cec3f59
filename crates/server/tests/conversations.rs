//! Every conversation, over HTTP, in front of embedded zones in files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Answer, Served, embedded, embedded_settings, serve, settings, zone_file};
use dyn53_core::{Credential, GrantedHost, RecordSet, Reply, Request, SecretHash};
use dyn53_server::EmbeddedZone;
use dyn53_testkit::contract;
use dyn53_testkit::conversation::{self, Conversation, Exchange};
use rstest::rstest;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

const ZONES: [&str; 3] = ["example.com", "example.net", "example.org"];

#[rstest]
fn replayed(#[files("../core/tests/conversations/*.txt")] file: PathBuf) {
    replay(&conversation::read(&file));
}

fn replay(conversation: &Conversation) {
    let folder = tempfile::tempdir().unwrap();
    for apex in ZONES {
        let apex_host = contract::host(apex);
        let before = conversation.before.iter();
        let before: Vec<RecordSet> = before
            .filter(|set| set.host.is_within(&apex_host))
            .cloned()
            .collect();
        std::fs::write(
            folder.path().join(format!("{apex}.zone")),
            zone_file(apex, &before),
        )
        .unwrap();
    }
    let mut settings = settings(folder.path());
    settings.zones = ZONES.map(embedded).into();
    settings.access.credentials = credentials(conversation);
    settings.access.allow_private = conversation.allow_private;
    let served = serve(settings);
    for exchange in &conversation.exchanges {
        let answer = say(&served, exchange);
        let length = answer.header("content-length").map(str::parse);
        assert_eq!(
            length,
            Some(Ok(exchange.body.len())),
            "{}",
            conversation.name
        );
        assert_eq!(answer.header("transfer-encoding"), None);
        let mut exchange = exchange.clone();
        if exchange.request.method == "HEAD" {
            exchange.body.clear();
        }
        exchange.check(&conversation.name, &reply(&answer));
    }
    served.stop();
    assert_eq!(
        contents(folder.path()),
        conversation.after,
        "zone after {}",
        conversation.name
    );
}

fn credentials(conversation: &Conversation) -> Vec<Credential> {
    let grants = conversation.grants.iter();
    let credentials = grants.map(|grant| Credential {
        name: grant.name.clone(),
        secrets: grant
            .secrets
            .iter()
            .map(|secret| SecretHash::of(secret))
            .collect(),
        hosts: grant
            .hosts
            .iter()
            .map(|(name, id)| GrantedHost {
                host: contract::host(name),
                ttl: contract::TTL,
                interface_id: *id,
            })
            .collect(),
        allow_offline: grant.allow_offline,
        certificates: grant.certificates,
    });
    credentials.collect()
}

fn say(served: &Served, exchange: &Exchange) -> Answer {
    let Request {
        method,
        path,
        query,
        form,
        json,
        authorization,
        api_user,
        api_key,
        caller,
    } = &exchange.request;
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    let mut head = format!(
        "{method} {path}{query} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {caller}\r\nConnection: close\r\n"
    );
    let headers = [
        ("Authorization", authorization),
        ("X-Api-User", api_user),
        ("X-Api-Key", api_key),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            head += &format!("{name}: {value}\r\n");
        }
    }
    let form_type = "application/x-www-form-urlencoded".to_owned();
    for (body, kind) in [(form, &form_type), (json, &exchange.content_type)] {
        if !body.is_empty() {
            head += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
    }
    served.say(format!("{head}\r\n{form}{json}").as_bytes())
}

fn reply(answer: &Answer) -> Reply {
    let names = [
        "content-type",
        "www-authenticate",
        "retry-after",
        "allow",
        "cache-control",
    ];
    let headers = names.into_iter().filter_map(|name| {
        let value = answer.header(name)?;
        Some((name, Cow::from(value.to_owned())))
    });
    Reply {
        status: answer.status,
        headers: headers.collect(),
        body: answer.body.clone().into(),
    }
}

fn contents(folder: &Path) -> Vec<RecordSet> {
    let zones = ZONES.iter().map(|apex| {
        EmbeddedZone::open(folder, embedded_settings(apex))
            .unwrap()
            .0
    });
    let mut sets: Vec<RecordSet> = zones.flat_map(|zone| zone.contents()).collect();
    sets.sort_by_key(|set| (set.host.clone(), set.record_type));
    sets
}
