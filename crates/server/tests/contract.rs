//! The contract holds for the embedded zone, and for several zones as one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::embedded_settings;
use dyn53_core::{Applied, Host, Plan, Reading, Wanted, Zone, ZoneError};
use dyn53_server::zones::Store;
use dyn53_server::{EmbeddedZone, Zones};
use dyn53_testkit::{MemoryZone, contract};
use std::sync::Arc;
use std::time::Instant;

/// A zone, and the folder that it lives in.
struct Filed<Z>(Z, tempfile::TempDir);

impl<Z: Zone> Zone for Filed<Z> {
    fn read(&self, wanted: &[Wanted], deadline: Instant) -> Result<Reading, ZoneError> {
        self.0.read(wanted, deadline)
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        self.0.apply(plan, deadline)
    }
}

fn embedded() -> Filed<EmbeddedZone> {
    let folder = tempfile::tempdir().unwrap();
    let zone = EmbeddedZone::open(folder.path(), embedded_settings(contract::APEX));
    Filed(zone.unwrap().0, folder)
}

#[test]
fn embedded_zone() {
    contract::check(embedded);
}

#[test]
fn zones() {
    contract::check(|| {
        let Filed(zone, folder) = embedded();
        let apex = |name: &str| Host::parse(name).unwrap();
        let remote: Arc<dyn Zone + Send + Sync> = Arc::new(MemoryZone::default());
        let all = vec![
            (apex("b.example.net"), Store::Remote(remote)),
            (apex(contract::APEX), Store::Embedded(Arc::new(zone))),
        ];
        Filed(Zones::new(all), folder)
    });
}
