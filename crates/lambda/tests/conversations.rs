//! Every conversation that a function can be set up for, through `bootstrap` itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod shared;

use dyn53_core::{RecordData, RecordSet};
use dyn53_testkit::conversation::{self, Conversation, Exchange, Granted};
use dyn53_testkit::route53::{Record, Route53};
use dyn53_testkit::{contract, function_url};
use rstest::rstest;
use serde_json::Value;
use shared::{Function, ZONE, environment, route53};
use std::path::PathBuf;

#[rstest]
fn replayed(#[files("../core/tests/conversations/*.txt")] file: PathBuf) {
    let conversation = conversation::read(&file);
    let left_out = NOT_FOR_A_FUNCTION.contains(&conversation.name.as_str());
    assert_eq!(fits(&conversation), !left_out);
    if !left_out {
        replay(&conversation);
    }
}

/// Named, so that no other one is left out unseen.
const NOT_FOR_A_FUNCTION: [&str; 12] = [
    "acmedns-user-names.txt",
    "duckdns-clear-contradiction.txt",
    "duckdns-clear.txt",
    "duckdns-label-of-two.txt",
    "duckdns-txt.txt",
    "dyndns2-offline-allowed.txt",
    "dyndns2-offline-contradiction.txt",
    "dyndns2-two-logins.txt",
    "dyndns2-user-name-is-the-host-in-any-form.txt",
    "dyndns2-wrong-login.txt",
    "plain-prefix-completed.txt",
    "plain-private-allowed.txt",
];

/// A function has one zone and one login of any name; it neither goes offline nor publishes private addresses.
fn fits(conversation: &Conversation) -> bool {
    let [grant] = conversation.grants.as_slice() else {
        return false;
    };
    let zone = apex(&grant.hosts[0].0);
    let one_zone = grant.hosts.iter().all(|(name, _)| apex(name) == zone);
    let refusing_a_name = [
        "acmedns-user-names.txt",
        "dyndns2-wrong-login.txt",
        "dyndns2-user-name-is-the-host-in-any-form.txt",
    ];
    let a_name_is_refused = refusing_a_name.contains(&conversation.name.as_str());
    one_zone && !a_name_is_refused && !grant.allow_offline && !conversation.allow_private
}

fn apex(name: &str) -> String {
    let labels: Vec<&str> = name.rsplit('.').take(2).collect();
    format!("{}.{}", labels[1], labels[0])
}

fn replay(conversation: &Conversation) {
    let name = &conversation.name;
    let grant = &conversation.grants[0];
    let route53 = route53(&apex(&grant.hosts[0].0));
    for set in &conversation.before {
        route53.put(ZONE, record(set));
    }
    let mut environment = environment(&route53);
    environment.push(("RECORD_NAMES", record_names(grant)));
    environment.push(("SECRET", grant.secrets.join(" ")));
    environment.push(("TTL", contract::TTL.to_string()));
    if grant.certificates {
        environment.push(("CERTIFICATES", "yes".to_owned()));
    }
    let function = Function::start(&environment);
    for exchange in &conversation.exchanges {
        exchange.check(name, &function.reply(&event(exchange)));
    }
    assert_eq!(contents(&route53), conversation.after, "zone after {name}");
}

fn event(exchange: &Exchange) -> Value {
    let mut event = function_url::event(&exchange.request);
    if !exchange.request.json.is_empty() {
        event["headers"]["content-type"] = exchange.content_type.as_str().into();
    }
    event
}

fn record_names(grant: &Granted) -> String {
    let names = grant.hosts.iter().map(|(name, id)| match id {
        Some(id) => format!("{name}={id}"),
        None => name.clone(),
    });
    names.collect::<Vec<_>>().join(",")
}

fn record(set: &RecordSet) -> Record {
    let quoted = |data: &RecordData| match data {
        RecordData::Txt(text) => format!("\"{}\"", text.as_str()),
        address => address.to_string(),
    };
    let values: Vec<String> = set.values.iter().map(quoted).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let kind = set.record_type.name();
    Record::simple(set.host.as_str(), kind, set.ttl, &values)
}

fn contents(route53: &Route53) -> Vec<RecordSet> {
    let records = route53.records(ZONE);
    let sets = records.iter().map(|record| {
        let values = record.values.iter().map(|value| value.trim_matches('"'));
        let values: Vec<&str> = values.collect();
        if record.kind == "TXT" {
            return contract::texts(&record.name, &values);
        }
        assert_eq!(values.len(), 1);
        contract::set(&record.name, record.ttl.unwrap(), values[0])
    });
    let mut sets: Vec<RecordSet> = sets.collect();
    sets.sort_by_key(|set| (set.host.clone(), set.record_type));
    sets
}
