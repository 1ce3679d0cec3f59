//! The way of a reading and of a change.

use crate::roots;
use crate::settings::{Settings, SettingsError};
use dyn53_core::{Plan, Reading, Wanted, Zone, ZoneError};
use std::time::Instant;

/// A hosted zone of Amazon Route 53.
pub struct Route53Zone {
    _settings: Settings,
}

impl Route53Zone {
    /// A zone; nothing is sent yet.
    ///
    /// # Errors
    /// [`SettingsError`] says which setting is wrong.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        roots::certificates(&settings.roots)?;
        Ok(Self {
            _settings: settings,
        })
    }
}

impl Zone for Route53Zone {
    fn read(&self, _wanted: &[Wanted], _deadline: Instant) -> Result<Reading, ZoneError> {
        Err(ZoneError::new("Route 53 is not reached yet", 0))
    }

    fn apply(&self, _plan: &Plan, _deadline: Instant) -> Result<u32, ZoneError> {
        Err(ZoneError::new("Route 53 is not reached yet", 0))
    }
}
