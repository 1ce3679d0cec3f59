//! Limiter: failed logins, per caller and per credential's name.
//!
//! A caller beyond its failures is refused for a while before its secret is looked at. A name that
//! is failed for from everywhere never locks anyone out by itself, or an attacker could lock out
//! the owner. It only makes callers that fail be refused sooner.

use crate::clock::Clock;
use crate::embedded::locked;
use crate::limits::Limits;
use crate::network::caller;
use crate::tally::Tally;
use dyn53_core::{Credential, Dialect, Host, Refusal, Request};
use ipnet::IpNet;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Callers that can be refused at the same time.
const MOST: usize = 50_000;

/// Counts failed logins.
pub(crate) struct Limiter {
    callers: Tally<IpNet>,
    names: Tally<String>,
    refused: Mutex<HashMap<IpNet, Instant>>,
    period: Duration,
    clock: Clock,
}

impl Limiter {
    /// A limiter with these limits.
    pub(crate) fn new(limits: &Limits, clock: Clock) -> Self {
        Self {
            callers: Tally::one_each(limits.failure_period, limits.failures, clock.clone()),
            names: Tally::one_each(
                limits.name_failure_period,
                limits.name_failures,
                clock.clone(),
            ),
            refused: Mutex::default(),
            period: limits.failure_period,
            clock,
        }
    }

    /// How long the caller of this login is refused yet. A request without one never is.
    pub(crate) fn check(&self, request: &Request) -> Option<Refusal> {
        let left = self.left(request.caller)?;
        let dialect = Dialect::of(request)?;
        let parsed = dialect.parse(request);
        parsed.is_ok().then(|| Refusal::Throttled(seconds(left)))
    }

    /// Counts a failed login; `known` are the names of the configuration.
    pub(crate) fn failed(&self, request: &Request, known: &Names) {
        let mut wait = self.callers.count(caller(request.caller)).err();
        if self.names.count(known.tried(request)).is_err() {
            wait = wait.max(Some(self.period));
        }
        if let Some(wait) = wait {
            self.refuse(caller(request.caller), wait);
        }
    }

    fn left(&self, address: IpAddr) -> Option<Duration> {
        let mut refused = locked(&self.refused);
        if refused.is_empty() {
            return None;
        }
        let until = *refused.get(&caller(address))?;
        let left = until.checked_duration_since(self.clock.time());
        if left.is_none() {
            refused.remove(&caller(address));
        }
        left
    }

    fn refuse(&self, caller: IpNet, wait: Duration) {
        let mut refused = locked(&self.refused);
        let now = self.clock.time();
        if refused.len() >= MOST {
            refused.retain(|_, until| *until > now);
        }
        if refused.len() < MOST {
            refused.insert(caller, now + wait);
        }
    }
}

/// The names that a login may have: those of the credentials, and their hosts.
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// The names of these credentials.
    pub(crate) fn of(credentials: &[Credential]) -> Self {
        let names = credentials
            .iter()
            .filter_map(|credential| credential.name.clone());
        let hosts = credentials.iter().flat_map(|credential| &credential.hosts);
        let hosts = hosts.map(|granted| granted.host.to_string());
        Self(names.chain(hosts).collect())
    }

    /// The name that was tried; all that are not known count as one.
    fn tried(&self, request: &Request) -> String {
        let dialect = Dialect::of(request);
        let update = dialect.and_then(|dialect| dialect.parse(request).ok());
        let name = update.and_then(|update| update.login.name);
        // A host is known in any spelling.
        let host = name.as_deref().and_then(|name| Host::parse(name).ok());
        let mut names = name.into_iter().chain(host.map(|host| host.to_string()));
        names.find(|name| self.0.contains(name)).unwrap_or_default()
    }
}

fn seconds(left: Duration) -> u32 {
    u32::try_from(left.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::by_hand::ByHand;

    fn request(caller: &str) -> Request {
        Request {
            path: "/nic/update".to_owned(),
            query: "username=router&password=wr0ng".to_owned(),
            ..Request::bare(caller.parse().unwrap())
        }
    }

    /// A caller is refused from the failure that is one too many until its time is over, to the second.
    #[test]
    fn a_refusal_at_its_ends() {
        let (hand, clock) = ByHand::new();
        let limits = Limits {
            failures: 2,
            failure_period: Duration::from_secs(30),
            ..Limits::default()
        };
        let (limiter, none) = (Limiter::new(&limits, clock), Names::of(&[]));
        let (ours, other) = (request("198.51.100.1"), request("198.51.100.2"));
        limiter.failed(&ours, &none);
        limiter.failed(&ours, &none);
        assert_eq!(limiter.check(&ours), None);
        limiter.failed(&ours, &none);
        assert_eq!(limiter.check(&ours), Some(Refusal::Throttled(31)));
        assert_eq!(limiter.check(&other), None);
        hand.pass(Duration::from_secs(29));
        assert_eq!(limiter.check(&ours), Some(Refusal::Throttled(2)));
        hand.pass(Duration::from_millis(1_000));
        assert_eq!(limiter.check(&ours), Some(Refusal::Throttled(1)));
        hand.pass(Duration::from_millis(1));
        assert_eq!(limiter.check(&ours), None);
    }
}
