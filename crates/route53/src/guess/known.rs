//! Known: what this process wrote or listed lately. After a change of ours the name servers may answer
//! as before for a while; what we wrote is the better guess then.

use crate::wait::lock;
use dyn53_core::{RecordKey, RecordSet};
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long after a change of ours the name servers may still answer as before. Route 53 says 60
/// seconds "generally"; this is twice as much. Nothing is remembered for longer.
const PROPAGATION: Duration = Duration::from_secs(120);

/// More is not remembered: 10,000 hosts with both addresses, some 6 MB.
const MOST: usize = 20_000;

/// What is known of record sets.
#[derive(Default)]
pub(crate) struct Known(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    facts: HashMap<RecordKey, Fact>,
    /// When each fact was put in, the oldest first.
    ages: VecDeque<(Instant, RecordKey)>,
    /// Something was forgotten too early: until then no name server is believed.
    distrust: Option<Instant>,
}

struct Fact {
    /// `None`: a change may have been made or not.
    newest: Option<Newest>,
    written: bool,
    at: Instant,
}

/// A record set as it is known, or absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) set: Option<RecordSet>,
    /// The number of the update that wrote it; 0: not ours.
    pub(crate) order: u64,
}

impl Known {
    /// What was written or listed last, within the time of propagation before `now`.
    pub(crate) fn recall(&self, key: &RecordKey, now: Instant) -> Option<Newest> {
        lock(&self.0).fresh(key, now)?.newest.clone()
    }

    /// Whether a name server that shows `shown` may show the time before a change of ours.
    pub(crate) fn may_be_behind(
        &self,
        key: &RecordKey,
        shown: Option<&RecordSet>,
        now: Instant,
    ) -> bool {
        let memory = lock(&self.0);
        let ours = memory.fresh(key, now).filter(|fact| fact.written);
        let same = |newest: &Newest| newest.set.as_ref() == shown;
        let differs = |fact: &Fact| !fact.newest.as_ref().is_some_and(same);
        memory.distrust.is_some_and(|until| now < until) || ours.is_some_and(differs)
    }

    /// The update of this number wrote it.
    pub(crate) fn wrote(&self, key: RecordKey, set: Option<RecordSet>, order: u64, at: Instant) {
        let newest = Some(Newest { set, order });
        lock(&self.0).put(key, newest, true, at);
    }

    /// A change was sent, and nobody knows whether it was made.
    pub(crate) fn unsure(&self, key: RecordKey, at: Instant) {
        lock(&self.0).put(key, None, true, at);
    }

    /// The API listed it in a list that began then. What we wrote lately stays written; what we wrote since is
    /// newer than the list.
    pub(crate) fn listed(&self, key: RecordKey, set: Option<RecordSet>, began: Instant) {
        let mut memory = lock(&self.0);
        let ours = memory.fresh(&key, began).filter(|fact| fact.written);
        if ours.is_some_and(|fact| fact.at > began) {
            return;
        }
        let same = ours.and_then(|fact| fact.newest.as_ref());
        let order = same
            .filter(|newest| newest.set == set)
            .map_or(0, |newest| newest.order);
        let written = ours.is_some();
        memory.put(key, Some(Newest { set, order }), written, began);
    }
}

impl Memory {
    fn put(&mut self, key: RecordKey, newest: Option<Newest>, written: bool, at: Instant) {
        let fact = Fact {
            newest,
            written,
            at,
        };
        self.facts.insert(key.clone(), fact);
        self.ages.push_back((at, key));
        self.forget(at);
    }

    fn fresh(&self, key: &RecordKey, now: Instant) -> Option<&Fact> {
        let fact = self.facts.get(key)?;
        (now.saturating_duration_since(fact.at) < PROPAGATION).then_some(fact)
    }

