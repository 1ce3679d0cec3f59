//! The stand-in for Route 53 of the tests, as a program: `route53 HOSTS PROCESSING_MS THROTTLED`.
//!
//! The zone `example.net` begins with HOSTS addresses (`h00000` and so on). A change of it takes
//! PROCESSING_MS, and another one is refused meanwhile; with THROTTLED `1` the account has Route 53's
//! published 50 calls at once and 10 a second. Signatures are not checked: that is for the tests.
//!
//! Prints one JSON line with its addresses and the file of its authority, as PEM; then one of what was
//! called so far, and of what the zone holds, for each line on its standard input. The file is named
//! by the environment, `AUTHORITY`.

use dyn53_testkit::route53::{Authority, Options, Record, Route53, Throttle};
use serde_json::json;
use std::collections::HashMap;
use std::io::stdin;
use std::time::Duration;

const ZONE: &str = "Z0123456789ABC";

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .map(|number| number.parse().expect("a number"))
        .collect();
    let [hosts, processing, throttled] = numbers[..] else {
        panic!("three numbers");
    };
    let authority = Authority::new();
    let file = std::env::var("AUTHORITY").expect("AUTHORITY names a file");
    std::fs::write(&file, authority.pem()).expect("it can be written");
    let stand_in = Route53::start(Options {
        zones: vec![("example.net".into(), ZONE.into())],
        keys: Vec::new(),
        tls: Some(authority.issue(&["localhost"])),
        throttle: (throttled == 1).then_some(Throttle::ACCOUNT),
        processing: Duration::from_millis(processing),
        ..Options::default()
    });
    for host in 0..hosts {
        let name = format!("h{host:05}.example.net");
        stand_in.put(ZONE, Record::simple(&name, "A", 60, &["192.0.2.1"]));
    }
    let told = json!({
        "api": stand_in.address().to_string(),
        "dns": stand_in.name_server().to_string(),
        "zone": ZONE,
    });
    println!("{told}");
    for _ in stdin().lines() {
        println!("{}", report(&stand_in));
    }
}

fn report(stand_in: &Route53) -> serde_json::Value {
    let calls = stand_in.calls();
    let mut values: HashMap<String, usize> = HashMap::new();
    for record in stand_in.records(ZONE) {
        for value in record.values {
            let network: Vec<&str> = value.split('.').take(2).collect();
            *values.entry(network.join(".")).or_default() += 1;
        }
    }
    json!({
        "list": calls.list,
        "change": calls.change,
        "refused": calls.refused,
        "connections": calls.connections,
        "questions": calls.questions,
        "largest": calls.batches.iter().map(|(_, changes)| changes).max(),
        "networks": values,
    })
}
