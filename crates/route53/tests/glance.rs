//! The glance: what it saves, and each hazard that it must not fall for.
#![allow(clippy::unwrap_used)]

mod shared;

use dyn53_core::{Plan, Zone};
use dyn53_route53::{Route53Zone, Settings};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Lie, Options, Record, Route53, Trouble};
use rstest::rstest;
use shared::{HOME, ZONE, settings, soon, standin, update, wanted, within};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

fn zone(standin: &Route53) -> Route53Zone {
    zone_asking(standin, vec![standin.name_server().to_string()])
}

fn zone_asking(standin: &Route53, name_servers: Vec<String>) -> Route53Zone {
    let settings = Settings {
        glance: true,
        name_servers,
        ..settings(standin)
    };
    Route53Zone::new(settings).unwrap()
}

fn with_home() -> Route53 {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    standin.put(ZONE, Record::simple(HOME, "AAAA", 60, &["2001:db8::1"]));
    standin
}

#[test]
fn an_unchanged_update_costs_one_question_a_family_and_no_call() {
    let standin = with_home();
    assert_eq!(
        update(&zone(&standin), HOME, &["192.0.2.1", "2001:db8::1"]),
        Ok(0)
    );
    let calls = standin.calls();
    assert_eq!((calls.all(), calls.questions, calls.connections), (0, 2, 0));
}

#[test]
fn a_wildcard_is_asked_for_by_its_own_name() {
    let standin = standin();
    standin.put(
        ZONE,
        Record::simple("*.home.example.net", "A", 60, &["192.0.2.1"]),
    );
    assert_eq!(
        update(&zone(&standin), "*.home.example.net", &["192.0.2.1"]),
        Ok(0)
    );
}

#[test]
fn an_absent_set_is_never_glanced_at() {
    let standin = standin();
    let mut wanted = wanted(HOME, &["192.0.2.1"]);
    wanted[0].values = dyn53_core::Values::None;
    assert_eq!(zone(&standin).read(&wanted, soon()).unwrap().calls, 1);
    assert_eq!(standin.calls().questions, 0);
}

/// With each lie the API is asked, and says that nothing is to do.
#[rstest]
#[case::forged_id(Lie::ForgedId)]
#[case::wrong_question(Lie::OtherQuestion)]
#[case::wrong_owner(Lie::OtherOwner)]
#[case::no_authority(Lie::NotAuthoritative)]
#[case::truncated(Lie::Truncated)]
#[case::silence(Lie::Silence)]
#[case::cname(Lie::Cname)]
#[case::shorter_ttl(Lie::Ttl(59))]
#[case::longer_ttl(Lie::Ttl(61))]
#[case::one_more_address(Lie::OneMore)]
#[case::failure(Lie::ServFail)]
#[case::empty(Lie::Empty)]
#[case::garbage(Lie::Garbage)]
fn any_doubt_leads_to_the_api(#[case] lie: Lie) {
    let standin = with_home();
    standin.steady_lie(Some(lie));
    let started = Instant::now();
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(1));
    // The glance takes 250 ms at most; the rest is the call.
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn one_doubtful_family_of_two_is_enough() {
    let standin = with_home();
    standin.lie([Lie::None, Lie::Ttl(61)]);
    assert_eq!(
        update(&zone(&standin), HOME, &["192.0.2.1", "2001:db8::1"]),
        Ok(1)
    );
}

#[test]
fn a_forged_answer_before_the_right_one_is_passed_over() {
    let standin = with_home();
    standin.steady_lie(Some(Lie::ForgedFirst));
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(0));
}

#[test]
fn a_name_server_that_shows_another_address_is_believed_for_nothing() {
    let standin = with_home();
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.2"]), Ok(2));
}

#[test]
fn after_silence_a_second_server_is_asked() {
    let standin = with_home();
    let mute = UdpSocket::bind("127.0.0.1:0").unwrap();
    let servers =
        [mute.local_addr().unwrap(), standin.name_server()].map(|address| address.to_string());
    for order in [servers.to_vec(), servers.iter().rev().cloned().collect()] {
        let zone = zone_asking(&standin, order);
        assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(0));
        assert_eq!(
            update(&zone, HOME, &["192.0.2.1"]),
            Ok(0),
            "and stays preferred"
        );
    }
}

#[test]
fn a_lost_question_is_asked_again() {
    let standin = with_home();
    standin.lie([Lie::Silence]);
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(0));
}

#[test]
fn a_closed_port_costs_no_time() {
    let standin = with_home();
    let closed = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let zone = zone_asking(&standin, vec![closed.to_string()]);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(1));
}

#[test]
fn after_three_silences_no_more_time_is_spent() {
    let standin = with_home();
    standin.steady_lie(Some(Lie::Silence));
    let zone = zone(&standin);
    for _ in 0..5 {
        update(&zone, HOME, &["192.0.2.1"]).unwrap();
    }
    assert_eq!(standin.calls().questions, 6, "two rounds of three glances");
}

fn with_home_that_propagates_late() -> Route53 {
    let standin = Route53::start(Options {
        propagation: Duration::from_secs(60),
        ..Options::default()
    });
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    standin
}

fn glancing(standin: &Route53, sole_writer: bool) -> Route53Zone {
    let settings = Settings {
        glance: true,
        sole_writer,
        ..settings(standin)
    };
    Route53Zone::new(settings).unwrap()
}

/// The name servers show the old address for a while. A router that goes back to it must not be told
/// that nothing is to do.
#[rstest]
fn a_stale_answer_after_our_change_is_not_believed(#[values(false, true)] sole_writer: bool) {
    let standin = with_home_that_propagates_late();
    let zone = glancing(&standin, sole_writer);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(0));
    update(&zone, HOME, &["192.0.2.2"]).unwrap();
    update(&zone, HOME, &["192.0.2.1"]).unwrap();
    assert_eq!(
        standin.records(ZONE),
        [Record::simple(HOME, "A", 60, &["192.0.2.1"])]
    );
    assert_eq!(standin.calls().change, 2);
}

#[rstest]
fn nor_after_a_change_of_ours_whose_answer_was_lost(#[values(false, true)] sole_writer: bool) {
    let standin = with_home_that_propagates_late();
    let zone = glancing(&standin, sole_writer);
    let grant = contract::grant(&[HOME], &["192.0.2.2"]);
    let plan = Plan::new(&grant, &zone.read(grant.wanted(), soon()).unwrap());
    standin.steady_trouble(Some(Trouble::LostAnswer));
    assert!(
        zone.apply(&plan, within(Duration::from_millis(400)))
            .is_err()
    );
    standin.steady_trouble(None);
    assert_eq!(
        standin.records(ZONE),
        [Record::simple(HOME, "A", 60, &["192.0.2.2"])]
    );
    update(&zone, HOME, &["192.0.2.2"]).unwrap();
    update(&zone, HOME, &["192.0.2.1"]).unwrap();
    assert_eq!(
        standin.records(ZONE),
        [Record::simple(HOME, "A", 60, &["192.0.2.1"])]
    );
}