    /// Forgets what is old, and where that is not enough the oldest.
    fn forget(&mut self, now: Instant) {
        while let Some((at, key)) = self.ages.front() {
            let old = now.saturating_duration_since(*at) >= PROPAGATION;
            if !old && self.facts.len() <= MOST && self.ages.len() <= 2 * MOST {
                return;
            }
            let newest = self.facts.get(key).is_some_and(|fact| fact.at == *at);
            if newest {
                if !old {
                    self.distrust = Some(*at + PROPAGATION);
                }
                self.facts.remove(key);
            }
            self.ages.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyn53_testkit::contract::set;

    const HOME: &str = "home.example.net";

    fn newest(known: &Known, set: &RecordSet, now: Instant) -> Option<Newest> {
        known.recall(&set.key(), now)
    }

    #[test]
    fn what_was_written_is_known_for_the_time_of_propagation() {
        let (known, now) = (Known::default(), Instant::now());
        let set = set(HOME, 60, "192.0.2.1");
        known.wrote(set.key(), Some(set.clone()), 7, now);
        let last = now + PROPAGATION - Duration::from_nanos(1);
        let expected = Newest {
            set: Some(set.clone()),
            order: 7,
        };
        assert_eq!(newest(&known, &set, last), Some(expected));
        assert_eq!(newest(&known, &set, now + PROPAGATION), None);
    }

    #[test]
    fn a_name_server_that_shows_something_else_is_behind_for_as_long() {
        let (known, now) = (Known::default(), Instant::now());
        let (ours, other) = (set(HOME, 60, "192.0.2.1"), set(HOME, 60, "192.0.2.2"));
        known.wrote(ours.key(), Some(ours.clone()), 1, now);
        let last = now + PROPAGATION - Duration::from_nanos(1);
        assert!(known.may_be_behind(&ours.key(), Some(&other), last));
        assert!(!known.may_be_behind(&ours.key(), Some(&ours), last));
        assert!(!known.may_be_behind(&ours.key(), Some(&other), now + PROPAGATION));
    }

    #[test]
    fn after_a_change_of_unknown_fate_nothing_is_known() {
        let (known, now) = (Known::default(), Instant::now());
        let set = set(HOME, 60, "192.0.2.1");
        known.wrote(set.key(), Some(set.clone()), 1, now);
        known.unsure(set.key(), now);
        assert_eq!(newest(&known, &set, now), None);
        assert!(known.may_be_behind(&set.key(), Some(&set), now));
    }

    #[test]
    fn a_list_does_not_make_a_name_server_believed() {
        let (known, now) = (Known::default(), Instant::now());
        let (ours, other) = (set(HOME, 60, "192.0.2.1"), set(HOME, 60, "192.0.2.2"));
        known.wrote(ours.key(), Some(ours.clone()), 3, now);
        known.listed(ours.key(), Some(ours.clone()), now);
        assert!(known.may_be_behind(&ours.key(), Some(&other), now));
        assert_eq!(
            newest(&known, &ours, now).map(|newest| newest.order),
            Some(3)
        );
    }

    #[test]
    fn a_list_that_began_before_our_write_is_older() {
        let (known, began) = (Known::default(), Instant::now());
        let (ours, old) = (set(HOME, 60, "192.0.2.1"), set(HOME, 60, "192.0.2.2"));
        let now = began + Duration::from_millis(1);
        known.wrote(ours.key(), Some(ours.clone()), 3, now);
        known.listed(ours.key(), Some(old), began);
        let expected = Newest {
            set: Some(ours.clone()),
            order: 3,
        };
        assert_eq!(newest(&known, &ours, now), Some(expected));
    }

    #[test]
    fn the_oldest_is_forgotten_and_name_servers_are_not_believed_meanwhile() {
        let (known, start) = (Known::default(), Instant::now());
        let number = |number: usize| set(&format!("h{number}.example.net"), 60, "192.0.2.1");
        for place in 0..=MOST {
            let at = start + Duration::from_micros(u64::try_from(place).unwrap());
            known.wrote(number(place).key(), Some(number(place)), 1, at);
        }
        let now = start + Duration::from_secs(1);
        assert_eq!(newest(&known, &number(0), now), None);
        assert!(newest(&known, &number(1), now).is_some());
        assert!(newest(&known, &number(MOST), now).is_some());
        let other = set(HOME, 60, "192.0.2.2");
        assert!(known.may_be_behind(&other.key(), Some(&other), now));
        assert!(!known.may_be_behind(&other.key(), Some(&other), start + PROPAGATION));
    }
}
