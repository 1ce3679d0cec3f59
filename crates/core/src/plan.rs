//! Plan: all changes of one update. What is shown is what is applied.

use crate::grant::Grant;
use crate::host::Host;
use crate::reading::Reading;
use crate::step::Step;

/// All steps of one update; nothing is to do if none of them is a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<Step>,
    order: u64,
}

impl Plan {
    /// Compares what is granted with what the zone holds.
    #[must_use]
    pub fn new(grant: &Grant, current: &Reading) -> Self {
        let steps = grant
            .wanted()
            .iter()
            .map(|wanted| Step::new(wanted, current.find(&wanted.host, wanted.record_type)));
        Self {
            steps: steps.collect(),
            order: current.order,
        }
    }

    /// The number of the reading that the plan was made from.
    #[must_use]
    pub fn order(&self) -> u64 {
        self.order
    }

    /// All that the plan was made from, one at most for a name and type.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_change())
    }

    /// Whether nothing is to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// The part of the plan whose hosts satisfy `belongs`.
    #[must_use]
    pub fn part(&self, belongs: impl Fn(&Host) -> bool) -> Self {
        let steps = self.steps.iter();
        Self {
            steps: steps.filter(|step| belongs(&step.host)).cloned().collect(),
            order: self.order,
        }
    }

    /// What the zone holds once the plan is carried out, as a reading.
    #[must_use]
    pub fn goal(&self) -> Reading {
        Reading {
            sets: self.steps.iter().filter_map(|s| s.after.clone()).collect(),
            calls: 0,
            order: self.order,
        }
    }
}
