//! A challenge is answered when all name servers of the zone show it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod shared;

use dyn53_core::{
    Answered, Credential, Credentials, GrantedHost, Reply, Request, SecretHash, Service,
};
use dyn53_route53::{NameServers, Route53Zone};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Lie, Options, Record, Route53};
use shared::{HOME, ZONE, settings, standin, within};
use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const NAME: &str = "_acme-challenge.home.example.net";
/// `:s3cret`.
const LOGIN: &str = "Basic OnMzY3JldA==";
const NOT_SHOWN: &str = "not all name servers of the zone were seen to show it in time";

fn value(number: usize) -> String {
    format!("{number:0>43}")
}

fn service(standin: &Route53, name_servers: NameServers) -> Service<Route53Zone> {
    let own = GrantedHost {
        host: contract::host(HOME),
        ttl: 60,
        interface_id: None,
    };
    let credential = Credential {
        name: None,
        secrets: vec![SecretHash::of("s3cret")],
        hosts: vec![own],
        allow_offline: false,
        certificates: true,
    };
    let settings = dyn53_route53::Settings {
        name_servers,
        ..settings(standin)
    };
    let zone = Route53Zone::new(settings).unwrap();
    Service::new(Credentials::new(vec![credential], false), zone, || {
        Reply::text(200, "")
    })
}

fn of(standins: &[&Route53]) -> NameServers {
    let servers = standins.iter().map(|one| one.name_server().to_string());
    NameServers::These(servers.collect())
}

