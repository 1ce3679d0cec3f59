//! Group commit: what goes together, what is counted, and that nobody pays for another's mistake.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod edges;
mod guesses;
#[path = "../shared/mod.rs"]
mod shared;

use dyn53_core::{Applied, Plan, Reading, RecordSet, RecordType, Step, Zone, ZoneError};
use dyn53_route53::Route53Zone;
use dyn53_route53::write::batch::{LARGEST, Size};
use dyn53_testkit::contract::{self, host};
use dyn53_testkit::route53::{Options, Record, Route53, Throttle};
use rstest::rstest;
use shared::{
    HOME, ZONE, addresses, at_once, name, soon, standin, update, update_within, within, zone,
};
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

/// A record set of the family of its values.
fn set(name: &str, values: &[IpAddr]) -> RecordSet {
    let record_type = RecordType::of(values[0]);
    let values = values.iter().map(|value| (*value).into()).collect();
    RecordSet::new(host(name), record_type, 60, values).unwrap()
}

/// Different addresses of 39 characters each.
fn long(count: usize) -> Vec<IpAddr> {
    let text = |number: usize| format!("2001:db8:1111:2222:3333:4444:5555:{:x}", 0x1000 + number);
    (0..count)
        .map(|number| text(number).parse().unwrap())
        .collect()
}

/// Creates A records without looking first, as after a reading.
fn create(zone: &Route53Zone, number: usize, address: &str) -> Result<u32, ZoneError> {
    let grant = contract::grant(&[&name(number)], &[address]);
    match zone.apply(&Plan::new(&grant, &Reading::default()), soon())? {
        Applied::Done { calls } => Ok(calls),
        Applied::Stale { now, .. } => Err(ZoneError::new(format!("stale: {now:?}"), 0)),
    }
}

#[test]
fn a_caller_that_is_alone_is_not_delayed() {
    let standin = standin();
    let zone = zone(&standin);
    at_once(&zone, 30, |zone, number| {
        create(zone, 100 + number, "192.0.2.1").unwrap()
    });
    let before = standin.calls().change;
    let started = Instant::now();
    for number in 0..20 {
        create(&zone, number, "192.0.2.1").unwrap();
    }
    // A gathering takes a second.
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(standin.calls().change - before, 20);
}

#[test]
fn callers_at_the_same_time_share_few_batches_one_under_way() {
    let processing = Duration::from_millis(100);
    let standin = Route53::start(Options {
        processing,
        ..Options::default()
    });
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 300, |zone, number| create(zone, number, "192.0.2.1"));
    let calls: u32 = verdicts.into_iter().map(Result::unwrap).sum();
    let seen = standin.calls();
    assert_eq!(seen.refused.len(), 0, "never two at a time");
    assert!(seen.change <= 4, "{seen:?}");
    assert_eq!(calls, seen.change, "each call is counted once");
    assert_eq!(addresses(&standin).len(), 300);
}

#[test]
fn one_bad_record_among_400_fails_alone() {
    let processing = Duration::from_millis(50);
    let standin = Route53::start(Options {
        processing,
        ..Options::default()
    });
    let bad = Record::simple(&name(123), "CNAME", 60, &["other.example.org."]);
    standin.put(ZONE, bad.clone());
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 400, |zone, number| create(zone, number, "192.0.2.1"));
    for (number, verdict) in verdicts.iter().enumerate() {
        assert_eq!(verdict.is_err(), number == 123, "{number}: {verdict:?}");
    }
    let refused = verdicts[123].clone().unwrap_err();
    assert!(refused.reason.contains("is a CNAME"), "{refused}");
    assert!(standin.records(ZONE).contains(&bad));
    assert_eq!(addresses(&standin).len(), 400);
    // The message names it, so it need not be searched for by halves.
    assert!(standin.calls().change <= 6, "{:?}", standin.calls());
}

#[test]
fn a_bad_record_that_no_message_names_is_found_in_a_list() {
    let processing = Duration::from_millis(50);
    let standin = Route53::start(Options {
        processing,
        ..Options::default()
    });
    standin.put(
        ZONE,
        Record::simple(&name(7), "CNAME", 60, &["other.example.org."]),
    );
    standin.be_vague();
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 64, |zone, number| create(zone, number, "192.0.2.1"));
    let failed: Vec<usize> = (0..64)
        .filter(|number| verdicts[*number].is_err())
        .collect();
    assert_eq!(failed, [7]);
    assert_eq!(addresses(&standin).len(), 64);
}

#[test]
fn both_families_of_an_update_stand_or_fall_together() {
    let standin = standin();
    let protected = Record::simple(HOME, "AAAA", 60, &["2001:db8::9"]).protected("kept");
    standin.put(ZONE, protected.clone());
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.9"]));
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 9, |zone, number| match number {
        0 => update(zone, HOME, &["192.0.2.1", "2001:db8::1"]),
        _ => create(zone, number, "192.0.2.1"),
    });
    assert!(verdicts[0].is_err() && verdicts[1..].iter().all(Result::is_ok));
    let kept = standin
        .records(ZONE)
        .into_iter()
        .filter(|record| record.name == HOME);
    assert_eq!(
        kept.collect::<Vec<_>>(),
        [Record::simple(HOME, "A", 60, &["192.0.2.9"]), protected]
    );
}

