//! Zones: all zones of this server as one, each host in the zone with the longest name that fits.

use crate::embedded::EmbeddedZone;
use dyn53_core::{Host, Plan, Reading, Wanted, Zone, ZoneError};
use std::sync::Arc;
use std::time::Instant;

/// One zone of this server.
#[derive(Clone)]
pub enum Store {
    /// In a file of ours.
    Embedded(Arc<EmbeddedZone>),
    /// Somewhere that takes its time.
    Remote(Arc<dyn Zone + Send + Sync>),
}

/// All zones of this server.
#[derive(Clone, Default)]
pub struct Zones {
    /// The longest name first.
    all: Vec<(Host, Store)>,
}

impl Zones {
    /// Zones with their names.
    #[must_use]
    pub fn new(mut all: Vec<(Host, Store)>) -> Self {
        all.sort_by_key(|(apex, _)| std::cmp::Reverse(apex.as_str().len()));
        Self { all }
    }

    /// The embedded ones.
    pub fn embedded(&self) -> impl Iterator<Item = &Arc<EmbeddedZone>> {
        self.all.iter().filter_map(|(_, store)| match store {
            Store::Embedded(zone) => Some(zone),
            Store::Remote(_) => None,
        })
    }

    fn place(&self, host: &Host) -> Option<usize> {
        self.all.iter().position(|(apex, _)| host.is_within(apex))
    }

    fn check(&self, host: &Host) -> Result<usize, ZoneError> {
        let unplaced = || {
            ZoneError::new(
                format!("{host} lies in no configured zone: add its zone"),
                0,
            )
        };
        self.place(host).ok_or_else(unplaced)
    }
}

impl Zone for Zones {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        let mut reading = Reading::default();
        let mut places = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            places.push(self.check(&wanted.host)?);
        }
        for (place, (_, store)) in self.all.iter().enumerate() {
            let own = wanted.iter().zip(&places).filter(|(_, its)| **its == place);
            let own: Vec<Wanted> = own.map(|(wanted, _)| wanted.clone()).collect();
            if !own.is_empty() {
                let part = store
                    .zone()
                    .read(&own, deadline)
                    .map_err(|error| error.after(reading.calls))?;
                reading.calls += part.calls;
                reading.sets.extend(part.sets);
            }
        }
        Ok(reading)
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<u32, ZoneError> {
        let mut calls = 0;
        for change in plan.changes() {
            self.check(change.host())?;
        }
        for (place, (_, store)) in self.all.iter().enumerate() {
            let part = plan.part(|host| self.place(host) == Some(place));
            if !part.changes().is_empty() {
                let applied = store.zone().apply(&part, deadline);
                calls += applied.map_err(|error| error.after(calls))?;
            }
        }
        Ok(calls)
    }
}

impl Store {
    fn zone(&self) -> &dyn Zone {
        match self {
            Self::Embedded(zone) => zone.as_ref(),
            Self::Remote(zone) => zone.as_ref(),
        }
    }
}

/// The same zones for a first try that must not wait: it reads what lies in memory and writes
/// nothing. [`is_later`] tells that the request needs a thread of its own.
pub(crate) struct AtOnce(pub(crate) Zones);

const LATER: &str = "this takes a thread of its own";

/// Whether the first try came to something that takes its time.
pub(crate) fn is_later(error: &ZoneError) -> bool {
    error.reason == LATER
}

impl Zone for AtOnce {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        let remote = |(_, store): &(Host, Store)| matches!(store, Store::Remote(_));
        let remote = wanted.iter().any(|wanted| {
            let place = self
                .0
                .place(&wanted.host)
                .and_then(|place| self.0.all.get(place));
            place.is_some_and(remote)
        });
        match remote {
            true => Err(ZoneError::new(LATER, 0)),
            false => self.0.read(wanted, deadline),
        }
    }

    fn apply(&self, plan: &Plan, _deadline: Instant) -> Result<u32, ZoneError> {
        match plan.changes().is_empty() {
            true => Ok(0),
            false => Err(ZoneError::new(LATER, 0)),
        }
    }
}
