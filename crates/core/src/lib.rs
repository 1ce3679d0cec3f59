//! The path of a dynamic-DNS update, without any I/O.
//!
//! The modules stand in the order in which a request passes through them:
//! [`service`] holds the whole path on one screen, [`http`] what comes and goes,
//! [`dialect`] reads and writes the clients' languages, [`update`] is what a client wants,
//! [`credential`] knows who may change what, [`grant`] is what of it is allowed, [`zone`] is where the records are,
//! [`plan`] is what has to change, [`outcome`] is what happened, [`log`] the line about it.

pub mod address;
pub mod credential;
pub mod dialect;
pub mod grant;
pub mod host;
pub mod http;
pub mod log;
pub mod outcome;
pub mod plan;
pub mod query;
pub mod service;
pub mod update;
pub mod zone;

pub use address::{Prefix, parse_address};
pub use credential::{Credential, Credentials, GrantedHost, SecretHash};
pub use dialect::Dialect;
pub use grant::Grant;
pub use host::{Host, HostError};
pub use http::{Reply, Request};
pub use log::LogLine;
pub use outcome::{Outcome, Refusal};
pub use plan::{Change, Plan};
pub use service::{Answered, Service};
pub use update::{Login, Update};
pub use zone::{Family, Reading, RecordSet, Wanted, Zone, ZoneError};
