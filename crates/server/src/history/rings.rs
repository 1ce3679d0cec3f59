//! Rings: the newest changes of each host.

use super::change::Change;
use std::collections::{BTreeMap, VecDeque};

/// The newest changes of each host, so many at most.
pub(super) struct Rings {
    entries: usize,
    all: BTreeMap<String, VecDeque<Change>>,
}

impl Rings {
    pub(super) fn new(entries: usize) -> Self {
        let all = BTreeMap::new();
        Self { entries, all }
    }

    /// Adds the newest one; the oldest of its host goes where there is no room.
    pub(super) fn add(&mut self, change: Change) {
        let ring = self.all.entry(change.host.clone()).or_default();
        ring.push_back(change);
        while ring.len() > self.entries {
            ring.pop_front();
        }
    }

    /// The changes of a host, the oldest one first.
    pub(super) fn of(&self, host: &str) -> Vec<Change> {
        self.all.get(host).into_iter().flatten().cloned().collect()
    }

    /// The newest change of each host and type.
    pub(super) fn newest(&self) -> Vec<Change> {
        let of = |ring: &VecDeque<Change>| {
            let newest = |name| {
                ring.iter()
                    .rev()
                    .find(|change| change.r#type == name)
                    .cloned()
            };
            ["A", "AAAA"]
                .into_iter()
                .filter_map(newest)
                .collect::<Vec<_>>()
        };
        self.all.values().flat_map(of).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.all.values().map(VecDeque::len).sum()
    }

    /// The lines of a file with all of them.
    pub(super) fn lines(&self) -> String {
        self.all.values().flatten().map(Change::line).collect()
    }
}
