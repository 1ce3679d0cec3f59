//! Zones: all zones of this server as one, each host in the zone with the longest name that fits.

use crate::embedded::EmbeddedZone;
use dyn53_core::{Applied, Host, Plan, Reading, Wanted, Zone, ZoneError};
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

    /// Whether its records lie in memory, so that looking at them costs nothing.
    pub(crate) fn is_embedded(&self, host: &Host) -> bool {
        let store = self.place(host).and_then(|place| self.all.get(place));
        matches!(store, Some((_, Store::Embedded(_))))
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
                let part = store.zone().read(&own, deadline);
                let part = part.map_err(|error| error.after(reading.calls, Vec::new()))?;
                reading.calls += part.calls;
                reading.order = reading.order.max(part.order);
                reading.sets.extend(part.sets);
            }
        }
        Ok(reading)
    }

    /// Goes on where a part is stale, so that the next plan begins from what all zones hold.
    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        for step in plan.steps() {
            self.check(&step.host)?;
        }
        let mut now = Reading {
            order: plan.order(),
            ..Reading::default()
        };
        let (mut made, mut stale) = (Vec::new(), false);
        for (place, (_, store)) in self.all.iter().enumerate() {
            let part = plan.part(|host| self.place(host) == Some(place));
            if part.steps().is_empty() {
                continue;
            }
            match store.zone().apply(&part, deadline) {
                Ok(Applied::Done { calls }) => {
                    now.calls += calls;
                    now.sets.extend(part.goal().sets);
                    made.extend(part.changes().cloned());
                }
                Ok(Applied::Stale { now: newer, .. }) => {
                    stale = true;
                    now.calls += newer.calls;
                    now.sets.extend(newer.sets);
                }
                Err(error) => return Err(error.after(now.calls, made)),
            }
        }
        if stale {
            Ok(Applied::Stale { now, made })
        } else {
            Ok(Applied::Done { calls: now.calls })
        }
    }

    fn shows(&self, wanted: &[Wanted], deadline: Instant) -> bool {
        self.all.iter().enumerate().all(|(place, (_, store))| {
            let own = |wanted: &&Wanted| self.place(&wanted.host) == Some(place);
            let own: Vec<Wanted> = wanted.iter().filter(own).cloned().collect();
            own.is_empty() || store.zone().shows(&own, deadline)
        })
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
/// nothing. [`ZoneErrorKind::WouldWait`](dyn53_core::ZoneErrorKind) tells that the request needs a thread
/// of its own.
pub(crate) struct AtOnce(pub(crate) Zones);

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
        if remote {
            Err(ZoneError::would_wait())
        } else {
            self.0.read(wanted, deadline)
        }
    }

    fn apply(&self, plan: &Plan, _deadline: Instant) -> Result<Applied, ZoneError> {
        if plan.is_empty() {
            Ok(Applied::Done { calls: 0 })
        } else {
            Err(ZoneError::would_wait())
        }
    }
}
