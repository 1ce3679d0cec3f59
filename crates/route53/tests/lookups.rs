//! Lookups of many callers: one list answers them, and the account's rate is kept.
#![allow(clippy::unwrap_used)]

mod shared;

use dyn53_route53::{Route53Zone, Settings};
use dyn53_testkit::route53::{Lie, Options, Record, Route53, Throttle};
use shared::{HOME, ZONE, addresses, at_once, glance, name, settings, update, zone};
use std::thread;
use std::time::Duration;

/// A storm of hosts that nobody knows yet: the zone is listed page by page, not host by host, and an alias
/// among them is still refused alone.
#[test]
fn many_unknown_hosts_are_looked_up_together() {
    let standin = Route53::start(Options {
        latency: Duration::from_millis(30),
        ..Options::default()
    });
    for number in 0..700 {
        standin.put(ZONE, Record::simple(&name(number), "A", 60, &["192.0.2.1"]));
    }
    let alias = Record::alias(&name(13), "A", "lb.example.org.");
    standin.put(ZONE, alias.clone());
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 300, |zone, number| {
        update(zone, &name(number), &["198.51.100.1"])
    });
    for (number, verdict) in verdicts.iter().enumerate() {
        assert_eq!(verdict.is_err(), number == 13, "{number}: {verdict:?}");
    }
    assert!(standin.records(ZONE).contains(&alias));
    assert!(standin.calls().list <= 10, "{:?}", standin.calls());
    // What was not there is known too, and is created.
    let verdicts = at_once(&zone, 100, |zone, number| {
        update(zone, &name(1_000 + number), &["192.0.2.1"])
    });
    assert!(verdicts.iter().all(Result::is_ok));
    assert_eq!(addresses(&standin).len(), 800);
    assert!(standin.calls().list <= 20, "{:?}", standin.calls());
}

/// The name servers cannot be reached, and the first hosts of a storm find that out together. One list
/// answers them all, also those who were still asking the name servers while it was made.
#[test]
fn a_storm_without_name_servers_makes_one_list() {
    let standin = Route53::start(Options {
        throttle: Some(Throttle::ACCOUNT),
        processing: Duration::from_millis(20),
        ..Options::default()
    });
    standin.steady_lie(Some(Lie::Silence));
    for number in 0..1_000 {
        standin.put(ZONE, Record::simple(&name(number), "A", 60, &["192.0.2.1"]));
    }
    let zone = Route53Zone::new(Settings {
        name_servers: glance(&standin),
        ..settings(&standin)
    });
    let verdicts = at_once(&zone.unwrap(), 1_000, |zone, number| {
        thread::sleep(Duration::from_millis(number as u64));
        update(zone, &name(number), &["198.51.100.1"])
    });
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    let calls = standin.calls();
    assert_eq!(calls.refused.len(), 0, "{calls:?}");
    // A few lookups of their own, until many wait; then four pages.
    assert!(calls.list <= 4 + 4, "{} lists", calls.list);
}

/// Too few for a list wait at once, again and again: none of their calls is refused.
#[test]
fn lookups_keep_to_the_rate_of_the_account() {
    let throttle = Throttle {
        burst: 5.0,
        refill: 10.0,
    };
    let standin = Route53::start(Options {
        throttle: Some(throttle),
        ..Options::default()
    });
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    let calls = at_once(&zone(&standin), 6, |zone, _| {
        let rounds = (0..5).map(|_| update(zone, HOME, &["192.0.2.1"]).unwrap());
        rounds.sum::<u32>()
    });
    assert_eq!(calls, [5; 6], "each is looked up when it comes");
    assert_eq!(standin.calls().refused.len(), 0, "{:?}", standin.calls());
}
