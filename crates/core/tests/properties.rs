//! What holds for every request, whatever is in it.
#![allow(clippy::expect_used)]

use dyn53_core::update::{Addresses, Asked, Wish};
use dyn53_core::{
    Credential, Credentials, Dialect, GrantedHost, Host, Login, Plan, Reading, RecordType, Reply,
    Request, SecretHash, Service, Update, Zone,
};
use dyn53_testkit::{MemoryZone, contract};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WORDS: [&str; 30] = [
    "newip=",
    "newip6=",
    "secret=s3cret",
    "&",
    "&",
    "=",
    "myip=",
    "hostname=",
    "home.example.net",
    "token=s3cret",
    "domains=home",
    "auto",
    "192.0.2.1",
    "2001:db8::1",
    "%2C",
    "%",
    "%zz",
    "+",
    ",",
    "ip6lanprefix=",
    "2001:db8::/56",
    "offline=YES",
    "password=s3cret",
    "\u{fffd}",
    "{\"fqdn\":\"_acme-challenge.home.example.net.\",\"value\":\"LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0\"}",
    "{\"subdomain\":\"home.example.net\",\"txt\":\"LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0\"}",
    "{\"domain\":\"nas.example.net\",\"keyAuth\":\"token.thumb\"}",
    "{",
    "\"",
    "}",
];

const PATHS: [&str; 8] = [
    "/",
    "/nic/update",
    "//v3/update",
    "/update",
    "/myip",
    "/present",
    "//cleanup",
    "/register",
];

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned),
        1 => ".{0,12}",
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop::sample::select(&["GET", "POST", "HEAD", "PUT"][..]);
    let path = prop_oneof![
        4 => prop::sample::select(&PATHS[..]).prop_map(str::to_owned),
        1 => ".{0,20}",
    ];
    let authorization = prop::option::of(prop_oneof![
        Just("Bearer s3cret".to_owned()),
        Just("Basic cm91dGVyOnMzY3JldA==".to_owned()),
        ".{0,20}",
    ]);
    let user = prop::option::of(Just("home.example.net".to_owned()));
    let key = prop::option::of(Just("s3cret".to_owned()));
    let parts = (method, path, text(), text(), authorization, user, key);
    let parts = (parts, any::<u128>());
    parts.prop_map(|(parts, caller)| {
        let (method, path, query, body, authorization, api_user, api_key) = parts;
        let request = Request {
            method: method.to_owned(),
            path,
            query,
            authorization,
            api_user,
            api_key,
            ..Request::bare(caller_of(caller))
        };
        if Dialect::of(&request).is_some_and(Dialect::reads_json) {
            Request {
                json: body,
                ..request
            }
        } else {
            Request {
                form: body,
                ..request
            }
        }
    })
}

fn caller_of(bits: u128) -> IpAddr {
    match bits % 2 {
        0 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits >> 96).unwrap_or(0))),
        _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
    }
}

fn credentials() -> Credentials {
    credentials_with("s3cret")
}

fn credentials_with(secret: &str) -> Credentials {
    let own = |name: &str, interface_id: Option<Ipv6Addr>| GrantedHost {
        host: Host::parse(name).expect("a name"),
        ttl: contract::TTL,
        interface_id,
    };
    let credential = Credential {
        name: None,
        secrets: vec![SecretHash::of(secret)],
        hosts: vec![
            own("home.example.net", None),
            own("nas.example.net", "::10".parse().ok()),
        ],
        allow_offline: true,
        certificates: true,
    };
    Credentials::new(vec![credential], false)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Nothing from outside panics, and a second request just like the first changes nothing.
    #[test]
    fn any_request_twice(request in request()) {
        let zone = Arc::new(MemoryZone::default());
        let service = Service::new(credentials(), Arc::clone(&zone), || Reply::text(200, ""));
        let first = service.answer(&request, soon());
        let between = zone.contents();
        let second = service.answer(&request, soon());
        prop_assert_eq!(between, zone.contents());
        prop_assert_eq!(first.reply.status, second.reply.status);
        prop_assert!(second.log.changes.is_empty());
        prop_assert!(!second.log.to_json().contains('\n'));
    }

    /// Whoever does not send the secret changes nothing.
    #[test]
    fn without_the_secret(request in request()) {
        let credentials = credentials_with("another, which no request has");
        let zone = Arc::new(MemoryZone::default());
        let service = Service::new(credentials, Arc::clone(&zone), || Reply::text(200, ""));
        let reply = service.answer(&request, soon()).reply;
        prop_assert!(zone.contents().is_empty());
        prop_assert!(reply.status != 200 || request.path.contains("myip") || request.path.contains("setup"));
    }

    /// No body but a success holds a word that some client takes for one.
    #[test]
    fn failures_say_no_success_word(request in request()) {
        let service = Service::new(credentials(), MemoryZone::default(), || Reply::text(200, ""));
        let reply = service.answer(&request, soon()).reply;
        let body = reply.body.to_ascii_lowercase();
        for word in ["ok", "good", "true", "updated", "success", "nochg"] {
            prop_assert!(reply.status == 200 || !body.contains(word), "{}", body);
        }
    }

    /// An update of one family plans nothing for the other.
    #[test]
    fn one_family(v4 in any::<u32>(), v6 in any::<u64>(), is_v4 in any::<bool>()) {
        let v4 = Ipv4Addr::from_bits(0x0b00_0000 | (v4 & 0x00ff_ffff));
        let v6 = Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | u128::from(v6));
        let sent = Addresses {
            v4: is_v4.then_some(v4),
            v6: (!is_v4).then_some(v6),
            prefix: None,
        };
        let update = Update {
            login: Login { name: None, secret: "s3cret".into() },
            asked: Asked::All,
            wish: Wish::Set(sent),
        };
        let grant = credentials().authorize(update).expect("allowed");
        let own = if is_v4 { RecordType::A } else { RecordType::Aaaa };
        let plan = Plan::new(&grant, &Reading::default());
        prop_assert!(plan.changes().all(|step| step.record_type == own));
        let zone = MemoryZone::default();
        zone.apply(&plan, soon()).expect("applied");
        let after = zone.read(grant.wanted(), soon()).expect("read");
        prop_assert!(Plan::new(&grant, &after).is_empty());
    }

    /// Every dialect renders what it parsed, or refuses it, for any text at all.
    #[test]
    fn parse_never_panics(request in request(), dialect in prop::sample::select(
        &[Dialect::Plain, Dialect::DynDns2, Dialect::DuckDns][..])
    ) {
        if let Err(refusal) = dialect.parse(&request) {
            let reply = dialect.render(&request, &Err(refusal));
            prop_assert!(reply.status >= 400);
        }
    }
}

/// What the properties above are worth: with the right secret the same requests do change the zone.
#[test]
fn requests_with_the_secret_do_change_the_zone() {
    let mut runner = TestRunner::deterministic();
    let changing = (0..2000).filter(|_| {
        let request = request()
            .new_tree(&mut runner)
            .expect("a request")
            .current();
        let zone = Arc::new(MemoryZone::default());
        let service = Service::new(credentials(), Arc::clone(&zone), || Reply::text(200, ""));
        service.answer(&request, soon());
        !zone.contents().is_empty()
    });
    let changing = changing.count();
    assert!(
        changing > 20,
        "only {changing} of 2000 requests change anything"
    );
}
