//! Sending a batch, and what to do when Route 53 refuses it.
//!
//! A refused batch was not carried out at all. The answer names records of it, not always all. They are
//! looked up: a ticket whose record is not as it was taken to be is stale, one with an alias or the
//! like in its way fails alone, and the others are sent again. At the third refusal of one batch the
//! whole zone is listed: after a restart hundreds of guesses may be wrong at once.

use super::batch::{Size, body, is_named, merge};
use super::queue::{Fate, Ticket};
use crate::api::Api;
use crate::guess::known::Known;
use crate::lookup::{Sets, find, learn, list_zone, look_up};
use dyn53_aws::{Fault, MOST_TRIES, Remedy, Tries};
use dyn53_core::{RecordKey, RecordSet, Step};
use std::collections::{BTreeSet, HashMap, HashSet};
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
    fates: Vec<Option<Fate>>,
}

/// Tickets with their places in the batch.
type Part<'a> = Vec<(usize, &'a Ticket)>;

impl<'a> Sender<'a> {
    pub(crate) fn new(api: &'a Api, known: &'a Known, tries: &'a mut Tries) -> Self {
        Self {
            api,
            known,
            tries,
            splits: MOST_SPLITS,
            refusals: 0,
            too_large: None,
            fates: Vec::new(),
        }
    }

    /// Sends `batch`; says what became of each ticket, and how many elements were too many for the rate.
    pub(crate) fn send(mut self, batch: &[Ticket]) -> (Vec<Fate>, Option<usize>) {
        self.fates = vec![None; batch.len()];
        self.part(batch.iter().enumerate().collect());
        let fates = self.fates.into_iter();
        let fates = fates.map(|fate| fate.unwrap_or(Fate::Unsure));
        (fates.collect(), self.too_large)
    }

    /// Sends a part of the batch; a ticket is never divided, and an older one never comes after a newer
    /// one of the same record.
    fn part(&mut self, part: Part) {
        let changes = merge(part.iter().map(|(_, ticket)| ticket.steps.as_ref()));
        if changes.is_empty() {
            return;
        }
        let alone = part.len() == 1;
        let size = Size::of(&changes).elements;
        if !alone && self.too_large.is_some_and(|too_large| size >= too_large) {
            return self.halves(part);
        }
        let patience = if alone { MOST_TRIES } else { PATIENCE };
        let sent = self.api.change(&body(&changes), patience, self.tries);
        let Err(fault) = sent else {
            return self.accepted(&part);
        };
        match fault.remedy {
            Remedy::Look => self.refused(part, &fault),
            Remedy::Split if !alone && self.may_split() => self.halves(part),
            Remedy::SlowDown if !alone && self.may_split() => {
                self.too_large = Some(size);
                self.halves(part);
            }
            _ => self.failed(&part, &changes, &fault),
        }
    }

    fn accepted(&mut self, part: &Part) {
        for (place, ticket) in part {
            self.wrote(ticket);
            self.tell(*place, Fate::Accepted);
        }
    }

    fn wrote(&self, ticket: &Ticket) {
        let now = Instant::now();
        for step in ticket.steps.iter().filter(|step| step.is_change()) {
            self.known
                .wrote(step.key(), step.after.clone(), ticket.order, now);
        }
    }

    /// Nobody knows whether it was carried out: what was taken to be there is not known any more.
    fn failed(&mut self, part: &Part, changes: &[Step], fault: &Fault) {
        for change in changes {
            self.known.unsure(change.key(), Instant::now());
        }
        let fate = if fault.remedy == Remedy::Later {
            Fate::Late {
                fault: fault.clone(),
                maybe_made: self.tries.unsure,
            }
        } else {
            Fate::Refused(fault.clone())
        };
        for (place, _) in part {
            self.tell(*place, fate.clone());
        }
    }

    fn refused(&mut self, part: Part, fault: &Fault) {
        self.refusals += 1;
        let found = match self.look(&part, fault) {
            Ok(found) => found,
            Err(fault) => {
                let changes = merge(part.iter().map(|(_, ticket)| ticket.steps.as_ref()));
                return self.failed(&part, &changes, &fault);
            }
        };
        let before = part.len();
        let rest = self.judge(part, &found);
        if rest.len() < before || self.refusals < LIST_AT {
            return self.part(rest);
        }
        let alone = rest.len() == 1;
        if alone || !self.may_split() {
            for (place, _) in rest {
                self.tell(place, Fate::Refused(fault.clone()));
            }
        } else {
            self.divide(rest, fault);
        }
    }

