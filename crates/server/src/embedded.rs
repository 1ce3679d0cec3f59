//! EmbeddedZone: a zone that this server itself answers for.

mod journal;
mod name_server;
mod records;

pub use journal::JournalError;
pub use name_server::NameServer;
pub(crate) use records::{Key, Node, Records, key, upwards, wire};

use dyn53_core::{
    Applied, Host, Plan, Reading, RecordKey, RecordSet, Step, Wanted, Zone, ZoneError,
};
use journal::{Commit, Journal, Stored};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, TryLockError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What an embedded zone is configured to be.
#[derive(Clone, Debug)]
pub struct EmbeddedSettings {
    /// The name of the zone.
    pub apex: Host,
    /// Time to live of its SOA and NS records and of negative answers, in seconds.
    pub ttl: u32,
    /// Its name servers, the first one is the SOA record's.
    pub name_servers: Vec<NameServer>,
    /// The zones below it that this server answers for as well.
    pub below: Vec<Host>,
}

/// A zone kept in one file of the data folder and answered over DNS by this server.
pub struct EmbeddedZone {
    settings: EmbeddedSettings,
    records: RwLock<Records>,
    waiting: Mutex<Vec<Pending>>,
    journal: Mutex<Journal>,
    committed: Condvar,
}

/// A plan that waits for the disk, and where its verdict goes.
struct Pending {
    plan: Plan,
    verdict: Arc<OnceLock<Verdict>>,
}

/// What became of a plan: an error is a sentence for the operator.
type Verdict = Result<Applied, String>;

/// A zone's file was damaged; the operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The line that cannot be read.
    pub line: usize,
    /// Where the file is kept.
    pub kept: PathBuf,
}

impl EmbeddedZone {
    /// Opens the zone's file in `folder`. A damaged file is kept aside, and the zone starts with
    /// what stands before the damage.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(
        folder: &Path,
        settings: EmbeddedSettings,
    ) -> Result<(Self, Option<Damaged>), JournalError> {
        let (journal, contents) = Journal::open(folder, &settings.apex)?;
        let mut records = empty(&settings);
        for commit in &contents.commits {
            commit.apply_to(&mut records);
        }
        let damaged = contents.damaged.map(|(line, kept)| Damaged { line, kept });
        if damaged.is_some() {
            records.serial = serial_of_now().max(records.serial);
        }
        let zone = Self {
            settings,
            records: RwLock::new(records),
            waiting: Mutex::default(),
            journal: Mutex::new(journal),
            committed: Condvar::new(),
        };
        Ok((zone, damaged))
    }

    /// What the zone is.
    #[must_use]
    pub fn settings(&self) -> &EmbeddedSettings {
        &self.settings
    }

    /// All its record sets, sorted by name and type.
    #[must_use]
    pub fn contents(&self) -> Vec<RecordSet> {
        let mut sets: Vec<RecordSet> = self.with(|records| records.all().cloned().collect());
        sets.sort_by_key(|set| (set.host.clone(), set.record_type));
        sets
    }

    /// Looks at the records; whoever changes them waits meanwhile.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Records) -> T) -> T {
        look(&self.records.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whoever finds the journal free commits for all who have come meanwhile. The others wait for
    /// their verdict and not for the journal: most of them would find nothing left to commit.
    fn commit(&self, plan: Plan) -> Verdict {
        let verdict = Arc::default();
        let mut waiting = locked(&self.waiting);
        waiting.push(Pending {
            plan,
            verdict: Arc::clone(&verdict),
        });
        loop {
            if let Some(verdict) = verdict.get() {
                return verdict.clone();
            }
            let mut journal = match self.journal.try_lock() {
                Ok(journal) => journal,
                Err(TryLockError::Poisoned(journal)) => journal.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    let woken = self.committed.wait(waiting);
                    waiting = woken.unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
            };
            let batch = std::mem::take(&mut *waiting);
            drop(waiting);
            for (pending, verdict) in batch.iter().zip(self.write_all(&mut journal, &batch)) {
                let _first = pending.verdict.set(verdict);
            }
            drop(journal);
            waiting = locked(&self.waiting);
            self.committed.notify_all();
        }
    }

    /// Writes those plans that the zone, with the plans before them, still fits.
    fn write_all(&self, journal: &mut Journal, batch: &[Pending]) -> Vec<Verdict> {
        let mut newer: HashMap<RecordKey, Option<RecordSet>> = HashMap::new();
        let applied: Vec<Applied> = self.with(|records| {
            let plans = batch.iter().map(|pending| &pending.plan);
            plans.map(|plan| swap(records, &mut newer, plan)).collect()
        });
        let sets = newer.into_iter().map(|(key, set)| stored(key, set));
        let written = self.write(journal, sets.collect());
        let verdict = |applied: Applied| match (&applied, &written) {
            (Applied::Done { .. }, Err(sentence)) => Err(sentence.clone()),
            _ => Ok(applied),
        };
        applied.into_iter().map(verdict).collect()
    }

    fn write(&self, journal: &mut Journal, sets: Vec<Stored>) -> Result<(), String> {
        if sets.is_empty() {
            return Ok(());
        }
        let commit = Commit {
            serial: self.with(|records| next(records.serial)),
            sets,
        };
        let so_far = || {
            self.with(|records| Commit {
                serial: records.serial,
                sets: records.all().map(Stored::from).collect(),
            })
        };
        journal.append(&commit, so_far).map_err(|error| {
            let apex = &self.settings.apex;
            format!("the file of the zone {apex} cannot be written: {error}; make room or check the data folder")
        })?;
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        commit.apply_to(&mut records);
        Ok(())
    }
}

