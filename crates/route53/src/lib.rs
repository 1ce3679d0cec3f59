//! A zone of Amazon Route 53.
//!
//! Begin with [`zone`]: it holds the way of a reading and of a change on one screen. A change is a
//! compare-and-swap, so what the zone holds needs only be a guess:
//!
//! - `guess` is where guesses come from without a call: [`glance`](guess::glance) asks the zone's name servers, `known`
//!   remembers what this process wrote or listed within the last two minutes.
//! - `lookup` asks the API, where a guess is not enough.
//! - `write` sends changes: `queue` gathers what comes at the same time, [`batch`](write::batch) is what goes in one
//!   call, `send` is what to do when Route 53 refuses it.
//! - `api` has the two calls of Route 53; `dyn53-aws` signs and sends them.
//!
//! [`settings`] says which zone, and where.

mod api;
pub mod guess;
mod lookup;
pub mod settings;
mod wait;
pub mod write;
pub mod zone;

pub use api::answer;
/// What the settings are made of.
pub use dyn53_aws::{AccessKey, ClientError, Endpoint, Keys, KeysError, Roots, RootsError};
pub use settings::{NameServers, Settings, SettingsError, endpoint_of};
pub use zone::Route53Zone;
