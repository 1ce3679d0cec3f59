//! Ticket: the steps of one update in the queue, all of them or none.

use crate::guess::known::Newest;
use crate::write::batch::Size;
use dyn53_aws::Fault;
use dyn53_core::{Host, RecordKey, RecordSet, RecordType, Step};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What became of a ticket.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The zone is as it wants.
    Done,
    /// Nothing was changed: the zone holds these in place of what the steps began from.
    Stale(Vec<RecordSet>),
    /// Nothing was changed, and the zone must be asked what it holds.
    Unsure,
    /// As far as anyone knows, nothing was changed.
    Failed(Fault),
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

    /// Whether it is about texts; else it is about addresses.
    pub(crate) fn has_texts(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.record_type == RecordType::Txt)
    }

    pub(crate) fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_change())
    }

    fn change_of(&self, host: &Host, record_type: RecordType) -> Option<&Step> {
        self.changes()
            .find(|step| step.record_type == record_type && step.host == *host)
    }

    /// What it makes of a record set, if it changes it.
    pub(crate) fn after(&self, (host, record_type): &RecordKey) -> Option<Newest> {
        let step = self.change_of(host, *record_type)?;
        let (set, order) = (step.after.clone(), self.order);
        Some(Newest { set, order })
    }

    /// Whether a record set would be the same after both as before both. In one batch that would be no
    /// change at all, and Route 53 would not check it.
    pub(crate) fn undoes(&self, before: &Ticket) -> bool {
        let undone = |step: &Step| {
            let older = before.change_of(&step.host, step.record_type);
            older.is_some_and(|older| older.before == step.after)
        };
        self.steps.iter().any(undone)
    }
}

/// `steps` of the update number `order` as they are against what is known to be newest. What a newer update
/// changes is left to it: such a step changes nothing any more.
///
/// # Errors
/// Stale: something else is there than they began from.
pub(crate) fn fit(
    steps: &[Step],
    order: u64,
    newest: impl Fn(&RecordKey) -> Option<Newest>,
) -> Result<Vec<Step>, Verdict> {
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
        let there = fitting.into_iter().filter_map(|step| step.before);
        Err(Verdict::Stale(there.collect()))
    } else {
        Ok(fitting)
    }
}
