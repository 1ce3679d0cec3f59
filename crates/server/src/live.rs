//! Live: what requests are answered with. It is replaced as a whole when the configuration changes, and
//! a request takes it once, so that no request sees a part of one file and a part of another.

use crate::limiter::Names;
use crate::proxies::Proxies;
use crate::settings::Access;
use crate::zones::{AtOnce, Zones};
use dyn53_core::update::{Asked, Named};
use dyn53_core::{
    Credential, Credentials, Dialect, GrantedHost, Host, Login, Reply, Request, SecretHash, Service,
};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

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
    /// Opens credentials.
    pub(crate) credentials: Credentials,
    /// The secret of who sees the status of all hosts.
    pub(crate) operator: Option<SecretHash>,
    /// Who may read the metrics.
    metrics: Vec<IpNet>,
    /// All zones of this server.
    pub(crate) zones: Zones,
    all: Vec<Credential>,
    /// Each host, with its time to live in seconds.
    hosts: BTreeMap<Host, u32>,
}

impl Live {
    /// The services of `access` over the zones of this server.
    pub(crate) fn new(access: Access, zones: &Zones, page: fn() -> Reply) -> Self {
        let names = Names::of(&access.credentials);
        let all = access.credentials;
        let credentials = Credentials::new(all.clone(), access.allow_private);
        let granted = all.iter().flat_map(|credential| &credential.hosts);
        let ttl = |own: &GrantedHost| (own.host.clone(), own.ttl);
        Self {
            at_once: Service::new(credentials.clone(), AtOnce(zones.clone()), page),
            service: Service::new(credentials.clone(), zones.clone(), page),
            names,
            proxies: access.proxies,
            credentials,
            operator: access.operator,
            metrics: access.metrics,
            zones: zones.clone(),
            hosts: granted.map(ttl).collect(),
            all,
        }
    }

    /// Whether anybody may read the metrics.
    pub(crate) fn shows_metrics(&self) -> bool {
        !self.metrics.is_empty()
    }

    /// Whether this caller may read the metrics.
    pub(crate) fn shows_metrics_to(&self, caller: IpAddr) -> bool {
        self.metrics.iter().any(|network| network.contains(&caller))
    }

    /// All hosts, sorted.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        self.hosts.keys().cloned().collect()
    }

    /// The time to live of a host's records in seconds.
    pub(crate) fn ttl(&self, host: &Host) -> u32 {
        self.hosts.get(host).copied().unwrap_or_default()
    }

    /// Whether all that happens here is the business of one login.
    pub(crate) fn has_one_credential(&self) -> bool {
        self.all.len() == 1
    }

    /// The hosts that a refused request was about: those of its login, else those that it names. What was
    /// refused to a login is nobody else's business, because the reason names its hosts.
    pub(crate) fn whose(&self, request: &Request) -> Vec<String> {
        let parsed = Dialect::of(request).and_then(|dialect| dialect.parse(request).ok());
        let Some(update) = parsed else {
            return Vec::new();
        };
        if let Some(credential) = self.credentials.find(&update.login) {
            let hosts = credential.hosts.iter();
            return hosts.map(|own| own.host.to_string()).collect();
        }
        let named = self.named(&update.login).into_iter();
        let hosts = named.flat_map(|credential| &credential.hosts);
        let named = match &update.asked {
            Asked::All => &[][..],
            Asked::Each(names) | Asked::Together(names) => names,
        };
        let named = named.iter().filter_map(|named| match named {
            Named::Host(host) => self.hosts.contains_key(host).then_some(host),
            _ => None,
        });
        let all = hosts.map(|own| &own.host).chain(named);
        let mut names: Vec<String> = all.map(ToString::to_string).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn named(&self, login: &Login) -> Option<&Credential> {
        let name = login.name.as_ref()?;
        let host = Host::parse(name).ok();
        let mut all = self.all.iter();
        all.find(|own| {
            let mut hosts = own.hosts.iter();
            own.name.as_ref() == Some(name) || hosts.any(|own| Some(&own.host) == host.as_ref())
        })
    }
}