impl Zone for EmbeddedZone {
    fn read(&self, wanted: &[Wanted], _deadline: Instant) -> Result<Reading, ZoneError> {
        let sets = self.with(|records| {
            let found = wanted
                .iter()
                .filter_map(|w| records.find(&w.host, w.record_type));
            found.cloned().collect()
        });
        Ok(Reading { sets, calls: 0 })
    }

    fn apply(&self, plan: &Plan, _deadline: Instant) -> Result<Applied, ZoneError> {
        if plan.is_empty() {
            return Ok(Applied::Done { calls: 0 });
        }
        let verdict = self.commit(plan.clone());
        verdict.map_err(|reason| ZoneError::new(reason, 0))
    }
}

/// Puts the changes of `plan` into `newer`, if `records` with `newer` hold what it was made from.
fn swap(
    records: &Records,
    newer: &mut HashMap<RecordKey, Option<RecordSet>>,
    plan: &Plan,
) -> Applied {
    let now = |step: &Step| match newer.get(&step.key()) {
        Some(set) => set.clone(),
        None => records.find(&step.host, step.record_type).cloned(),
    };
    if plan.steps().iter().any(|step| now(step) != step.before) {
        let sets = plan.steps().iter().filter_map(now).collect();
        return Applied::stale(Reading { sets, calls: 0 });
    }
    for step in plan.changes() {
        newer.insert(step.key(), step.after.clone());
    }
    Applied::Done { calls: 0 }
}

fn stored((host, record_type): RecordKey, set: Option<RecordSet>) -> Stored {
    match set {
        Some(set) => Stored::from(&set),
        None => Stored::absent(&host, record_type),
    }
}

/// The zone without what clients have set.
fn empty(settings: &EmbeddedSettings) -> Records {
    let servers = settings.name_servers.iter();
    let own = servers.flat_map(|server| server.sets(settings.ttl));
    Records::new(
        &settings.apex,
        own.collect(),
        &settings.below,
        serial_of_now(),
    )
}

/// Seconds since 1970: a zone that lost its file begins above every serial that it had.
fn serial_of_now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| u32::try_from(since.as_secs()).unwrap_or(1))
}

/// The serial after this one; 0 is left out, some secondaries take it for none (RFC 1982).
fn next(serial: u32) -> u32 {
    serial.wrapping_add(1).max(1)
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
