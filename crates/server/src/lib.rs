//! The server: HTTP in front of the core, embedded zones and their DNS, zones elsewhere.
//!
//! [`server`] puts it together from [`settings`]. A request passes `http` (connections), `front`
//! (from HTTP to the core and back), `limiter`, the core, and [`zones`]; a DNS question passes
//! `dns` and [`embedded`].

mod calls;
mod clock;
mod connections;
pub mod dns;
pub mod embedded;
pub mod folder;
mod front;
mod history;
mod host_field;
mod html;
mod http;
pub mod keys;
mod left_over;
mod limiter;
pub mod limits;
mod listening;
mod live;
pub mod log;
mod metrics;
mod network;
mod peer;
pub mod proxies;
mod response;
mod scrape;
pub mod server;
pub mod settings;
mod status;
mod tally;
mod telemetry;
mod welcome;
pub mod zones;

pub use embedded::{EmbeddedSettings, EmbeddedZone, NameServer};
pub use keys::ChainKeys;
pub use limits::Limits;
pub use log::Log;
pub use proxies::Proxies;
pub use server::{Reload, Server, StartError};
pub use settings::{Access, Settings, ZoneSettings};
pub use zones::Zones;
