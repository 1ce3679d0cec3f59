//! A zone of Amazon Route 53.
//!
//! [`settings`] says which zone and where, [`zone`] is the way of a reading and of a change.

mod roots;
pub mod settings;
pub mod zone;

pub use roots::RootsError;
pub use settings::{AccessKey, Endpoint, Keys, Roots, Settings, SettingsError};
pub use zone::Route53Zone;
