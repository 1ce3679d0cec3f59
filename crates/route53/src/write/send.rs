//! Sending a batch, and what to do when Route 53 refuses it.
//!
//! A refused batch was not carried out at all. The answer names records of it, not always all. They are
//! looked up: a ticket whose record is not as it was taken to be is stale, one with an alias or the
//! like in its way fails alone, and the others are sent again. At the third refusal of one batch the
//! whole zone is listed: after a restart hundreds of guesses may be wrong at once.

use super::batch::{Size, body, is_named, merge};
use super::queue::{Sent, Ticket, Verdict, fit};
use crate::api::Api;
use crate::guess::known::{Known, Newest};
use crate::lookup::found::Found;
use crate::lookup::list::{list_zone, look_up};
use dyn53_aws::{Fault, MOST_TRIES, Remedy, Tries};
use dyn53_core::{RecordKey, RecordSet, Step};
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

/// Into how many parts a batch is taken at most: enough for a bad change among 1,000 three times over.
const MOST_SPLITS: u32 = 30;

/// A batch that is throttled this often is sent in halves: it may be larger than what the account
/// may change at once.
const PATIENCE: u32 = 3;

/// At this refusal the whole zone is listed.
const LIST_AT: u32 = 3;

/// More names in one refusal are not looked up one by one.
const MOST_NAMES: usize = 8;

/// Sends one batch within the time of one caller.
pub(crate) struct Sender<'a> {
    api: &'a Api,
    known: &'a Known,
    tries: &'a mut Tries,
    splits: u32,
    refusals: u32,
    /// Of the batches that were throttled, the elements of the smallest.
    too_large: Option<usize>,
    verdicts: Vec<(Ticket, Verdict)>,
}

impl<'a> Sender<'a> {
    pub(crate) fn new(api: &'a Api, known: &'a Known, tries: &'a mut Tries) -> Self {
        Self {
            api,
            known,
            tries,
            splits: MOST_SPLITS,
            refusals: 0,
            too_large: None,
            verdicts: Vec::new(),
        }
    }

    /// Sends `batch`; says what became of each ticket.
    pub(crate) fn send(mut self, batch: Vec<Ticket>) -> Sent {
        self.part(batch);
        let Self {
            verdicts,
            too_large,
            ..
        } = self;
        Sent {
            verdicts,
            too_large,
        }
    }

    /// Sends a part of the batch; a ticket is never divided, and an older one never comes after a newer
    /// one of the same record.
    fn part(&mut self, part: Vec<Ticket>) {
        let changes = merge(part.iter().map(|ticket| ticket.steps.as_ref()));
        if changes.is_empty() {
            return self.tell(part, &Verdict::Unsure);
        }
        let alone = part.len() == 1;
        let size = Size::of(&changes).elements;
        if !alone && self.too_large.is_some_and(|too_large| size >= too_large) {
            return self.halves(part);
        }
        let patience = if alone { MOST_TRIES } else { PATIENCE };
        let sent = self.api.change(&body(&changes), patience, self.tries);
        let Err(fault) = sent else {
            part.iter().for_each(|ticket| self.wrote(ticket));
            return self.tell(part, &Verdict::Done);
        };
        match fault.remedy {
            Remedy::Look => self.refused(part, &fault),
            Remedy::Split if !alone && self.may_split() => self.halves(part),
            Remedy::SlowDown if !alone && self.may_split() => {
                self.too_large = Some(size);
                self.halves(part);
            }
            _ => self.failed(part, fault),
        }
    }

    fn tell(&mut self, part: Vec<Ticket>, verdict: &Verdict) {
        let told = part.into_iter().map(|ticket| (ticket, verdict.clone()));
        self.verdicts.extend(told);
    }

    fn wrote(&self, ticket: &Ticket) {
        let now = Instant::now();
        for step in ticket.changes() {
            self.known
                .wrote(step.key(), step.after.clone(), ticket.order, now);
        }
    }

    /// Nobody knows whether it was carried out: what was taken to be there is not known any more.
    fn failed(&mut self, mut part: Vec<Ticket>, fault: Fault) {
        for ticket in &mut part {
            ticket.maybe_made |= self.tries.unsure;
            for step in ticket.changes() {
                self.known.unsure(step.key(), Instant::now());
            }
        }
        self.tell(part, &Verdict::Failed(fault));
    }

