//! The way of a reading and of a change.

use crate::api::Api;
use crate::api::fault::zone_error;
use crate::guess::glance::{Glance, Shown};
use crate::guess::known::{Known, Newest};
use crate::lookup::list::name_servers;
use crate::lookup::{Lookups, Sought};
use crate::settings::{Settings, SettingsError};
use crate::write::Sender;
use crate::write::queue::{Queue, Verdict};
use dyn53_aws::{Fault, Tries};
use dyn53_core::{Applied, Plan, Reading, RecordSet, Values, Wanted, Zone, ZoneError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long the zone's own name servers may be looked for.
const FIND: Duration = Duration::from_secs(2);

/// Readings of all zones are numbered together, so that the numbers of a plan over several zones compare.
static READINGS: AtomicU64 = AtomicU64::new(1);

/// A hosted zone of Amazon Route 53.
pub struct Route53Zone {
    api: Api,
    glance: Option<Glance>,
    known: Known,
    lookups: Lookups,
    queue: Queue,
}

impl Route53Zone {
    /// A zone; nothing is sent yet.
    ///
    /// # Errors
    /// [`SettingsError`] says which setting is wrong.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            api: Api::new(&settings)?,
            glance: Glance::of(&settings.name_servers),
            known: Known::default(),
            lookups: Lookups::default(),
            queue: Queue::new(),
        })
    }

    /// Guesses what the zone holds. Where there is no guess, the API is asked.
    fn guess(&self, wanted: &[Wanted], tries: &mut Tries) -> Result<Vec<RecordSet>, Fault> {
        let mut sets = Vec::new();
        let mut open: Vec<&Wanted> = Vec::new();
        for wanted in wanted {
            match self.newest(wanted) {
                Some(set) => sets.extend(set),
                None => open.push(wanted),
            }
        }
        let shown = self.shown(&open, tries.deadline);
        let mut unknown: Vec<&Wanted> = Vec::new();
        for (wanted, shown) in open.into_iter().zip(shown) {
            match self.believed(wanted, shown) {
                Some(set) => sets.extend(set),
                None => unknown.push(wanted),
            }
        }
        if !unknown.is_empty() {
            sets.extend(self.look_up(&unknown, tries)?);
        }
        Ok(sets)
    }

    /// What this process knows, where it is enough: a change that waits is followed by the next one,
    /// and a difference is checked when it is changed. That nothing is to do must be seen elsewhere:
    /// another writer may have come since.
    fn newest(&self, wanted: &Wanted) -> Option<Option<RecordSet>> {
        let key = wanted.key();
        if let Some(Newest { set, .. }) = self.queue.pending(&key) {
            return Some(set);
        }
        let Newest { set, .. } = self.known.recall(&key, Instant::now())?;
        (!wanted.is_met_by(set.as_ref())).then_some(set)
    }

    fn shown(&self, wanted: &[&Wanted], deadline: Instant) -> Vec<Shown> {
        match &self.glance {
            Some(glance) => glance.look(wanted, deadline, &|| self.name_servers(deadline)),
            None => vec![None; wanted.len()],
        }
    }

    fn name_servers(&self, deadline: Instant) -> Option<Vec<String>> {
        name_servers(&self.api, Tries::until(deadline.min(Instant::now() + FIND)))
    }

    /// What the name servers show, where it is enough.
    fn believed(&self, wanted: &Wanted, shown: Shown) -> Option<Option<RecordSet>> {
        let (key, now) = (wanted.key(), Instant::now());
        let shown = shown?;
        let behind = self.known.may_be_behind(&key, shown.as_ref(), now);
        let absent_as_wanted = shown.is_none() && wanted.is_met_by(None);
        (!behind && !absent_as_wanted).then_some(shown)
    }

    /// What the API lists of `wanted`, or what became known while this waited for it.
    fn look_up(&self, wanted: &[&Wanted], tries: &mut Tries) -> Result<Vec<RecordSet>, Fault> {
        let sought = wanted.iter().map(|w| (w.key(), w.after(None).is_some()));
        let sought: Vec<Sought> = sought.collect();
        let newest = || {
            let sets: Option<Vec<_>> = wanted.iter().map(|w| self.newest(w)).collect();
            Some(sets?.into_iter().flatten().collect())
        };
        let source = (&self.api, &self.known);
        self.lookups.look(source, &sought, &newest, tries)
    }

    /// What the zone surely holds of all that `plan` was made from.
    fn surely(&self, plan: &Plan, tries: &mut Tries) -> Result<Applied, Fault> {
        let steps = plan.steps().iter();
        let sought: Vec<Sought> = steps.map(|s| (s.key(), s.after.is_some())).collect();
        let source = (&self.api, &self.known);
        let sets = self.lookups.look(source, &sought, &|| None, tries)?;
        Ok(stale(plan, sets, tries))
    }
}

fn stale(plan: &Plan, sets: Vec<RecordSet>, tries: &Tries) -> Applied {
    Applied::stale(Reading {
        sets,
        calls: tries.calls,
        order: plan.order(),
    })
}

impl Zone for Route53Zone {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        let order = READINGS.fetch_add(1, Ordering::Relaxed);
        let mut tries = Tries::until(deadline);
        match self.guess(wanted, &mut tries) {
            Ok(sets) => Ok(Reading {
                sets,
                calls: tries.calls,
                order,
            }),
            Err(fault) => Err(zone_error(fault, tries.calls)),
        }
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        let mut tries = Tries::until(deadline);
        let verdict = self
            .queue
            .submit(plan, &self.known, deadline, &mut |batch| {
                Sender::new(&self.api, &self.known, &mut tries).send(batch)
            });
        let applied = match verdict {
            Verdict::Done => Ok(Applied::Done { calls: tries.calls }),
            Verdict::Stale(sets) => Ok(stale(plan, sets, &tries)),
            Verdict::Unsure => self.surely(plan, &mut tries),
            Verdict::Failed(fault) => Err(fault),
        };
        applied.map_err(|fault| zone_error(fault, tries.calls))
    }

    /// Where no name servers are known nothing is seen, and nothing waited for.
    fn shows(&self, wanted: &[Wanted], deadline: Instant) -> bool {
        let names = || self.name_servers(deadline);
        wanted
            .iter()
            .all(|wanted| match (&wanted.values, &self.glance) {
                (Values::With(data), Some(glance)) => glance.shows(wanted, data, deadline, &names),
                (Values::With(_), None) => false,
                _ => true,
            })
    }
}
