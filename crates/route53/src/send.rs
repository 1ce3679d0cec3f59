//! Sending a batch, and taking it apart where one change spoils it for the others.

use crate::api::{Api, MOST_TRIES, Tries};
use crate::batch::{Size, body, is_named, merge};
use crate::commit::{Fate, Ticket};
use crate::fault::{Fault, Remedy};
use crate::lookup::lookup;
use crate::memory::Memory;
use dyn53_core::{Step, Values, Wanted};
use std::time::Instant;

/// Into how many parts a batch is taken at most: enough for a bad change among 1,000 three times over.
const MOST_SPLITS: u32 = 30;

/// A batch that is throttled this often is sent in halves: it may be larger than what the account
/// may change at once.
const PATIENCE: u32 = 3;

/// Sends one batch within the time of one caller.
pub(crate) struct Sender<'a> {
    api: &'a Api,
    memory: &'a Memory,
    deadline: Instant,
    tries: &'a mut Tries,
    splits: u32,
    /// Of the batches that were throttled, the elements of the smallest.
    too_large: Option<usize>,
}

impl<'a> Sender<'a> {
    pub(crate) fn new(
        api: &'a Api,
        memory: &'a Memory,
        deadline: Instant,
        tries: &'a mut Tries,
    ) -> Self {
        Self {
            api,
            memory,
            deadline,
            tries,
            splits: MOST_SPLITS,
            too_large: None,
        }
    }

    /// Sends `batch`; says what became of each ticket, and how many elements were too many for the rate.
    pub(crate) fn send(mut self, batch: &[Ticket]) -> (Vec<Fate>, Option<usize>) {
        let mut fates = vec![Fate::Accepted; batch.len()];
        let numbered = batch
            .iter()
            .map(|ticket| ticket.changes.as_ref())
            .enumerate();
        self.part(&numbered.collect::<Vec<_>>(), &mut |number, fate| {
            if let Some(place) = fates.get_mut(number) {
                *place = fate;
            }
        });
        (fates, self.too_large)
    }

    /// Sends a part of the batch; a ticket is never divided.
    fn part(&mut self, part: &[(usize, &[Step])], tell: &mut dyn FnMut(usize, Fate)) {
        let changes = merge(part.iter().map(|(_, changes)| *changes));
        let alone = part.len() == 1;
        let size = Size::of(changes.iter().copied()).elements;
        if !alone && self.too_large.is_some_and(|too_large| size >= too_large) {
            let (first, second) = halves(part);
            self.part(&first, tell);
            return self.part(&second, tell);
        }
        let patience = if alone { MOST_TRIES } else { PATIENCE };
        let sent = self
            .api
            .change(&body(&changes), patience, self.deadline, self.tries);
        let fate = match sent {
            Ok(()) => Fate::Accepted,
            Err(fault) if !alone && self.divides(&fault, size) => {
                let (first, second) = divide(part, &fault);
                self.part(&first, tell);
                return self.part(&second, tell);
            }
            Err(fault) if self.is_done_already(&fault, &changes) => Fate::Accepted,
            Err(fault) if fault.remedy == Remedy::Later => Fate::Late(fault.sentence),
            Err(fault) => Fate::Refused(fault.sentence),
        };
        for change in changes {
            match fate {
                Fate::Accepted => self.memory.written(change),
                _ => self.memory.failed(change),
            }
        }
        for (number, _) in part {
            tell(*number, fate.clone());
        }
    }

    fn divides(&mut self, fault: &Fault, size: usize) -> bool {
        if fault.remedy == Remedy::SlowDown {
            self.too_large = Some(size);
        }
        let divides = matches!(fault.remedy, Remedy::SlowDown | Remedy::Split) && self.splits > 0;
        self.splits -= u32::from(divides);
        divides
    }

    /// A refused change may have been made by a try whose connection broke: Route 53 does not delete
    /// a record set that is gone.
    fn is_done_already(&mut self, fault: &Fault, changes: &[&Step]) -> bool {
        fault.remedy == Remedy::Split && self.tries.unsure && {
            changes.iter().all(|change| {
                let wanted = wanted(change);
                let found = lookup(self.api, &[&wanted], self.deadline, self.tries);
                found.is_ok_and(|sets| {
                    sets.first()
                        .is_some_and(|set| set.as_ref() == change.after.as_ref())
                })
            })
        }
    }
}

fn wanted(change: &Step) -> Wanted {
    let after = change.after.as_ref();
    let value = after.and_then(|set| set.values.first().cloned());
    Wanted {
        host: change.host.clone(),
        record_type: change.record_type,
        ttl: after.map_or(0, |set| set.ttl),
        values: value.map_or(Values::None, Values::Only),
    }
}

type Part<'a> = Vec<(usize, &'a [Step])>;

/// Those that the fault names and the others first, else halves.
fn divide<'a>(part: &[(usize, &'a [Step])], fault: &Fault) -> (Part<'a>, Part<'a>) {
    let named = |changes: &[Step]| {
        let mut changes = changes.iter();
        changes.any(|change| is_named(&fault.sentence, &change.host))
    };
    let (named, others): (Part, Part) = part.iter().partition(|(_, changes)| named(changes));
    if fault.remedy == Remedy::Split && !named.is_empty() && !others.is_empty() {
        return (others, named);
    }
    halves(part)
}

fn halves<'a>(part: &[(usize, &'a [Step])]) -> (Part<'a>, Part<'a>) {
    let (first, second) = part.split_at(part.len() / 2);
    (first.to_vec(), second.to_vec())
}
