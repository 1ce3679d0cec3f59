//! Live: what requests are answered with. It is replaced as a whole when the configuration changes, and
//! a request takes it once, so that no request sees a part of one file and a part of another.

use crate::limiter::Names;
use crate::proxies::Proxies;
use crate::settings::Access;
use crate::zones::{AtOnce, Zones};
use dyn53_core::{Credentials, Reply, Service};

/// One configuration in use.
pub(crate) struct Live {
    /// For what lies in memory.
    pub(crate) at_once: Service<AtOnce>,
    /// For what takes a thread.
    pub(crate) service: Service<Zones>,
    /// The names that a login may have.
    pub(crate) names: Names,
    /// Whose `X-Forwarded-For` counts.
    pub(crate) proxies: Proxies,
}

impl Live {
    /// The services of `access` over the zones of this server.
    pub(crate) fn new(access: Access, zones: &Zones, page: fn() -> Reply) -> Self {
        let names = Names::of(&access.credentials);
        let credentials = Credentials::new(access.credentials, access.allow_private);
        Self {
            at_once: Service::new(credentials.clone(), AtOnce(zones.clone()), page),
            service: Service::new(credentials, zones.clone(), page),
            names,
            proxies: access.proxies,
        }
    }
}
