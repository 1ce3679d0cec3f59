//! Reading: what a zone holds, or why it cannot be read or changed.

use crate::host::Host;
use crate::record::{RecordSet, RecordType};
use crate::step::Step;

/// What a zone holds for the names and types asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The record sets that exist.
    pub sets: Vec<RecordSet>,
    /// How many calls to the zone's API it took.
    pub calls: u32,
    /// Of two readings of a zone the newer has the greater number, where the zone counts them. A plan
    /// and what is read for it again keep the number, so that an older update never undoes a newer one.
    pub order: u64,
}

impl Reading {
    /// The record set of this name and type.
    #[must_use]
    pub fn find(&self, host: &Host, record_type: RecordType) -> Option<&RecordSet> {
        self.sets
            .iter()
            .find(|set| set.host == *host && set.record_type == record_type)
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

/// The zone could not be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ZoneError {
    /// What went wrong, where, and what to do; never shown to a client.
    pub reason: String,
    /// How many calls to the zone's API were made.
    pub calls: u32,
    /// Who can do something about it.
    pub kind: ZoneErrorKind,
    /// The part of the plan that was made all the same, in another zone.
    pub made: Vec<Step>,
}

/// Who can do something about a [`ZoneError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneErrorKind {
    /// The operator must look at it.
    Failed,
    /// The keys of the zone's API are out of date; the same may succeed with newer ones.
    KeysExpired,
    /// Nothing is wrong: the caller cannot wait, and the zone would have to.
    WouldWait,
}

impl ZoneError {
    /// Something that the operator must look at, after this many calls.
    #[must_use]
    pub fn new(reason: impl Into<String>, calls: u32) -> Self {
        Self {
            reason: reason.into(),
            calls,
            kind: ZoneErrorKind::Failed,
            made: Vec::new(),
        }
    }

    /// The answer of a zone that must not wait.
    #[must_use]
    pub fn would_wait() -> Self {
        Self {
            kind: ZoneErrorKind::WouldWait,
            ..Self::new("the zone cannot answer without waiting", 0)
        }
    }

    /// Counts the calls that went before, and the steps that they made.
    #[must_use]
    pub fn after(mut self, calls: u32, mut made: Vec<Step>) -> Self {
        made.append(&mut self.made);
        Self {
            calls: self.calls + calls,
            made,
            ..self
        }
    }
}
