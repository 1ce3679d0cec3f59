//! What the tests of this crate share: a stand-in and a zone that talks to it.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used)]

use dyn53_core::{Applied, Plan, Wanted, Zone, ZoneError};
use dyn53_route53::{AccessKey, Endpoint, NameServers, Roots, Route53Zone, Settings};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Options, Route53};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

pub(crate) const ZONE: &str = "Z0123456789ABC";
pub(crate) const HOME: &str = "home.example.net";

pub(crate) fn standin() -> Route53 {
    Route53::start(Options::default())
}

/// Settings for the stand-in, without a glance.
pub(crate) fn settings(standin: &Route53) -> Settings {
    Settings {
        zone_id: ZONE.into(),
        endpoint: Endpoint::at(&standin.url(), "us-east-1"),
        keys: Arc::new(key()),
        roots: Roots::Amazon,
        name_servers: NameServers::None,
        clock: SystemTime::now,
    }
}

/// The name server of the stand-in.
pub(crate) fn glance(standin: &Route53) -> NameServers {
    NameServers::These(vec![standin.name_server().to_string()])
}

pub(crate) fn key() -> AccessKey {
    AccessKey {
        id: "AKIDEXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
    }
}

pub(crate) fn zone(standin: &Route53) -> Route53Zone {
    Route53Zone::new(settings(standin)).unwrap()
}

pub(crate) fn soon() -> Instant {
    within(Duration::from_secs(30))
}

pub(crate) fn within(time: Duration) -> Instant {
    Instant::now() + time
}

/// What an update of this host wants.
pub(crate) fn wanted(host: &str, addresses: &[&str]) -> Vec<Wanted> {
    contract::grant(&[host], addresses).wanted().to_vec()
}

/// Reads, plans and applies as the service does; how many calls it took.
pub(crate) fn update(zone: &impl Zone, host: &str, addresses: &[&str]) -> Result<u32, ZoneError> {
    update_within(zone, host, addresses, soon())
}

pub(crate) fn update_within(
    zone: &impl Zone,
    host: &str,
    addresses: &[&str],
    deadline: Instant,
) -> Result<u32, ZoneError> {
    let grant = contract::grant(&[host], addresses);
    let mut current = zone.read(grant.wanted(), deadline)?;
    loop {
        let plan = Plan::new(&grant, &current);
        match zone.apply(&plan, deadline)? {
            Applied::Done { calls } => return Ok(current.calls + calls),
            Applied::Stale { now, .. } => current = now.after(current.calls),
        }
    }
}

/// The values of the A records that the stand-in holds.
pub(crate) fn addresses(standin: &Route53) -> Vec<(String, String)> {
    let records = standin.records(ZONE).into_iter();
    let pairs = records.map(|record| (record.name, record.values.join(",")));
    pairs.collect()
}

/// One of many hosts.
pub(crate) fn name(number: usize) -> String {
    format!("h{number}.example.net")
}

/// All callers begin together; each gets its own answer.
pub(crate) fn at_once<T: Send>(
    zone: &Route53Zone,
    callers: usize,
    call: impl Fn(&Route53Zone, usize) -> T + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(callers);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..callers)
            .map(|number| {
                let (barrier, call) = (&barrier, &call);
                scope.spawn(move || {
                    barrier.wait();
                    call(zone, number)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}
