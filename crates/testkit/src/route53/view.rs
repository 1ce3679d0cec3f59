//! What the name server knows: it is behind the API.

use super::contents::{Contents, Record};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What names were before their last changes, as long as the name server does not know of them.
#[derive(Default)]
pub(crate) struct View(HashMap<String, (Vec<Record>, Instant)>);

impl View {
    pub(crate) fn keep(&mut self, before: Vec<(String, Vec<Record>)>, propagation: Duration) {
        let now = Instant::now();
        if propagation.is_zero() {
            return;
        }
        self.0.retain(|_, (_, until)| *until > now);
        for (name, records) in before {
            self.0.entry(name).or_insert((records, now + propagation));
        }
    }

    pub(crate) fn at(&self, zone: &Contents, name: &str) -> Vec<Record> {
        match self.0.get(name) {
            Some((records, until)) if *until > Instant::now() => records.clone(),
            _ => zone.at(name).cloned().collect(),
        }
    }
}
