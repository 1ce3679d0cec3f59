//! The way of a reading and of a change.

use crate::api::{Api, Tries};
use crate::commit::Commit;
use crate::glance::Glance;
use crate::memory::Memory;
use crate::send::Sender;
use crate::settings::{Settings, SettingsError};
use crate::survey::Survey;
use dyn53_core::{Applied, Plan, Reading, RecordSet, Step, Values, Wanted, Zone, ZoneError};
use std::time::Instant;

/// A hosted zone of Amazon Route 53.
pub struct Route53Zone {
    api: Api,
    glance: Option<Glance>,
    memory: Memory,
    survey: Survey,
    commit: Commit,
}

impl Route53Zone {
    /// A zone; nothing is sent yet.
    ///
    /// # Errors
    /// [`SettingsError`] says which setting is wrong.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            api: Api::new(&settings)?,
            glance: settings.glance.then(|| Glance::new(&settings.name_servers)),
            memory: Memory::new(settings.sole_writer),
            survey: Survey::default(),
            commit: Commit::new(),
        })
    }

    /// Lists the whole zone: within the next hour no change of a record set in it needs a look before.
    /// Returns how many record sets it has; `None`: more than 15,000, too many to be listed.
    ///
    /// # Errors
    /// [`ZoneError`].
    pub fn survey(&self, deadline: Instant) -> Result<Option<usize>, ZoneError> {
        let mut tries = Tries::default();
        let source = (&self.api, &self.memory);
        let listed = self.survey.ahead(source, deadline, &mut tries);
        listed.map_err(|sentence| ZoneError::new(sentence, tries.calls))
    }

    /// Whether the name servers, asked where they can be believed, show everything as wanted.
    fn shows(&self, wanted: &[Wanted], deadline: Instant) -> bool {
        let now = Instant::now();
        let pending = |w: &Wanted| self.commit.pending(&w.key()).is_some();
        let stale = |wanted: &Wanted| self.memory.may_be_stale(wanted, now) || pending(wanted);
        let glance = self.glance.as_ref();
        glance.is_some_and(|glance| !wanted.iter().any(stale) && glance.shows(wanted, deadline))
    }

    /// The careful way: what is pending, then what is remembered, then what the API lists.
    fn look(
        &self,
        wanted: &[Wanted],
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<Vec<RecordSet>, String> {
        let (mut sets, mut unknown) = (Vec::new(), Vec::new());
        for wanted in wanted {
            match self.recall(wanted) {
                Some(set) => sets.extend(set),
                None => unknown.push(wanted),
            }
        }
        for of_one_host in unknown.chunk_by(|one, other| one.host == other.host) {
            let known = || of_one_host.iter().map(|w| self.recall(w)).collect();
            let source = (&self.api, &self.memory);
            let survey = &self.survey;
            let found = survey.look(source, of_one_host, &known, deadline, tries)?;
            sets.extend(found.into_iter().flatten());
        }
        Ok(sets)
    }

    /// While a change of a record set waits or is under way, another update of it must queue behind,
    /// be it the same: what it reads here is never what it wants.
    fn recall(&self, wanted: &Wanted) -> Option<Option<RecordSet>> {
        match self.commit.pending(&wanted.key()) {
            Some(None) if wanted.values == Values::None => None,
            Some(set) => Some(set.filter(|set| !wanted.is_met_by(Some(set)))),
            None => self.memory.recall(wanted, Instant::now()),
        }
    }
}

impl Zone for Route53Zone {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        if self.shows(wanted, deadline) {
            let sets = wanted.iter().filter_map(|w| w.after(None)).collect();
            return Ok(Reading { sets, calls: 0 });
        }
        let mut tries = Tries::default();
        let sets = self.look(wanted, deadline, &mut tries);
        match sets {
            Ok(sets) => Ok(Reading {
                sets,
                calls: tries.calls,
            }),
            Err(sentence) => Err(ZoneError::new(sentence, tries.calls)),
        }
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        let changes: Vec<Step> = plan.changes().cloned().collect();
        if changes.is_empty() {
            return Ok(Applied::Done { calls: 0 });
        }
        let mut tries = Tries::default();
        let verdict = self.commit.submit(&changes, deadline, &mut |batch| {
            Sender::new(&self.api, &self.memory, deadline, &mut tries).send(batch)
        });
        match verdict {
            Ok(()) => Ok(Applied::Done { calls: tries.calls }),
            Err(sentence) => Err(ZoneError::new(sentence, tries.calls)),
        }
    }
}
