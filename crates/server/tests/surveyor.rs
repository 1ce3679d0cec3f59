//! A zone of Route 53 is listed when the server starts, before anyone asks.
#![allow(clippy::unwrap_used)]

mod common;

use common::{HOME, SECRET, Served, serve, settings};
use dyn53_core::Host;
use dyn53_route53::{AccessKey, Endpoint, Roots, Route53Zone};
use dyn53_server::ZoneSettings;
use dyn53_testkit::route53::{Key, Options, Record, Route53};
use rstest::rstest;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const ZONE: &str = "Z0123456789ABC";

fn server(standin: &Route53, secret: &str) -> Served {
    let Key { id, .. } = Options::default().keys.remove(0);
    let zone = Route53Zone::new(dyn53_route53::Settings {
        zone_id: ZONE.into(),
        endpoint: Endpoint::at(&standin.url(), "us-east-1"),
        keys: Arc::new(AccessKey {
            id,
            secret: secret.into(),
            session_token: None,
        }),
        roots: Roots::Amazon,
        name_servers: Vec::new(),
        clock: SystemTime::now,
        glance: false,
        sole_writer: true,
    });
    let apex = Host::parse("example.net").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.zones = vec![ZoneSettings::Route53(apex, Arc::new(zone.unwrap()))];
    serve(settings)
}

fn right_secret() -> String {
    Options::default().keys.remove(0).secret
}

/// Until the log has this text; it is written by a thread of its own.
fn wait_for(server: &Served, text: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    while !server.log().contains(text) {
        assert!(Instant::now() < end, "{}", server.log());
        std::thread::yield_now();
    }
}

#[rstest]
#[case(Record::simple(HOME, "A", 60, &["192.0.2.1"]), "good 203.0.113.7\n", 1)]
#[case(Record::alias(HOME, "A", "nas.example.net"), "911\n", 0)]
fn a_change_of_a_listed_record_needs_no_look_before(
    #[case] before: Record,
    #[case] reply: &str,
    #[case] changes: u32,
) {
    let standin = Route53::start(Options::default());
    standin.put(ZONE, before);
    let server = server(&standin, &right_secret());
    wait_for(
        &server,
        "the zone example.net in Route 53 has 3 record sets",
    );
    let looks = standin.calls().list;
    let query = format!("username=router&password={SECRET}&hostname={HOME}&myip=203.0.113.7");
    let answer = server.get(&format!("/nic/update?{query}"));
    assert_eq!(answer.body, reply);
    assert_eq!(standin.calls().change, changes);
    // An alias is not remembered: it is looked at, and refused.
    assert_eq!(standin.calls().list - looks, 1 - changes);
}

#[test]
fn a_zone_that_cannot_be_listed_is_in_the_log_at_once() {
    let standin = Route53::start(Options::default());
    let server = server(&standin, "another");
    wait_for(
        &server,
        "the zone example.net was not listed: Route 53 answered 403",
    );
    assert!(server.stop().contains("\"level\":\"ERROR\""));
}
