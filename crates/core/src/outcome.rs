//! Outcome: what an update came to.

use crate::grant::Grant;
use crate::host::Host;
use crate::record::RecordType;
use crate::refusal::Word;
use crate::step::Step;
use std::net::IpAddr;

/// What is said about one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOutcome {
    /// Whether a record changed, or why the host was refused.
    pub verdict: Result<Done, Word>,
    /// The addresses it has now, IPv4 first.
    pub addresses: Vec<IpAddr>,
}

/// What an allowed host came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A record changed.
    Changed,
    /// Everything was as wanted.
    Unchanged,
}

/// It was done: every record is as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One entry a host, in the order asked.
    pub hosts: Vec<HostOutcome>,
    /// What was changed.
    pub changes: Vec<Step>,
    /// The record sets that are as wanted.
    pub granted: Vec<(Host, RecordType)>,
    /// How many calls to the zone's API it took.
    pub calls: u32,
    /// Whether everybody who asks is told so already.
    pub shown: bool,
}

impl Outcome {
    /// What to say of a grant after these changes.
    #[must_use]
    pub fn of(grant: &Grant, changes: Vec<Step>, calls: u32, shown: bool) -> Self {
        let changed = |host: &Host| changes.iter().any(|step| step.host == *host);
        let hosts = grant.lines().iter().map(|line| HostOutcome {
            verdict: line.verdict.as_ref().map_err(|word| *word).map(|host| {
                if changed(host) {
                    Done::Changed
                } else {
                    Done::Unchanged
                }
            }),
            addresses: line.addresses.clone(),
        });
        let wanted = grant.wanted().iter();
        let granted = wanted.map(|wanted| (wanted.host.clone(), wanted.record_type));
        Self {
            hosts: hosts.collect(),
            changes,
            granted: granted.collect(),
            calls,
            shown,
        }
    }

    /// Whether any record changed.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !self.changes.is_empty()
    }
}
