//! Step: one record set before and after.

use crate::host::Host;
use crate::record::{RecordKey, RecordSet, RecordType, Wanted};

/// One record set of a plan, before and after; they may be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The owner.
    pub host: Host,
    /// The type.
    pub record_type: RecordType,
    /// What the plan was made from; `None`: there is no such record set.
    pub before: Option<RecordSet>,
    /// What it shall be; `None`: there shall be none.
    pub after: Option<RecordSet>,
}

impl Step {
    pub(crate) fn new(wanted: &Wanted, before: Option<&RecordSet>) -> Self {
        Self {
            host: wanted.host.clone(),
            record_type: wanted.record_type,
            before: before.cloned(),
            after: wanted.after(before),
        }
    }

    /// Whether anything is to do.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }

    /// Its name and type.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        (self.host.clone(), self.record_type)
    }
}