    /// What the zone holds at the names that a refusal speaks of; after several refusals, all of it.
    fn look(&mut self, part: &Part, fault: &Fault) -> Result<Found, Fault> {
        let steps = part.iter().flat_map(|(_, ticket)| ticket.steps.iter());
        let all: BTreeSet<RecordKey> = steps.map(Step::key).collect();
        let named = all.iter().filter(|key| is_named(&fault.sentence, &key.0));
        let mut keys: Vec<RecordKey> = named.cloned().collect();
        if keys.is_empty() && part.len() == 1 {
            keys = all.into_iter().collect();
        }
        let many = self.refusals >= LIST_AT || keys.is_empty() || keys.len() > MOST_NAMES;
        if many
            && part.len() > 1
            && let Some((sets, _)) = list_zone(self.api, self.tries)?
        {
            learn(self.known, &sets, &keys);
            return Ok(Found { sets, keys: None });
        }
        let sets = look_up(self.api, &keys, self.tries)?;
        learn(self.known, &sets, &keys);
        Ok(Found {
            sets,
            keys: Some(keys.into_iter().collect()),
        })
    }

    /// Tells those tickets their fate that `found` decides; the others are to be sent again.
    fn judge<'t>(&mut self, part: Part<'t>, found: &Found) -> Part<'t> {
        let mut newest: Newest = HashMap::new();
        let mut rest = Part::new();
        for (place, ticket) in part {
            if let Some(fate) = self.fate(ticket, found, &mut newest) {
                self.tell(place, fate);
            } else {
                let changes = ticket.steps.iter().filter(|step| step.is_change());
                newest.extend(changes.map(|step| (step.key(), step.after.clone())));
                rest.push((place, ticket));
            }
        }
        rest
    }

    /// What `found` says of a ticket; `newest` is what the tickets before it make of the zone.
    fn fate(&self, ticket: &Ticket, found: &Found, newest: &mut Newest) -> Option<Fate> {
        let (mut sets, mut stale, mut made) =
            (Vec::new(), false, self.tries.unsure || ticket.maybe_made);
        for step in ticket.steps.iter() {
            let key = step.key();
            if !newest.contains_key(&key) && found.covers(&key) {
                let filled = step.after.is_some();
                match find(&self.api.zone_id, &found.sets, &key, filled) {
                    Ok(set) => drop(newest.insert(key.clone(), set)),
                    Err(fault) if step.is_change() => return Some(Fate::Refused(fault)),
                    Err(_) => {}
                }
            }
            let set = newest.get(&key).unwrap_or(&step.before);
            stale |= *set != step.before;
            made &= *set == step.after;
            sets.extend(set.clone());
        }
        if made {
            // A try whose answer was lost had carried the batch out.
            self.wrote(ticket);
            return Some(Fate::Accepted);
        }
        stale.then_some(Fate::Stale(sets))
    }

    fn may_split(&mut self) -> bool {
        let may = self.splits > 0;
        self.splits = self.splits.saturating_sub(1);
        may
    }

    fn halves(&mut self, part: Part) {
        let mut first = part;
        let second = first.split_off(first.len() / 2);
        self.part(first);
        self.part(second);
    }

    /// First those that the refusal does not speak of. A ticket that comes after a named one and
    /// touches a record of it stays behind it.
    fn divide(&mut self, part: Part, fault: &Fault) {
        let mut touched: BTreeSet<RecordKey> = BTreeSet::new();
        let (named, others): (Part, Part) = part.into_iter().partition(|(_, ticket)| {
            let mut steps = ticket.steps.iter();
            let named = steps
                .any(|step| is_named(&fault.sentence, &step.host) || touched.contains(&step.key()));
            if named {
                touched.extend(ticket.steps.iter().map(Step::key));
            }
            named
        });
        if named.is_empty() || others.is_empty() {
            self.halves(named.into_iter().chain(others).collect());
        } else {
            self.part(others);
            self.part(named);
        }
    }

    fn tell(&mut self, place: usize, fate: Fate) {
        if let Some(slot) = self.fates.get_mut(place) {
            *slot = Some(fate);
        }
    }
}

/// What the tickets so far make of the records that were looked at.
type Newest = HashMap<RecordKey, Option<RecordSet>>;

/// What a look at the zone showed.
struct Found {
    sets: Sets,
    /// What was looked up; `None`: the whole zone.
    keys: Option<HashSet<RecordKey>>,
}

impl Found {
    fn covers(&self, key: &RecordKey) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(key))
    }
}
