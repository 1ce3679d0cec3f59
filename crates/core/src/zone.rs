//! Zone: where the records are.

use crate::plan::Plan;
use crate::reading::{Reading, ZoneError};
use crate::record::Wanted;
use crate::step::Step;
use std::time::Instant;

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The zone is as planned.
    Done {
        /// How many calls to the zone's API it took.
        calls: u32,
    },
    /// The zone holds something else than the plan was made from.
    Stale {
        /// What it holds, so that the caller can plan again.
        now: Reading,
        /// What was changed all the same: empty, but where several zones are one.
        made: Vec<Step>,
    },
}

impl Applied {
    /// Nothing was changed, and the zone holds these.
    #[must_use]
    pub fn stale(now: Reading) -> Self {
        let made = Vec::new();
        Self::Stale { now, made }
    }
}

/// Where the records are. Every implementation passes the contract in `dyn53-testkit`.
///
/// A change is a compare-and-swap: [`read`](Zone::read), then plan, then [`apply`](Zone::apply). So a
/// reading may be a guess, and no update can undo another one that it has not seen.
pub trait Zone {
    /// What the zone holds for the names and types of `wanted`.
    ///
    /// It may be a guess from a cheaper source where it differs from `wanted`, because `apply` finds
    /// out. Where it shows everything as wanted, nothing else will be asked, so there it is as sure
    /// as the zone can be.
    ///
    /// # Errors
    /// [`ZoneError`], also where a name is taken by something that must not be overwritten
    /// (alias, CNAME, weighted and other sets that are more than name, type, TTL and values).
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError>;

    /// Makes all changes of `plan`, or none of those that lie in one zone, and only if the zone still
    /// holds all that the plan was made from. (Route 53 can check this of the records that change.)
    ///
    /// # Errors
    /// [`ZoneError`]; the zone did not accept the change.
    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError>;

    /// Whether everybody who asks is told the values that were added ([`Values::With`]), after a wait that ends
    /// before `deadline`. A certificate authority asks soon after its client was answered, and not again.
    /// A zone that answers from what it holds needs no wait.
    ///
    /// [`Values::With`]: crate::record::Values::With
    fn shows(&self, _wanted: &[Wanted], _deadline: Instant) -> bool {
        true
    }
}

impl<Z: Zone + ?Sized> Zone for std::sync::Arc<Z> {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        (**self).read(wanted, deadline)
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        (**self).apply(plan, deadline)
    }

    fn shows(&self, wanted: &[Wanted], deadline: Instant) -> bool {
        (**self).shows(wanted, deadline)
    }
}