/// Many updates of one host at once: all are told the truth, and the zone has one of them.
#[test]
fn the_newest_of_one_record_wins() {
    let processing = Duration::from_millis(20);
    let standin = Route53::start(Options {
        processing,
        ..Options::default()
    });
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 50, |zone, number| {
        update(zone, HOME, &[&format!("192.0.2.{number}")])
    });
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!(addresses(&standin).len(), 1);
    update(&zone, HOME, &["198.51.100.1"]).unwrap();
    assert_eq!(addresses(&standin), [(HOME.into(), "198.51.100.1".into())]);
}

/// While a change is under way, the same update of the same host waits for its acceptance too.
#[test]
fn no_success_before_acceptance() {
    let processing = Duration::from_millis(300);
    let standin = Route53::start(Options {
        processing,
        ..Options::default()
    });
    let zone = zone(&standin);
    let first_seen = at_once(&zone, 2, |zone, _| {
        update(zone, HOME, &["192.0.2.1"]).unwrap();
        addresses(&standin)
    });
    for seen in first_seen {
        assert_eq!(seen, [(HOME.into(), "192.0.2.1".into())]);
    }
}

#[test]
fn a_caller_with_little_time_is_told_so_and_the_others_go_on() {
    let processing = Duration::from_millis(300);
    let standin = Route53::start(Options {
        processing,
        ..Options::default()
    });
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 20, |zone, number| {
        let time = if number % 2 == 0 {
            Duration::from_millis(150)
        } else {
            Duration::from_secs(20)
        };
        let grant = contract::grant(&[&name(number)], &["192.0.2.1"]);
        let started = Instant::now();
        let plan = Plan::new(&grant, &Reading::default());
        let verdict = zone.apply(&plan, within(time));
        assert!(
            started.elapsed() < time + Duration::from_millis(400),
            "{:?}",
            started.elapsed()
        );
        verdict.is_ok()
    });
    for (number, accepted) in verdicts.into_iter().enumerate() {
        assert!(accepted || number % 2 == 0, "{number} had the time");
    }
}

/// AWS does not publish how many changes a second it takes: a batch that never fits must shrink.
#[test]
fn batches_shrink_to_what_the_account_may_change() {
    let throttle = Throttle {
        burst: 100.0,
        refill: 2_000.0,
    };
    let standin = Route53::start(Options {
        change_throttle: Some(throttle),
        ..Options::default()
    });
    let zone = zone(&standin);
    let verdicts = at_once(&zone, 300, |zone, number| create(zone, number, "192.0.2.1"));
    assert!(verdicts.iter().all(Result::is_ok));
    assert!(standin.calls().refused["Throttling"] > 0);
    assert_eq!(addresses(&standin).len(), 300);
}

/// The storm at a tenth of its size: 1,000 known hosts change within a second, under the published
/// throttle and the one-at-a-time rule.
#[test]
fn a_storm_of_known_hosts_takes_few_calls() {
    let standin = Route53::start(Options {
        throttle: Some(Throttle::ACCOUNT),
        processing: Duration::from_millis(100),
        ..Options::default()
    });
    let zone = zone(&standin);
    at_once(&zone, 1_000, |zone, number| {
        create(zone, number, "192.0.2.1").unwrap()
    });
    let before = standin.calls().all();
    let verdicts = at_once(&zone, 1_000, |zone, number| {
        thread::sleep(Duration::from_millis(number as u64));
        update_within(zone, &name(number), &["198.51.100.1"], soon())
    });
    assert!(verdicts.iter().all(Result::is_ok));
    assert!(
        standin
            .records(ZONE)
            .iter()
            .all(|record| record.values == ["198.51.100.1"])
    );
    let calls = standin.calls().all() - before;
    assert!(calls <= 5, "{calls} calls");
    assert_eq!(standin.calls().refused.len(), 0);
}

/// A thread pool that is as large as a full batch: after it, only the first of the next has come.
#[test]
fn a_full_batch_is_not_followed_by_a_batch_of_one() {
    let standin = Route53::start(Options {
        processing: Duration::from_millis(100),
        ..Options::default()
    });
    let zone = zone(&standin);
    at_once(&zone, 501, |zone, number| {
        for round in 0..4 {
            update(zone, &name(number), &[&format!("192.0.2.{round}")]).unwrap();
        }
    });
    let sizes: Vec<usize> = standin
        .calls()
        .batches
        .iter()
        .map(|(_, size)| *size)
        .collect();
    // A swap is two changes, 500 of them fill a batch. The last batch has the rest.
    let (_rest, sizes) = sizes.split_last().unwrap();
    let after_full = sizes.windows(2).filter(|pair| pair[0] >= 998);
    assert!(after_full.clone().count() >= 1, "{sizes:?}");
    assert!(after_full.into_iter().all(|pair| pair[1] > 2), "{sizes:?}");
}
