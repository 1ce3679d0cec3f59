//! Settings: which zone, where its API is, with which keys.

use crate::api::roots::{Roots, RootsError};
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

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

/// Where the API is, and for which region calls to it are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) url: String,
    pub(crate) region: String,
}

impl Endpoint {
    /// The endpoint of the partition that a region lies in, as AWS's own service model lists them.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        let (url, signed_for) = match region.split('-').next() {
            Some("cn") => ("https://route53.amazonaws.com.cn", "cn-northwest-1"),
            Some("eusc") => ("https://route53.amazonaws.eu", "eusc-de-east-1"),
            _ if region.starts_with("us-gov-") => {
                ("https://route53.us-gov.amazonaws.com", "us-gov-west-1")
            }
            _ => ("https://route53.amazonaws.com", "us-east-1"),
        };
        Self::at(url, signed_for)
    }

    /// The same API elsewhere, as `AWS_ENDPOINT_URL` names it; signed for the same region.
    #[must_use]
    pub fn moved_to(self, url: &str) -> Self {
        Self::at(url, &self.region)
    }

    /// Another endpoint, signed for `region`.
    #[must_use]
    pub fn at(url: &str, region: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
        }
    }
}

/// A source of access keys; asked before each call, so it should remember them.
pub trait Keys: Send + Sync {
    /// The keys that are valid now.
    ///
    /// Returns before `deadline`.
    ///
    /// # Errors
    /// [`KeysError`].
    fn current(&self, now: SystemTime, deadline: Instant) -> Result<AccessKey, KeysError>;
}

/// There are no keys that are valid; a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeysError(pub String);

/// An AWS access key. Its `Debug` form shows only the id.
#[derive(Clone)]
pub struct AccessKey {
    /// The public part, as in `AKIA…`.
    pub id: String,
    /// The secret part.
    pub secret: String,
    /// Comes with temporary keys.
    pub session_token: Option<String>,
}

impl Keys for AccessKey {
    fn current(&self, _now: SystemTime, _deadline: Instant) -> Result<AccessKey, KeysError> {
        Ok(self.clone())
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({}, ..)", self.id)
    }
}

/// Why a zone cannot be made of these settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a hosted zone id.
    #[error(
        "the hosted zone id is not one: it looks like Z0123456789ABC; copy it from the zone's page in the Route 53 console"
    )]
    ZoneId,
    /// The endpoint is not a URL, or has parts that it may not have; not shown, it may hold a password.
    #[error(
        "the Route 53 endpoint in AWS_ENDPOINT_URL_ROUTE_53 or AWS_ENDPOINT_URL is not a URL of scheme and host: it looks like https://route53.amazonaws.com"
    )]
    Endpoint,
    /// The certificates cannot be used.
    #[error("{0}")]
    Roots(#[from] RootsError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("eu-west-1", "https://route53.amazonaws.com", "us-east-1")]
    #[case("us-east-2", "https://route53.amazonaws.com", "us-east-1")]
    #[case("cn-north-1", "https://route53.amazonaws.com.cn", "cn-northwest-1")]
    #[case(
        "us-gov-east-1",
        "https://route53.us-gov.amazonaws.com",
        "us-gov-west-1"
    )]
    #[case("eusc-de-east-1", "https://route53.amazonaws.eu", "eusc-de-east-1")]
    fn partitions(#[case] region: &str, #[case] url: &str, #[case] signed_for: &str) {
        assert_eq!(Endpoint::of_region(region), Endpoint::at(url, signed_for));
    }

    #[test]
    fn elsewhere_the_region_stays() {
        let moved = Endpoint::of_region("cn-north-1").moved_to("http://127.0.0.1:4566/");
        assert_eq!(
            moved,
            Endpoint::at("http://127.0.0.1:4566", "cn-northwest-1")
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            secret: "s3cret".into(),
            session_token: Some("t0ken".into()),
        };
        let shown = format!("{key:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"));
    }
}
