//! Zone: where the records are.

use crate::host::Host;
use crate::plan::Plan;
use std::fmt;
use std::net::IpAddr;
use std::time::Instant;

/// The two record types that this program changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// A (RFC 1035).
    V4,
    /// AAAA (RFC 3596).
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The record type, `A` or `AAAA`.
    #[must_use]
    pub fn record_type(self) -> &'static str {
        match self {
            Self::V4 => "A",
            Self::V6 => "AAAA",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.record_type())
    }
}

/// All simple records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSet {
    /// The owner.
    pub host: Host,
    /// The type.
    pub family: Family,
    /// Time to live in seconds.
    pub ttl: u32,
    /// The addresses, all of `family`.
    pub values: Vec<IpAddr>,
}

/// What one record set shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The owner.
    pub host: Host,
    /// The type.
    pub family: Family,
    /// Time to live in seconds.
    pub ttl: u32,
    /// Its one address; `None`: no such record set.
    pub address: Option<IpAddr>,
}

impl Wanted {
    /// Whether `current` is exactly this; TTL drift counts as a difference.
    #[must_use]
    pub fn is_met_by(&self, current: Option<&RecordSet>) -> bool {
        match (self.address, current) {
            (None, None) => true,
            (Some(address), Some(set)) => set.ttl == self.ttl && set.values == [address],
            _ => false,
        }
    }

    /// The record set that meets it; `None` if there shall be none.
    #[must_use]
    pub fn record_set(&self) -> Option<RecordSet> {
        self.address.map(|address| RecordSet {
            host: self.host.clone(),
            family: self.family,
            ttl: self.ttl,
            values: vec![address],
        })
    }
}

/// What a zone holds for the names and types asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The record sets that exist.
    pub sets: Vec<RecordSet>,
    /// How many calls to the zone's API it took.
    pub calls: u32,
}

impl Reading {
    /// The record set of this name and type.
    #[must_use]
    pub fn find(&self, host: &Host, family: Family) -> Option<&RecordSet> {
        self.sets
            .iter()
            .find(|set| set.host == *host && set.family == family)
    }
}

/// The zone could not be read or changed: something the operator must look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ZoneError {
    /// What went wrong, where, and what to do; never shown to a client.
    pub reason: String,
    /// How many calls to the zone's API were made.
    pub calls: u32,
}

impl ZoneError {
    /// An error after this many calls.
    #[must_use]
    pub fn new(reason: impl Into<String>, calls: u32) -> Self {
        Self {
            reason: reason.into(),
            calls,
        }
    }

    /// Counts the calls that went before.
    #[must_use]
    pub fn after(self, calls: u32) -> Self {
        Self {
            calls: self.calls + calls,
            ..self
        }
    }
}

/// Where the records are. Every implementation passes the contract in `dyn53-testkit`.
pub trait Zone {
    /// What the zone holds for the names and types of `wanted`, the newest that it knows.
    ///
    /// A zone may answer from a cheaper source if that shows everything as wanted already.
    ///
    /// # Errors
    /// [`ZoneError`], also where a name is taken by something that must not be overwritten
    /// (alias, CNAME, weighted and other non-simple sets).
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError>;

    /// Makes all changes of `plan`, or none of those that lie in one zone. Returns how many calls
    /// to the zone's API it took.
    ///
    /// # Errors
    /// [`ZoneError`]; the zone did not accept the change.
    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<u32, ZoneError>;
}

impl<Z: Zone + ?Sized> Zone for std::sync::Arc<Z> {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        (**self).read(wanted, deadline)
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<u32, ZoneError> {
        (**self).apply(plan, deadline)
    }
}
