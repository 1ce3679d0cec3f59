//! Plan: all changes of one update. What is shown is what is applied.

use crate::grant::Grant;
use crate::host::Host;
use crate::zone::{Family, Reading, RecordSet, Wanted};

/// One record set before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was none.
    Create(RecordSet),
    /// It becomes another.
    Replace {
        /// As it is.
        old: RecordSet,
        /// As it shall be.
        new: RecordSet,
    },
    /// There shall be none.
    Delete(RecordSet),
}

impl Change {
    /// The difference between `wanted` and `current`, if there is one.
    fn between(wanted: &Wanted, current: Option<&RecordSet>) -> Option<Self> {
        if wanted.is_met_by(current) {
            return None;
        }
        match (current.cloned(), wanted.record_set()) {
            (None, Some(new)) => Some(Self::Create(new)),
            (Some(old), Some(new)) => Some(Self::Replace { old, new }),
            (Some(old), None) => Some(Self::Delete(old)),
            (None, None) => None,
        }
    }

    /// The record set before.
    #[must_use]
    pub fn before(&self) -> Option<&RecordSet> {
        match self {
            Self::Create(_) => None,
            Self::Replace { old, .. } | Self::Delete(old) => Some(old),
        }
    }

    /// The record set after.
    #[must_use]
    pub fn after(&self) -> Option<&RecordSet> {
        match self {
            Self::Create(new) | Self::Replace { new, .. } => Some(new),
            Self::Delete(_) => None,
        }
    }

    /// The owner.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.set().host
    }

    /// The type.
    #[must_use]
    pub fn family(&self) -> Family {
        self.set().family
    }

    fn set(&self) -> &RecordSet {
        match self {
            Self::Create(set) | Self::Replace { new: set, .. } | Self::Delete(set) => set,
        }
    }
}

/// All changes of one update; empty if everything is as wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    changes: Vec<Change>,
}

impl Plan {
    /// Compares what is granted with what the zone holds.
    #[must_use]
    pub fn new(grant: &Grant, current: &Reading) -> Self {
        let changes = grant.wanted().iter().filter_map(|wanted| {
            Change::between(wanted, current.find(&wanted.host, wanted.family))
        });
        Self {
            changes: changes.collect(),
        }
    }

    /// The changes, one at most for a name and type.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The part of the plan whose hosts satisfy `belongs`.
    #[must_use]
    pub fn part(&self, belongs: impl Fn(&Host) -> bool) -> Self {
        let changes = self.changes.iter();
        Self {
            changes: changes.filter(|c| belongs(c.host())).cloned().collect(),
        }
    }

    /// Whether a record of `host` changes.
    #[must_use]
    pub fn touches(&self, host: &Host) -> bool {
        self.changes.iter().any(|change| change.host() == host)
    }
}
