//! What every zone must do, whatever it is made of.

use dyn53_core::update::{Addresses, Asked, Named, Wish};
use dyn53_core::{
    Credential, Credentials, Family, Grant, GrantedHost, Host, Login, Plan, Reading, RecordSet,
    SecretHash, Update, Wanted, Zone,
};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The apex of the zone that the contract is run with; all its names lie below it.
pub const APEX: &str = "example.net";

/// Time to live of all records of the contract, in seconds.
pub const TTL: u32 = 60;

/// A name of the contract's zone.
#[must_use]
pub fn host(name: &str) -> Host {
    Host::parse(name).unwrap()
}

/// A record set with one address.
#[must_use]
pub fn set(name: &str, ttl: u32, address: &str) -> RecordSet {
    let address: IpAddr = address.parse().unwrap();
    RecordSet {
        host: host(name),
        family: Family::of(address),
        ttl,
        values: vec![address],
    }
}

/// What a grant for these hosts and addresses wants.
#[must_use]
pub fn grant(hosts: &[&str], addresses: &[&str]) -> Grant {
    let mut sent = Addresses::default();
    for address in addresses {
        match address.parse().unwrap() {
            IpAddr::V4(v4) => sent.v4 = Some(v4),
            IpAddr::V6(v6) => sent.v6 = Some(v6),
        }
    }
    authorize(hosts, Wish::Set(sent))
}

/// A grant that takes these hosts offline.
#[must_use]
pub fn offline(hosts: &[&str]) -> Grant {
    authorize(hosts, Wish::Offline)
}

fn authorize(hosts: &[&str], wish: Wish) -> Grant {
    let own = hosts.iter().map(|name| GrantedHost {
        host: host(name),
        ttl: TTL,
        interface_id: None,
    });
    let credential = Credential {
        name: None,
        secrets: vec![SecretHash::of("s3cret")],
        hosts: own.collect(),
        allow_offline: true,
    };
    let update = Update {
        login: Login {
            name: None,
            secret: "s3cret".into(),
        },
        asked: Asked::Each(hosts.iter().map(|name| Named::Host(host(name))).collect()),
        wish,
    };
    Credentials::new(vec![credential], false)
        .authorize(update)
        .unwrap()
}

/// Reads, plans and applies, as the service does. Returns what was planned.
pub fn update(zone: &impl Zone, grant: &Grant) -> Plan {
    let current = zone.read(grant.wanted(), deadline()).unwrap();
    let plan = Plan::new(grant, &current);
    zone.apply(&plan, deadline()).unwrap();
    plan
}

/// What the zone holds for these names, both families, sorted.
pub fn contents(zone: &impl Zone, hosts: &[&str]) -> Vec<RecordSet> {
    let wanted: Vec<Wanted> = hosts
        .iter()
        .flat_map(|name| [Family::V4, Family::V6].map(|family| (host(name), family)))
        .map(|(host, family)| Wanted {
            host,
            family,
            ttl: TTL,
            address: None,
        })
        .collect();
    let Reading { mut sets, .. } = zone.read(&wanted, deadline()).unwrap();
    sets.sort_by_key(|set| (set.host.clone(), set.family));
    sets
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Runs the whole contract; `zone` makes an empty zone named [`APEX`].
pub fn check<Z: Zone>(zone: impl Fn() -> Z) {
    an_empty_zone_holds_nothing(&zone());
    what_was_created_is_read(&zone());
    an_unchanged_update_plans_nothing(&zone());
    one_family_leaves_the_other(&zone());
    an_address_is_replaced(&zone());
    several_hosts_and_the_apex(&zone());
    a_wildcard_is_one_name(&zone());
    neighbours_stay_as_they_are(&zone());
    offline_deletes_both_families(&zone());
    an_empty_plan_changes_nothing(&zone());
}

const HOME: &str = "home.example.net";

fn an_empty_zone_holds_nothing(zone: &impl Zone) {
    assert_eq!(contents(zone, &[HOME]), []);
}

fn what_was_created_is_read(zone: &impl Zone) {
    let plan = update(zone, &grant(&[HOME], &["192.0.2.1", "2001:db8::1"]));
    assert_eq!(plan.changes().len(), 2);
    let expected = [set(HOME, TTL, "192.0.2.1"), set(HOME, TTL, "2001:db8::1")];
    assert_eq!(contents(zone, &[HOME]), expected);
}

fn an_unchanged_update_plans_nothing(zone: &impl Zone) {
    let grant = grant(&[HOME], &["192.0.2.1", "2001:db8::1"]);
    update(zone, &grant);
    assert_eq!(update(zone, &grant).changes(), []);
}

fn one_family_leaves_the_other(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1", "2001:db8::1"]));
    update(zone, &grant(&[HOME], &["192.0.2.2"]));
    let expected = [set(HOME, TTL, "192.0.2.2"), set(HOME, TTL, "2001:db8::1")];
    assert_eq!(contents(zone, &[HOME]), expected);
    update(zone, &grant(&[HOME], &["2001:db8::2"]));
    let expected = [set(HOME, TTL, "192.0.2.2"), set(HOME, TTL, "2001:db8::2")];
    assert_eq!(contents(zone, &[HOME]), expected);
}

fn an_address_is_replaced(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1"]));
    let plan = update(zone, &grant(&[HOME], &["192.0.2.2"]));
    let [change] = plan.changes() else {
        panic!("one change, not {plan:?}");
    };
    assert_eq!(change.before(), Some(&set(HOME, TTL, "192.0.2.1")));
    assert_eq!(change.after(), Some(&set(HOME, TTL, "192.0.2.2")));
}

fn several_hosts_and_the_apex(zone: &impl Zone) {
    let hosts = [APEX, HOME, "a.b.example.net"];
    update(zone, &grant(&hosts, &["192.0.2.1"]));
    let expected = ["a.b.example.net", APEX, HOME].map(|name| set(name, TTL, "192.0.2.1"));
    assert_eq!(contents(zone, &hosts), expected);
}

fn a_wildcard_is_one_name(zone: &impl Zone) {
    update(zone, &grant(&["*.home.example.net"], &["192.0.2.1"]));
    let expected = [set("*.home.example.net", TTL, "192.0.2.1")];
    assert_eq!(
        contents(zone, &["*.home.example.net", HOME, "x.home.example.net"]),
        expected
    );
    let again = grant(&["*.home.example.net"], &["192.0.2.1"]);
    assert_eq!(update(zone, &again).changes(), []);
}

fn neighbours_stay_as_they_are(zone: &impl Zone) {
    update(
        zone,
        &grant(&["a.example.net", "c.example.net"], &["192.0.2.1"]),
    );
    update(zone, &grant(&["b.example.net"], &["192.0.2.2"]));
    let hosts = ["a.example.net", "b.example.net", "c.example.net"];
    let addresses: Vec<String> = contents(zone, &hosts)
        .iter()
        .map(|set| set.values[0].to_string())
        .collect();
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.2", "192.0.2.1"]);
}

fn offline_deletes_both_families(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1", "2001:db8::1"]));
    assert_eq!(update(zone, &offline(&[HOME])).changes().len(), 2);
    assert_eq!(contents(zone, &[HOME]), []);
    assert_eq!(update(zone, &offline(&[HOME])).changes(), []);
}

fn an_empty_plan_changes_nothing(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1"]));
    assert_eq!(zone.apply(&Plan::default(), deadline()), Ok(0));
    assert_eq!(contents(zone, &[HOME]), [set(HOME, TTL, "192.0.2.1")]);
}
