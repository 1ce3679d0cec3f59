//! The glance: what it saves, and each hazard that it must not fall for.
#![allow(clippy::unwrap_used)]

mod shared;

use dyn53_core::{Plan, Zone};
use dyn53_route53::{NameServers, Route53Zone, Settings};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Lie, Options, Record, Route53, Trouble};
use rstest::rstest;
use shared::{HOME, ZONE, settings, soon, standin, update, wanted, within};
use std::net::UdpSocket;
use std::time::Duration;

fn zone(standin: &Route53) -> Route53Zone {
    zone_asking(standin, vec![standin.name_server().to_string()])
}

fn zone_asking(standin: &Route53, name_servers: Vec<String>) -> Route53Zone {
    let settings = Settings {
        name_servers: NameServers::These(name_servers),
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
fn absence_alone_is_never_believed() {
    let standin = standin();
    let mut wanted = wanted(HOME, &["192.0.2.1"]);
    wanted[0].values = dyn53_core::Values::None;
    assert_eq!(zone(&standin).read(&wanted, soon()).unwrap().calls, 1);
}

/// With each lie the API is asked, and says that nothing is to do: at once where the answer cannot be
/// read, else after it has refused a change that was planned from a wrong guess.
#[rstest]
#[case::forged_id(Lie::ForgedId, 1)]
#[case::wrong_question(Lie::OtherQuestion, 1)]
#[case::wrong_owner(Lie::OtherOwner, 1)]
#[case::no_authority(Lie::NotAuthoritative, 1)]
#[case::truncated(Lie::Truncated, 1)]
#[case::silence(Lie::Silence, 1)]
#[case::cname(Lie::Cname, 1)]
#[case::failure(Lie::ServFail, 1)]
#[case::garbage(Lie::Garbage, 1)]
#[case::shorter_ttl(Lie::Ttl(59), 2)]
#[case::longer_ttl(Lie::Ttl(61), 2)]
#[case::one_more_address(Lie::OneMore, 2)]
#[case::empty(Lie::Empty, 2)]
fn any_doubt_leads_to_the_api(#[case] lie: Lie, #[case] calls: u32) {
    let standin = with_home();
    let before = standin.records(ZONE);
    standin.steady_lie(Some(lie));
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(calls));
    assert_eq!(standin.records(ZONE), before);
}

/// What the name servers show is the guess, with its TTL: a change takes one call.
#[rstest]
#[case("192.0.2.9", 60)]
#[case("192.0.2.1", 300)]
fn a_change_takes_one_call(#[case] address: &str, #[case] ttl: u32) {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "A", ttl, &[address]));
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(1));
    assert_eq!(
        standin.records(ZONE),
        [Record::simple(HOME, "A", 60, &["192.0.2.1"])]
    );
}

#[test]
fn a_creation_and_a_removal_take_one_call() {
    let standin = standin();
    let zone = zone(&standin);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(1));
    let current = zone.read(&wanted(HOME, &["192.0.2.2"]), soon()).unwrap();
    let plan = Plan::new(&contract::offline(&[HOME]), &current);
    let applied = zone.apply(&plan, soon()).unwrap();
    assert_eq!(applied, dyn53_core::Applied::Done { calls: 1 });
    assert_eq!(standin.records(ZONE), []);
}

/// The servers that are asked are those of the zone's own NS records, found in one list.
#[test]
fn the_zone_s_own_name_servers_are_found() {
    let standin = with_home();
    let settings = Settings {
        name_servers: NameServers::OfTheZone,
        ..settings(&standin)
    };
    let zone = Route53Zone::new(settings).unwrap();
    // The stand-in's name server is not where its name leads to: the API answers.
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(1));
    assert_eq!(standin.calls().list, 2, "one for the name servers");
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(1));
    assert_eq!(standin.calls().list, 3);
}

/// A request whose time is over makes no glance, and its silence does not count.
#[test]
fn without_time_there_is_no_glance() {
    let standin = with_home();
    let zone = zone(&standin);
    let little = || within(Duration::from_millis(100));
    for _ in 0..5 {
        let _late = shared::update_within(&zone, HOME, &["192.0.2.1"], little());
    }
    assert_eq!(standin.calls().questions, 0);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(0), "still glancing");
}

#[test]
fn one_doubtful_family_of_two_is_enough() {
    let standin = with_home();
    standin.lie([Lie::None, Lie::NotAuthoritative]);
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

/// The name servers show the old address for a while. A router that goes back to it must not be told
/// that nothing is to do.
#[test]
fn a_stale_answer_after_our_change_is_not_believed() {
    let standin = with_home_that_propagates_late();
    let zone = zone(&standin);
    assert_eq!(update(&zone, HOME, &["192.0.2.1"]), Ok(0));
    update(&zone, HOME, &["192.0.2.2"]).unwrap();
    update(&zone, HOME, &["192.0.2.1"]).unwrap();
    assert_eq!(
        standin.records(ZONE),
        [Record::simple(HOME, "A", 60, &["192.0.2.1"])]
    );
    assert_eq!(standin.calls().change, 2);
}

#[test]
fn nor_after_a_change_of_ours_whose_answer_was_lost() {
    let standin = with_home_that_propagates_late();
    let zone = zone(&standin);
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