    fn refused(&mut self, part: Vec<Ticket>, fault: &Fault) {
        self.refusals += 1;
        let found = match self.look(&part, fault) {
            Ok(found) => found,
            Err(fault) => return self.failed(part, fault),
        };
        let before = part.len();
        let rest = self.judge(part, &found);
        if rest.len() < before || self.refusals < LIST_AT {
            self.part(rest);
        } else if rest.len() == 1 || !self.may_split() {
            self.tell(rest, &Verdict::Failed(fault.clone()));
        } else {
            self.divide(rest, fault);
        }
    }

    /// What the zone holds at the names that a refusal speaks of; after several refusals, all of it.
    fn look(&mut self, part: &[Ticket], fault: &Fault) -> Result<Found, Fault> {
        let steps = part.iter().flat_map(|ticket| ticket.steps.iter());
        let all: BTreeSet<RecordKey> = steps.map(Step::key).collect();
        let named = all.iter().filter(|key| is_named(&fault.sentence, &key.0));
        let mut keys: Vec<RecordKey> = named.cloned().collect();
        if keys.is_empty() && part.len() == 1 {
            keys = all.into_iter().collect();
        }
        let many = self.refusals >= LIST_AT || keys.is_empty() || keys.len() > MOST_NAMES;
        let whole = if many && part.len() > 1 {
            list_zone(self.api, self.tries)?
        } else {
            None
        };
        let found = match whole {
            Some((found, _)) => found,
            None => look_up(self.api, &keys, self.tries)?,
        };
        found.teach(self.known, &keys);
        Ok(found)
    }

    /// Tells those tickets their verdict that `found` decides; the others are to be sent again.
    fn judge(&mut self, part: Vec<Ticket>, found: &Found) -> Vec<Ticket> {
        let mut there = HashMap::new();
        let mut rest = Vec::new();
        for ticket in part {
            if let Some(verdict) = self.verdict(&ticket, found, &mut there) {
                self.verdicts.push((ticket, verdict));
            } else {
                let changes = ticket.changes();
                there.extend(changes.map(|step| (step.key(), step.after.clone())));
                rest.push(ticket);
            }
        }
        rest
    }

    /// What `found` says of a ticket; `there` is what the zone holds after the tickets before it.
    fn verdict(
        &self,
        ticket: &Ticket,
        found: &Found,
        there: &mut HashMap<RecordKey, Option<RecordSet>>,
    ) -> Option<Verdict> {
        for step in ticket.steps.iter() {
            let key = step.key();
            if !there.contains_key(&key) && found.covers(&key) {
                match found.find(&key, step.after.is_some()) {
                    Ok(set) => drop(there.insert(key, set)),
                    Err(fault) if step.is_change() => return Some(Verdict::Failed(fault)),
                    Err(_) => {}
                }
            }
        }
        let as_wanted = |step: &Step| *there.get(&step.key()).unwrap_or(&step.before) == step.after;
        if (self.tries.unsure || ticket.maybe_made) && ticket.steps.iter().all(as_wanted) {
            // A try whose answer was lost had carried it out.
            self.wrote(ticket);
            return Some(Verdict::Done);
        }
        let newest = |key: &RecordKey| {
            let set = there.get(key)?.clone();
            Some(Newest { set, order: 0 })
        };
        fit(&ticket.steps, ticket.order, newest).err()
    }

    fn may_split(&mut self) -> bool {
        let may = self.splits > 0;
        self.splits = self.splits.saturating_sub(1);
        may
    }

    fn halves(&mut self, mut part: Vec<Ticket>) {
        let second = part.split_off(part.len() / 2);
        self.part(part);
        self.part(second);
    }

    /// First those that the refusal does not speak of. A ticket that comes after a named one and
    /// touches a record of it stays behind it.
    fn divide(&mut self, part: Vec<Ticket>, fault: &Fault) {
        let mut touched: BTreeSet<RecordKey> = BTreeSet::new();
        let is_behind = |ticket: &Ticket| {
            let mut steps = ticket.steps.iter();
            let behind = steps
                .any(|step| is_named(&fault.sentence, &step.host) || touched.contains(&step.key()));
            if behind {
                touched.extend(ticket.steps.iter().map(Step::key));
            }
            behind
        };
        let (mut named, mut others): (Vec<_>, Vec<_>) = part.into_iter().partition(is_behind);
        if named.is_empty() || others.is_empty() {
            named.append(&mut others);
            self.halves(named);
        } else {
            self.part(others);
            self.part(named);
        }
    }
}
