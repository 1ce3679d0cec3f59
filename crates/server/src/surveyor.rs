//! Surveyor: lists a Route 53 zone when the server starts, and again before what is known of it is too
//! old, so that a storm of changes finds no change that needs a look before.

use crate::log::Log;
use crate::settings::ZoneSettings;
use dyn53_core::{Host, ZoneError};
use dyn53_route53::Route53Zone;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// What was listed is taken for true for an hour.
const EVERY: Duration = Duration::from_secs(50 * 60);
/// A list that failed is tried again after this.
const AGAIN: Duration = Duration::from_secs(5 * 60);
/// How long a list may take.
const TIME: Duration = Duration::from_secs(25);

/// Lists one zone of Route 53.
pub(crate) struct Surveyor {
    apex: Host,
    zone: Arc<Route53Zone>,
}

impl Surveyor {
    /// The surveyor of a zone, if it needs one.
    pub(crate) fn of(settings: &ZoneSettings) -> Option<Self> {
        match settings {
            ZoneSettings::Embedded(_) => None,
            ZoneSettings::Route53(apex, zone) => Some(Self {
                apex: apex.clone(),
                zone: Arc::clone(zone),
            }),
        }
    }

    /// Lists until it is dropped. The log hears of failures, and of the first list that is none.
    pub(crate) async fn run(self, log: Arc<Log>) {
        let mut told = false;
        loop {
            let listed = self.list().await;
            match &listed {
                Err(error) => log.error(&format!("the zone {} was not listed: {error}", self.apex)),
                Ok(_) if told => {}
                Ok(Some(sets)) => log.info(&format!(
                    "the zone {} in Route 53 has {sets} record sets",
                    self.apex
                )),
                Ok(None) => log.info(&format!(
                    "the zone {} in Route 53 is too large to be listed: each change is looked up",
                    self.apex
                )),
            }
            told = listed.is_ok();
            sleep(if told { EVERY } else { AGAIN }).await;
        }
    }

    async fn list(&self) -> Result<Option<usize>, ZoneError> {
        let zone = Arc::clone(&self.zone);
        let listing = tokio::task::spawn_blocking(move || zone.survey(Instant::now() + TIME));
        let ended = |error| ZoneError::new(format!("the list has ended early: {error}"), 0);
        listing.await.unwrap_or_else(|error| Err(ended(error)))
    }
}
