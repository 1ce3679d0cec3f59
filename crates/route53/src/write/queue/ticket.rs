//! Ticket: the steps of one update in the queue, all of them or none.

use crate::guess::known::Newest;
use crate::write::batch::Size;
use dyn53_aws::Fault;
use dyn53_core::{RecordKey, RecordSet, Step};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What a caller is told.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Done,
    /// Nothing was changed: the zone holds these in place of what the steps began from.
    Stale(Vec<RecordSet>),
    /// Nothing was changed, and the zone must be asked what it holds.
    Unsure,
    Failed(Fault),
}

/// What a batch came to for one ticket.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Accepted,
    Stale(Vec<RecordSet>),
    Unsure,
    Refused(Fault),
    /// The sender's time was over; a ticket that has more of it waits for the next batch.
    Late {
        fault: Fault,
        maybe_made: bool,
    },
}

impl From<Fate> for Verdict {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Accepted => Self::Done,
            Fate::Stale(sets) => Self::Stale(sets),
            Fate::Unsure => Self::Unsure,
            Fate::Refused(fault) | Fate::Late { fault, .. } => Self::Failed(fault),
        }
    }
}

/// The steps of one update.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) steps: Arc<[Step]>,
    pub(crate) order: u64,
    pub(crate) deadline: Instant,
    pub(crate) size: Size,
    /// Whether it was sent before and its answer was lost.
    pub(crate) maybe_made: bool,
    pub(crate) verdict: Arc<OnceLock<Verdict>>,
}

impl Ticket {
    pub(crate) fn new(steps: Vec<Step>, order: u64, deadline: Instant) -> Self {
        Self {
            size: Size::of(&steps),
            steps: steps.into(),
            order,
            deadline,
            maybe_made: false,
            verdict: Arc::default(),
        }
    }

    /// The same with other steps.
    pub(crate) fn with(self, steps: Vec<Step>) -> Self {
        Self {
            steps: steps.into(),
            ..self
        }
    }

    pub(crate) fn is_of(&self, verdict: &Arc<OnceLock<Verdict>>) -> bool {
        Arc::ptr_eq(&self.verdict, verdict)
    }

    /// What it makes of a record set, if it changes it.
    pub(crate) fn after(&self, key: &RecordKey) -> Option<Newest> {
        let step = self.steps.iter().find(|step| step.key() == *key)?;
        let (set, order) = (step.after.clone(), self.order);
        step.is_change().then_some(Newest { set, order })
    }

    pub(crate) fn changes(&self, key: &RecordKey) -> bool {
        self.after(key).is_some()
    }

    /// Whether a record set would be the same after both as before both. In one batch that would be no
    /// change at all, and Route 53 would not check it.
    pub(crate) fn undoes(&self, before: &Ticket) -> bool {
        let undone = |step: &Step| {
            let older = before.steps.iter().find(|older| older.key() == step.key());
            older.is_some_and(|older| older.is_change() && older.before == step.after)
        };
        self.steps.iter().any(undone)
    }
}

/// Whether steps still fit what is known.
pub(crate) enum Fit {
    /// They do. What a newer update changes is left to it: such a step changes nothing any more.
    Fits(Vec<Step>),
    /// Something else is there now.
    Stale(Vec<RecordSet>),
}

/// Compares `steps` of the update number `order` with what is known to be newest.
pub(crate) fn fit(
    steps: &[Step],
    order: u64,
    newest: impl Fn(&RecordKey) -> Option<Newest>,
) -> Fit {
    let mut fitting = Vec::with_capacity(steps.len());
    let mut stale = false;
    for step in steps {
        let mut step = step.clone();
        if let Some(newest) = newest(&step.key()) {
            stale |= newest.set != step.before;
            if newest.order > order && step.is_change() {
                step.after.clone_from(&newest.set);
            }
            step.before = newest.set;
        }
        fitting.push(step);
    }
    if stale {
        Fit::Stale(fitting.into_iter().filter_map(|step| step.before).collect())
    } else {
        Fit::Fits(fitting)
    }
}
