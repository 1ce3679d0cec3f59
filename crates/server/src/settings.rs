//! Settings: what a server is meant to be, checked.

use crate::embedded::EmbeddedSettings;
use crate::limits::Limits;
use crate::proxies::Proxies;
use dyn53_core::{Credential, Host, Reply, SecretHash};
use dyn53_route53::Route53Zone;
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What a server is meant to be.
pub struct Settings {
    /// Where to listen for HTTP; port 0 takes a free one.
    pub http: Vec<SocketAddr>,
    /// Where to answer DNS, if there is an embedded zone; port 0 takes a free one.
    pub dns: Vec<SocketAddr>,
    /// The folder of the embedded zones' files.
    pub data: PathBuf,
    /// Who may change what; this alone can be replaced while the server runs.
    pub access: Access,
    /// The zones that all hosts of the credentials lie in.
    pub zones: Vec<ZoneSettings>,
    /// Changes of a host that the history keeps. `None`: as many as usual, and on the disk only if the
    /// data folder is used anyway.
    pub history: Option<usize>,
    /// Makes the setup page.
    pub page: fn() -> Reply,
    /// What one client may take.
    pub limits: Limits,
}

/// Who may change what, and whose word counts about where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Whether private addresses may be published.
    pub allow_private: bool,
    /// Whose `X-Forwarded-For` counts.
    pub proxies: Proxies,
    /// The secret of who sees the status of all hosts.
    pub operator: Option<SecretHash>,
    /// Who may read the metrics, by address.
    pub metrics: Vec<IpNet>,
    /// The logins, with the hosts of each.
    pub credentials: Vec<Credential>,
}

/// One zone as configured.
#[derive(Clone)]
pub enum ZoneSettings {
    /// Answered by this server.
    Embedded(EmbeddedSettings),
    /// In Amazon Route 53.
    Route53(Host, Arc<Route53Zone>),
}
