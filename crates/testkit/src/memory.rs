//! A zone in memory.

use dyn53_core::{Family, Host, Plan, Reading, RecordSet, Wanted, Zone, ZoneError};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

/// A zone in memory; it counts one call for each read and each change.
#[derive(Debug, Default)]
pub struct MemoryZone {
    sets: Mutex<BTreeMap<(Host, Family), RecordSet>>,
}

impl MemoryZone {
    /// A zone that holds these record sets.
    #[must_use]
    pub fn holding(sets: &[RecordSet]) -> Self {
        let zone = Self::default();
        for set in sets {
            zone.put(set.clone());
        }
        zone
    }

    /// All record sets, sorted by name and type.
    #[must_use]
    pub fn contents(&self) -> Vec<RecordSet> {
        self.sets.lock().unwrap().values().cloned().collect()
    }

    fn put(&self, set: RecordSet) {
        let key = (set.host.clone(), set.family);
        self.sets.lock().unwrap().insert(key, set);
    }
}

impl Zone for MemoryZone {
    fn read(&self, wanted: &[Wanted], _deadline: Instant) -> Result<Reading, ZoneError> {
        let sets = self.sets.lock().unwrap();
        let found = wanted
            .iter()
            .filter_map(|wanted| sets.get(&(wanted.host.clone(), wanted.family)).cloned());
        Ok(Reading {
            sets: found.collect(),
            calls: 1,
        })
    }

    fn apply(&self, plan: &Plan, _deadline: Instant) -> Result<u32, ZoneError> {
        let mut sets = self.sets.lock().unwrap();
        for change in plan.changes() {
            let key = (change.host().clone(), change.family());
            match change.after() {
                Some(new) => sets.insert(key, new.clone()),
                None => sets.remove(&key),
            };
        }
        Ok(u32::from(!plan.changes().is_empty()))
    }
}
