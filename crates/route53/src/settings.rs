//! Settings: which zone, where its API is, with which keys.

use dyn53_aws::{ClientError, Endpoint, Keys, Roots};
use std::sync::Arc;
use std::time::SystemTime;

/// What a [`Route53Zone`](crate::Route53Zone) needs to know.
pub struct Settings {
    /// The hosted zone's bare id, as in `Z0123456789ABC`.
    pub zone_id: String,
    /// Where its API is.
    pub endpoint: Endpoint,
    /// With which keys calls are signed.
    pub keys: Arc<dyn Keys>,
    /// Which certificate authorities may vouch for the API.
    pub roots: Roots,
    /// Whom the glance asks.
    pub name_servers: NameServers,
    /// The clock for signatures.
    pub clock: fn() -> SystemTime,
}

/// The name servers that the glance asks: always those of the configured zone, never those that the
/// parent delegates to. Another zone of the same name may be the one that is delegated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameServers {
    /// These, as names, addresses or `address:port`.
    These(Vec<String>),
    /// Those of the zone's own NS records, which are listed once.
    OfTheZone,
    /// None: there is no glance.
    None,
}

/// The endpoint of Route 53 in the partition that a region lies in, as AWS's own service model lists them.
#[must_use]
pub fn endpoint_of(region: &str) -> Endpoint {
    let (url, signed_for) = match region.split('-').next() {
        Some("cn") => ("https://route53.amazonaws.com.cn", "cn-northwest-1"),
        Some("eusc") => ("https://route53.amazonaws.eu", "eusc-de-east-1"),
        _ if region.starts_with("us-gov-") => {
            ("https://route53.us-gov.amazonaws.com", "us-gov-west-1")
        }
        _ => ("https://route53.amazonaws.com", "us-east-1"),
    };
    Endpoint::at(url, signed_for)
}

/// Why a zone cannot be made of these settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a hosted zone id.
    #[error(
        "the hosted zone id is not one: it looks like Z0123456789ABC; copy it from the zone's page in the Route 53 console"
    )]
    ZoneId,
    /// The API cannot be called with them.
    #[error("{0}")]
    Client(#[from] ClientError),
}
