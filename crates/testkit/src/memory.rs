//! A zone in memory.

use dyn53_core::{Applied, Plan, Reading, RecordKey, RecordSet, Step, Wanted, Zone, ZoneError};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

/// A zone in memory; it counts one call for each read and each change.
#[derive(Debug, Default)]
pub struct MemoryZone {
    sets: Mutex<BTreeMap<RecordKey, RecordSet>>,
}

impl MemoryZone {
    /// A zone that holds these record sets.
    #[must_use]
    pub fn holding(sets: &[RecordSet]) -> Self {
        let sets = sets.iter().map(|set| (set.key(), set.clone()));
        Self {
            sets: Mutex::new(sets.collect()),
        }
    }

    /// All record sets, sorted by name and type.
    #[must_use]
    pub fn contents(&self) -> Vec<RecordSet> {
        self.sets.lock().unwrap().values().cloned().collect()
    }
}

impl Zone for MemoryZone {
    fn read(&self, wanted: &[Wanted], _deadline: Instant) -> Result<Reading, ZoneError> {
        let sets = self.sets.lock().unwrap();
        let found = wanted.iter().filter_map(|w| sets.get(&w.key()).cloned());
        Ok(Reading {
            sets: found.collect(),
            calls: 1,
            ..Reading::default()
        })
    }

    fn apply(&self, plan: &Plan, _deadline: Instant) -> Result<Applied, ZoneError> {
        let mut sets = self.sets.lock().unwrap();
        let holds = |step: &Step| sets.get(&step.key()) == step.before.as_ref();
        if !plan.steps().iter().all(holds) {
            let now = plan.steps().iter().filter_map(|s| sets.get(&s.key()));
            return Ok(Applied::stale(Reading {
                sets: now.cloned().collect(),
                calls: 1,
                ..Reading::default()
            }));
        }
        for step in plan.changes() {
            match &step.after {
                Some(new) => sets.insert(step.key(), new.clone()),
                None => sets.remove(&step.key()),
            };
        }
        Ok(Applied::Done {
            calls: u32::from(!plan.is_empty()),
        })
    }
}