fn ask(service: &Service<Route53Zone>, path: &str, number: usize, time: Duration) -> Answered {
    let request = Request {
        method: "POST".into(),
        path: path.into(),
        json: format!(r#"{{"fqdn":"{NAME}.","value":"{}"}}"#, value(number)),
        authorization: Some(LOGIN.into()),
        ..Request::bare([203, 0, 113, 5].into())
    };
    let answered = service.answer(&request, within(time));
    assert_eq!(answered.reply.status, 200, "{:?}", answered.log.reason);
    answered
}

fn reason(answered: &Answered) -> &str {
    answered.log.reason.as_deref().unwrap_or_default()
}

const LONG: Duration = Duration::from_secs(60);

/// The name server is asked until it knows: more than once, and the answer is there when the client hears.
#[test]
fn the_client_hears_when_the_name_server_knows() {
    let standin = Route53::start(Options {
        propagation: Duration::from_millis(1200),
        ..Options::default()
    });
    let service = service(&standin, of(&[&standin]));
    for number in 1..=2 {
        let asked = standin.calls().questions;
        let answered = ask(&service, "/present", number, LONG);
        assert_eq!((answered.log.level, reason(&answered)), ("INFO", ""));
        assert!(standin.calls().questions >= asked + 2);
    }
    let held = standin.records(ZONE);
    let quoted = [1, 2].map(|number| format!("\"{}\"", value(number)));
    assert_eq!(
        (held[0].name.as_str(), &held[0].values[..]),
        (NAME, &quoted[..])
    );
}

/// One of two name servers never learns of it: the client is answered in time all the same.
#[test]
fn all_name_servers_have_to_show_it() {
    let (standin, other) = (standin(), standin());
    let service = service(&standin, of(&[&standin, &other]));
    let answered = ask(&service, "/present", 1, Duration::from_secs(2));
    assert_eq!(answered.log.level, "WARN");
    assert!(reason(&answered).contains(NOT_SHOWN));
    assert_eq!(answered.log.changes.len(), 1);
    // Who shows it is not asked again.
    assert_eq!(standin.calls().questions, 1);
    assert!(other.calls().questions >= 2);
    let quoted = format!("\"{}\"", value(2));
    other.put(ZONE, Record::simple(NAME, "TXT", 60, &[&quoted]));
    assert_eq!(reason(&ask(&service, "/present", 2, LONG)), "");
}

/// Whoever is silent in two rounds is not waited for: it would be a wait without seeing anything.
#[test]
fn a_silent_name_server_is_given_up() {
    let (standin, silent) = (standin(), standin());
    silent.steady_lie(Some(Lie::Silence));
    let service = service(&standin, of(&[&silent, &standin]));
    assert!(reason(&ask(&service, "/present", 1, LONG)).contains(NOT_SHOWN));
    assert_eq!(silent.calls().questions, 2);
    assert_eq!(standin.calls().questions, 1);
}

#[test]
fn a_port_that_nobody_listens_on_is_given_up() {
    let free = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let standin = standin();
    let service = service(&standin, NameServers::These(vec![free.to_string()]));
    assert!(reason(&ask(&service, "/present", 1, LONG)).contains(NOT_SHOWN));
}

#[test]
fn without_name_servers_nothing_is_waited_for() {
    let standin = standin();
    let service = service(&standin, NameServers::None);
    assert!(reason(&ask(&service, "/present", 1, LONG)).contains(NOT_SHOWN));
    assert_eq!(standin.calls().questions, 0);
}

#[test]
fn a_clean_up_waits_for_nobody() {
    let standin = standin();
    let service = service(&standin, of(&[&standin]));
    ask(&service, "/present", 1, LONG);
    let asked = standin.calls().questions;
    assert_eq!(reason(&ask(&service, "/cleanup", 1, LONG)), "");
    assert_eq!(reason(&ask(&service, "/cleanup", 1, LONG)), "");
    assert_eq!(standin.calls().questions, asked);
    assert_eq!(standin.records(ZONE), []);
}

/// A forged answer, one of another name, one without authority: none of them shows anything.
#[test]
fn what_is_no_answer_shows_nothing() {
    let standin = standin();
    let service = service(&standin, of(&[&standin]));
    let lies = [
        Lie::NotAuthoritative,
        Lie::OtherOwner,
        Lie::Truncated,
        Lie::Empty,
        Lie::Ttl(7),
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let is_right = matches!(lie, Lie::Ttl(_));
        let asked = standin.calls().questions;
        standin.lie([lie]);
        assert_eq!(reason(&ask(&service, "/present", number, LONG)), "");
        let rounds = standin.calls().questions - asked;
        assert_eq!(rounds, if is_right { 1 } else { 2 });
    }
}

/// Two programs and one name: each reads what the other wrote, none loses a value.
#[test]
fn writers_at_one_moment_lose_nothing() {
    let standin = standin();
    for round in 0..10 {
        let start = Barrier::new(2);
        let own = |number: usize| {
            let (standin, start) = (&standin, &start);
            move || {
                let service = service(standin, of(&[standin]));
                start.wait();
                ask(&service, "/present", 2 * round + number, LONG);
                service
            }
        };
        let (first, second) = thread::scope(|scope| {
            let first = scope.spawn(own(0));
            let second = scope.spawn(own(1));
            (first.join().unwrap(), second.join().unwrap())
        });
        assert_eq!(standin.records(ZONE)[0].values.len(), 2, "round {round}");
        thread::scope(|scope| {
            scope.spawn(|| ask(&first, "/cleanup", 2 * round, LONG));
            scope.spawn(|| ask(&second, "/cleanup", 2 * round + 1, LONG));
        });
        assert_eq!(standin.records(ZONE), [], "round {round}");
    }
}

/// A policy has one statement for addresses and one for texts; a call with both is allowed by neither. While
/// a change is under way, a challenge and an address wait, and both could go in the next call.
#[test]
fn addresses_and_challenges_never_go_in_one_call() {
    let standin = Route53::start(Options {
        latency: Duration::from_millis(300),
        ..Options::default()
    });
    let service = service(&standin, NameServers::None);
    let address = |address: &str| {
        let request = Request {
            query: format!("newip={address}&secret=s3cret"),
            ..Request::bare([203, 0, 113, 5].into())
        };
        assert_eq!(service.answer(&request, within(LONG)).reply.status, 200);
    };
    // From now on nobody has to look anything up.
    address("192.0.2.1");
    ask(&service, "/present", 1, LONG);
    let before = standin.calls().change;
    thread::scope(|scope| {
        scope.spawn(|| address("192.0.2.2"));
        while standin.calls().change == before {
            thread::yield_now();
        }
        scope.spawn(|| address("192.0.2.3"));
        scope.spawn(|| ask(&service, "/present", 2, LONG));
        scope.spawn(|| ask(&service, "/present", 3, LONG));
    });
    let mut seen = BTreeSet::new();
    for batch in standin.journal() {
        let kinds: BTreeSet<String> = batch.changes.into_iter().map(|(_, r)| r.kind).collect();
        assert_eq!(kinds.len(), 1, "{kinds:?}");
        seen.extend(kinds);
    }
    assert_eq!(seen.len(), 2);
}
