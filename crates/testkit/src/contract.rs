//! What every zone must do, whatever it is made of.

use dyn53_core::update::{Addresses, Asked, Named, Wish};
use dyn53_core::{
    Applied, Credential, Credentials, Grant, GrantedHost, Host, Login, Plan, Reading, RecordData,
    RecordSet, RecordType, SecretHash, Step, Update, Values, Wanted, Zone,
};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The apex of the zone that the contract is run with; all its names lie below it.
pub const APEX: &str = "example.net";

/// Time to live of all records of the contract, in seconds.
pub const TTL: u32 = 60;

/// How often an update is planned, at most.
const MOST_PLANS: usize = 100;

/// A name of the contract's zone.
#[must_use]
pub fn host(name: &str) -> Host {
    Host::parse(name).unwrap()
}

/// A record set with one address.
#[must_use]
pub fn set(name: &str, ttl: u32, address: &str) -> RecordSet {
    let address: IpAddr = address.parse().unwrap();
    let values = vec![address.into()];
    RecordSet::new(host(name), RecordType::of(address), ttl, values).unwrap()
}

/// A record set with these texts.
#[must_use]
pub fn texts(name: &str, texts: &[&str]) -> RecordSet {
    let values = texts.iter();
    let values = values.map(|text| RecordData::parse(RecordType::Txt, text).unwrap());
    RecordSet::new(host(name), RecordType::Txt, TTL, values.collect()).unwrap()
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
        certificates: true,
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

/// Reads, plans and applies, as the service does. Returns what was applied.
///
/// # Panics
/// If the zone fails, or says too often that the plan is stale.
pub fn update(zone: &impl Zone, grant: &Grant) -> Plan {
    let mut current = zone.read(grant.wanted(), deadline()).unwrap();
    for _ in 0..MOST_PLANS {
        let plan = Plan::new(grant, &current);
        match zone.apply(&plan, deadline()).unwrap() {
            Applied::Done { .. } => return plan,
            Applied::Stale { now, .. } => current = now,
        }
    }
    panic!("stale {MOST_PLANS} times");
}

/// The changes of a plan.
#[must_use]
pub fn changes(plan: &Plan) -> Vec<&Step> {
    plan.changes().collect()
}

/// What the zone holds for these names, both families, sorted.
pub fn contents(zone: &impl Zone, hosts: &[&str]) -> Vec<RecordSet> {
    let wanted: Vec<Wanted> = hosts
        .iter()
        .flat_map(|name| [RecordType::A, RecordType::Aaaa].map(|kind| (host(name), kind)))
        .map(|(host, record_type)| Wanted {
            host,
            record_type,
            ttl: TTL,
            values: Values::None,
        })
        .collect();
    let Reading { mut sets, .. } = zone.read(&wanted, deadline()).unwrap();
    sets.sort_by_key(RecordSet::key);
    sets
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Runs the whole contract; `zone` makes an empty zone named [`APEX`].
pub fn check<Z: Zone + Sync>(zone: impl Fn() -> Z) {
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
    a_stale_plan_changes_nothing(&zone());
    what_is_created_meanwhile_is_not_overwritten(&zone());
    what_is_deleted_meanwhile_is_not_deleted_twice(&zone());
    updates_side_by_side_do_not_mix(&zone());
}

const HOME: &str = "home.example.net";

fn an_empty_zone_holds_nothing(zone: &impl Zone) {
    assert_eq!(contents(zone, &[HOME]), []);
}

fn what_was_created_is_read(zone: &impl Zone) {
    let plan = update(zone, &grant(&[HOME], &["192.0.2.1", "2001:db8::1"]));
    assert_eq!(changes(&plan).len(), 2);
    let expected = [set(HOME, TTL, "192.0.2.1"), set(HOME, TTL, "2001:db8::1")];
    assert_eq!(contents(zone, &[HOME]), expected);
}

fn an_unchanged_update_plans_nothing(zone: &impl Zone) {
    let grant = grant(&[HOME], &["192.0.2.1", "2001:db8::1"]);
    update(zone, &grant);
    assert!(update(zone, &grant).is_empty());
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
    let [change] = changes(&plan)[..] else {
        panic!("one change, not {plan:?}");
    };
    assert_eq!(change.before, Some(set(HOME, TTL, "192.0.2.1")));
    assert_eq!(change.after, Some(set(HOME, TTL, "192.0.2.2")));
}

fn several_hosts_and_the_apex(zone: &impl Zone) {
    let hosts = [APEX, HOME, "a.b.example.net"];
    update(zone, &grant(&hosts, &["192.0.2.1"]));
    let expected = ["a.b.example.net", APEX, HOME].map(|name| set(name, TTL, "192.0.2.1"));
    assert_eq!(contents(zone, &hosts), expected);
}

fn a_wildcard_is_one_name(zone: &impl Zone) {
    const WILD: &str = "*.home.example.net";
    const BELOW: &str = "x.home.example.net";
    update(zone, &grant(&[WILD], &["192.0.2.1"]));
    let wild = || set(WILD, TTL, "192.0.2.1");
    assert_eq!(contents(zone, &[WILD, HOME]), [wild()]);
    assert!(update(zone, &grant(&[WILD], &["192.0.2.1"])).is_empty());
    // A name server shows the wildcard's address for a name below it, which is a wrong guess.
    update(zone, &grant(&[BELOW], &["192.0.2.2"]));
    let below = set(BELOW, TTL, "192.0.2.2");
    assert_eq!(contents(zone, &[WILD, BELOW]), [wild(), below]);
    update(zone, &offline(&[BELOW]));
    assert_eq!(contents(zone, &[WILD]), [wild()]);
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
    assert_eq!(changes(&update(zone, &offline(&[HOME]))).len(), 2);
    assert_eq!(contents(zone, &[HOME]), []);
    assert!(update(zone, &offline(&[HOME])).is_empty());
}

fn an_empty_plan_changes_nothing(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1"]));
    let applied = zone.apply(&Plan::default(), deadline());
    assert_eq!(applied, Ok(Applied::Done { calls: 0 }));
    assert_eq!(contents(zone, &[HOME]), [set(HOME, TTL, "192.0.2.1")]);
}

fn planned(zone: &impl Zone, grant: &Grant) -> Plan {
    Plan::new(grant, &zone.read(grant.wanted(), deadline()).unwrap())
}

fn assert_stale(zone: &impl Zone, plan: &Plan, now: &[RecordSet]) {
    match zone.apply(plan, deadline()).unwrap() {
        Applied::Stale { now: holds, .. } => assert_eq!(holds.sets, now),
        Applied::Done { .. } => panic!("{plan:?} was carried out"),
    }
}

fn a_stale_plan_changes_nothing(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1"]));
    let older = planned(zone, &grant(&[HOME], &["192.0.2.2"]));
    update(zone, &grant(&[HOME], &["192.0.2.3"]));
    let now = [set(HOME, TTL, "192.0.2.3")];
    assert_stale(zone, &older, &now);
    assert_eq!(contents(zone, &[HOME]), now);
}

fn what_is_created_meanwhile_is_not_overwritten(zone: &impl Zone) {
    let older = planned(zone, &grant(&[HOME], &["192.0.2.2"]));
    update(zone, &grant(&[HOME], &["192.0.2.3"]));
    assert_stale(zone, &older, &[set(HOME, TTL, "192.0.2.3")]);
}

fn what_is_deleted_meanwhile_is_not_deleted_twice(zone: &impl Zone) {
    update(zone, &grant(&[HOME], &["192.0.2.1"]));
    let older = planned(zone, &offline(&[HOME]));
    update(zone, &offline(&[HOME]));
    assert_stale(zone, &older, &[]);
    assert!(update(zone, &offline(&[HOME])).is_empty());
}

/// Each of them sets both addresses; the host must never have one of each.
fn updates_side_by_side_do_not_mix(zone: &(impl Zone + Sync)) {
    let pairs = [
        ["192.0.2.1", "2001:db8::1"],
        ["192.0.2.2", "2001:db8::2"],
        ["192.0.2.3", "2001:db8::3"],
    ];
    for _ in 0..20 {
        std::thread::scope(|scope| {
            for pair in &pairs {
                scope.spawn(|| update(zone, &grant(&[HOME], pair)));
            }
        });
        let now = contents(zone, &[HOME]);
        let is_pair = |pair: &[&str; 2]| now == pair.map(|address| set(HOME, TTL, address));
        assert!(pairs.iter().any(is_pair), "mixed: {now:?}");
    }
}
