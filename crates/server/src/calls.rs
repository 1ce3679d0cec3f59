//! Calls: the last ones of each host, with the reply and the reason. They are in memory alone.

use crate::embedded::locked;
use dyn53_core::LogLine;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// Calls of a host that are remembered; a page shows as many.
pub(crate) const SHOWN: usize = 20;
/// Hosts of one call that remember it, as many as a request may name.
const HOSTS: usize = 20;
/// Calls that belong to no host.
const STRANGERS: usize = 100;

/// One finished call.
pub(crate) struct Call {
    pub(crate) at: SystemTime,
    pub(crate) caller: IpAddr,
    pub(crate) dialect: &'static str,
    pub(crate) level: &'static str,
    pub(crate) outcome: String,
    pub(crate) reason: Option<String>,
}

/// The last calls, by host.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    hosts: HashMap<String, VecDeque<Arc<Call>>>,
    strangers: VecDeque<Arc<Call>>,
}

impl Calls {
    /// Remembers a call that was about these hosts, which are all configured.
    pub(crate) fn request(&self, line: &LogLine, about: &[String]) {
        let call = Arc::new(Call {
            at: SystemTime::now(),
            caller: line.caller,
            dialect: line.dialect,
            level: line.level,
            outcome: line.outcome.clone(),
            reason: line.reason.clone(),
        });
        let mut remembered = locked(&self.0);
        if about.is_empty() {
            push(&mut remembered.strangers, &call, STRANGERS);
        }
        for host in about.iter().take(HOSTS) {
            let ring = remembered.hosts.entry(host.clone()).or_default();
            push(ring, &call, SHOWN);
        }
    }

    /// The last calls about these hosts, the newest one first, with those about no host if `strangers`.
    pub(crate) fn of(&self, hosts: &[String], strangers: bool) -> Vec<Arc<Call>> {
        let remembered = locked(&self.0);
        let own = hosts.iter().filter_map(|host| remembered.hosts.get(host));
        let strange = strangers.then_some(&remembered.strangers);
        let mut calls: Vec<Arc<Call>> = own.chain(strange).flatten().cloned().collect();
        calls.sort_by_key(|call| (std::cmp::Reverse(call.at), Arc::as_ptr(call)));
        calls.dedup_by(|one, other| Arc::ptr_eq(one, other));
        calls.truncate(SHOWN);
        calls
    }
}

fn push(ring: &mut VecDeque<Arc<Call>>, call: &Arc<Call>, most: usize) {
    ring.push_back(Arc::clone(call));
    if ring.len() > most {
        ring.pop_front();
    }
}
