//! The path of a dynamic-DNS update, without any I/O.
//!
//! Begin with [`service`]: it holds the whole path on one screen. The other modules, in the order in
//! which a request passes through them: [`http`] is what comes and goes. [`dialect`] reads and writes
//! the clients' languages. [`update`] is what a client wants. [`credential`] knows who may change what.
//! [`grant`] is what of an update is allowed. [`zone`] is where the records are. [`plan`] is what has to
//! change. [`outcome`] is what happened, [`refusal`] why not. [`log_line`] is the line about it.
//!
//! Data that several of them share: [`host`], [`address`], [`challenge`], [`record`], [`step`], [`reading`],
//! [`query`].

pub mod address;
pub mod challenge;
pub mod credential;
pub mod dialect;
pub mod grant;
pub mod host;
pub mod http;
pub mod log_line;
pub mod outcome;
pub mod plan;
pub mod query;
pub mod reading;
pub mod record;
pub mod refusal;
pub mod service;
pub mod step;
pub mod update;
pub mod zone;

pub use address::{Prefix, parse_address};
pub use challenge::{ChallengeError, KeyDigest, challenge_name, is_proof_name};
pub use credential::{Credential, Credentials, GrantedHost, SecretHash};
pub use dialect::Dialect;
pub use grant::Grant;
pub use host::{Host, HostError};
pub use http::{Reply, Request};
pub use log_line::LogLine;
pub use outcome::Outcome;
pub use plan::Plan;
pub use reading::{Reading, ZoneError, ZoneErrorKind};
pub use record::{RecordData, RecordKey, RecordSet, RecordType, Text, Values, Wanted};
pub use refusal::Refusal;
pub use service::{Answered, Service};
pub use step::Step;
pub use update::{Login, Update};
pub use zone::{Applied, Zone};
