//! Memory: what this process read and wrote lately, so that it need not ask again.

use dyn53_core::{Host, RecordKey, RecordSet, RecordType, Step, Values, Wanted};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long after a change of ours the name servers may still answer as before. Route 53 says
/// 60 seconds "generally".
const PROPAGATION: Duration = Duration::from_secs(120);

/// How long a record set that was simple is taken to be simple still. Who makes an alias of one of
/// our names within this time may lose it to our next change.
const SIMPLE: Duration = Duration::from_secs(3600);

/// More is not remembered: 10,000 hosts with both families, some 6 MB.
const MOST: usize = 20_000;

/// What is known of record sets. Bounded: what does not fit is forgotten, and asked for again.
pub(crate) struct Memory {
    sole_writer: bool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    sets: HashMap<RecordKey, Entry>,
    /// After something was forgotten, no name server is believed until then.
    distrust: Option<Instant>,
}

struct Entry {
    state: State,
    at: Instant,
    written: bool,
}

#[derive(Clone)]
enum State {
    Absent,
    Simple(RecordSet),
    /// A change failed, and nobody knows whether it was made.
    Unknown,
}

impl Memory {
    pub(crate) fn new(sole_writer: bool) -> Self {
        Self {
            sole_writer,
            known: Mutex::default(),
        }
    }

    /// Whether the name servers may still show the time before a change of ours.
    pub(crate) fn may_be_stale(&self, wanted: &Wanted, now: Instant) -> bool {
        let known = self.lock();
        let entry = known.sets.get(&wanted.key());
        known.distrust.is_some_and(|until| now < until)
            || entry.is_some_and(|entry| entry.is_fresh_write(now))
    }

    /// What need not be asked of the API: `Some(None)` is an absent set.
    ///
    /// Only a sole writer remembers. What it wrote within the time of propagation is the newest
    /// there is. An older set, or one only read, tells that an UPSERT meets no alias, CNAME or weighted
    /// set, so a difference needs no list call; but if it says that all is as wanted where the
    /// name servers did not, someone else was there, and the API is asked.
    pub(crate) fn recall(&self, wanted: &Wanted, now: Instant) -> Option<Option<RecordSet>> {
        let known = self.lock();
        let entry = known.sets.get(&wanted.key())?;
        let set = match &entry.state {
            State::Absent => None,
            State::Simple(set) => Some(set),
            State::Unknown => return None,
        };
        let newest = entry.is_fresh_write(now);
        let simple =
            entry.age(now) < SIMPLE && wanted.values != Values::None && !wanted.is_met_by(set);
        (self.sole_writer && (newest || simple)).then(|| set.cloned())
    }

    /// The API listed it. A change of ours, be it one whose fate was unknown, stays recent.
    pub(crate) fn read(&self, host: &Host, record_type: RecordType, set: Option<&RecordSet>) {
        if !self.sole_writer {
            return;
        }
        let mut known = self.lock();
        match known.sets.get_mut(&(host.clone(), record_type)) {
            Some(entry) if entry.is_fresh_write(Instant::now()) => entry.state = State::of(set),
            _ => {
                drop(known);
                self.put(host, record_type, State::of(set), false);
            }
        }
    }

    /// The API listed these, from `began` on; what was written meanwhile or lately is newer.
    pub(crate) fn listed(&self, sets: impl Iterator<Item = RecordSet>, began: Instant) {
        if !self.sole_writer {
            return;
        }
        let mut known = self.lock();
        for set in sets {
            let key = set.key();
            let newer = known
                .sets
                .get(&key)
                .is_some_and(|entry| entry.at >= began || entry.is_fresh_write(began));
            if newer || (known.sets.len() >= MOST && !known.sets.contains_key(&key)) {
                continue;
            }
            let entry = Entry {
                state: State::Simple(set),
                at: began,
                written: false,
            };
            known.sets.insert(key, entry);
        }
    }

    /// The API accepted it.
    pub(crate) fn written(&self, change: &Step) {
        let state = State::of(change.after.as_ref());
        self.put(&change.host, change.record_type, state, true);
    }

    /// The API did not accept it, or nobody knows.
    pub(crate) fn failed(&self, change: &Step) {
        self.put(&change.host, change.record_type, State::Unknown, true);
    }

    fn put(&self, host: &Host, record_type: RecordType, state: State, written: bool) {
        let at = Instant::now();
        let mut known = self.lock();
        if known.sets.len() >= MOST {
            known.sets.retain(|_, entry| entry.age(at) < SIMPLE);
        }
        if known.sets.len() >= MOST {
            known.sets.clear();
            known.distrust = Some(at + PROPAGATION);
        }
        let entry = Entry { state, at, written };
        known.sets.insert((host.clone(), record_type), entry);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(set: Option<&RecordSet>) -> Self {
        set.cloned().map_or(Self::Absent, Self::Simple)
    }
}

impl Entry {
    fn is_fresh_write(&self, now: Instant) -> bool {
        self.written && self.age(now) < PROPAGATION
    }

    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at)
    }
}
