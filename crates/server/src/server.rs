//! Server: from Settings to something that listens, and its end.

use crate::calls::Calls;
use crate::clock::Clock;
use crate::dns::{Answers, Dns};
use crate::embedded::{EmbeddedZone, Notice, StoreError};
use crate::folder::{Folder, FolderError};
use crate::front::Front;
use crate::history::{self, History};
use crate::http::Http;
use crate::left_over;
use crate::limiter::Limiter;
use crate::limits::Limits;
use crate::listening::Listeners;
use crate::live::Live;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::settings::{Access, Settings, ZoneSettings};
use crate::telemetry::Telemetry;
use crate::zones::{Store, Zones};
use dyn53_core::{Credential, Host, Reply};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Why a server does not start; each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address is taken or not ours.
    #[error(
        "{protocol} cannot listen on {address}: {error}; choose another address with --{protocol}"
    )]
    Listen {
        /// `http` or `dns`, as the flag is named.
        protocol: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The data folder is not ours.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file of a zone cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server that listens.
pub struct Server {
    http: Http,
    dns: Option<Dns>,
    reload: Reload,
    telemetry: Arc<Telemetry>,
    /// Taken as long as the server lives.
    _folder: Option<Folder>,
}

impl Server {
    /// Opens the zones and listens.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn bind(settings: Settings, log: Arc<Log>) -> Result<Self, StartError> {
        let embeds = settings
            .zones
            .iter()
            .any(|zone| matches!(zone, ZoneSettings::Embedded(_)));
        let has_files = embeds || settings.history.is_some_and(|entries| entries > 0);
        let folder = has_files
            .then(|| Folder::take(&settings.data))
            .transpose()?;
        let zones = open(settings.zones, &settings.data, &log)?;
        tell_of_left_overs(&zones, &settings.access.credentials, &log);
        let entries = settings.history.unwrap_or(history::ENTRIES);
        let place = folder.as_ref().map(|_| settings.data.as_path());
        let history = History::open(place, entries, &log);
        for zone in zones.embedded() {
            history.compare(&zone.settings().apex, &zone.contents());
        }
        let dns = bind_dns(&zones, &settings.dns, &settings.limits)?;
        let listeners = Listeners::bind(&settings.http).map_err(listen("http"))?;
        let limits = settings.limits;
        let live = Live::new(settings.access, &zones, settings.page);
        let limiter = Limiter::new(&limits, Clock::system());
        let telemetry = Arc::new(Telemetry {
            log: Arc::clone(&log),
            history,
            calls: Calls::default(),
            metrics: Metrics::new(),
        });
        let front = Front::new(live, limiter, limits.clone(), Arc::clone(&telemetry));
        let front = Arc::new(front);
        let reload = Reload {
            front: Arc::clone(&front),
            zones,
            page: settings.page,
            log: Arc::clone(&log),
        };
        let http = Http {
            listeners,
            front,
            limits,
        };
        Ok(Self {
            http,
            dns,
            reload,
            telemetry,
            _folder: folder,
        })
    }

    /// Where it listens for HTTP.
    ///
    /// # Errors
    /// What the system says.
    pub fn http(&self) -> io::Result<Vec<SocketAddr>> {
        self.http.listeners.addresses()
    }

    /// Where it answers DNS; nowhere, if there is no embedded zone.
    ///
    /// # Errors
    /// What the system says.
    pub fn dns(&self) -> io::Result<Vec<SocketAddr>> {
        let dns = self.dns.as_ref().map(Dns::addresses).transpose()?;
        Ok(dns.unwrap_or_default())
    }

    /// What replaces the logins while the server runs.
    #[must_use]
    pub fn reload(&self) -> Reload {
        self.reload.clone()
    }

    /// Answers until `stop`, then finishes the requests under way; DNS is answered to the end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut beside = JoinSet::new();
        if let Some(dns) = self.dns {
            beside.spawn(dns.run(Arc::clone(&self.telemetry.log)));
        }
        self.http.run(stop).await;
        self.telemetry.history.finish();
    }
}

/// Replaces the logins of a server that runs.
#[derive(Clone)]
pub struct Reload {
    front: Arc<Front>,
    zones: Zones,
    page: fn() -> Reply,
    log: Arc<Log>,
}

impl Reload {
    /// Answers what comes from now on with `access`, and finishes what is under way with what it began
    /// with. Failed logins stay counted. Every host of `access` lies in a zone of the server.
    pub fn replace(&self, access: Access) {
        tell_of_left_overs(&self.zones, &access.credentials, &self.log);
        let live = Live::new(access, &self.zones, self.page);
        self.front.replace(live);
    }
}

fn tell_of_left_overs(zones: &Zones, credentials: &[Credential], log: &Log) {
    for zone in zones.embedded() {
        let apex = &zone.settings().apex;
        let told = left_over::sentence(apex, &zone.contents(), credentials);
        told.iter().for_each(|sentence| log.warn(sentence));
    }
}

/// Only embedded zones are answered for.
fn bind_dns(
    zones: &Zones,
    addresses: &[SocketAddr],
    limits: &Limits,
) -> Result<Option<Dns>, StartError> {
    if zones.embedded().next().is_none() {
        return Ok(None);
    }
    let answers = Answers::new(zones.embedded().cloned());
    let dns = Dns::bind(addresses, answers, limits);
    dns.map(Some).map_err(listen("dns"))
}

fn listen(protocol: &'static str) -> impl Fn((SocketAddr, io::Error)) -> StartError {
    move |(address, error)| StartError::Listen {
        protocol,
        address,
        error,
    }
}

fn open(settings: Vec<ZoneSettings>, folder: &Path, log: &Arc<Log>) -> Result<Zones, StartError> {
    let mut zones = Vec::new();
    let embedded = apexes(&settings);
    for settings in settings {
        zones.push(match settings {
            ZoneSettings::Route53(apex, zone) => (apex, Store::Remote(zone)),
            ZoneSettings::Embedded(mut settings) => {
                let below =
                    |other: &&Host| **other != settings.apex && other.is_within(&settings.apex);
                settings.below = embedded.iter().filter(below).cloned().collect();
                let apex = settings.apex.clone();
                let (zone, notices) = EmbeddedZone::open(folder, settings)?;
                notices.iter().for_each(|notice| tell(log, notice));
                let log = Arc::clone(log);
                zone.on_notice(move |notice| tell(&log, notice));
                (apex, Store::Embedded(Arc::new(zone)))
            }
        });
    }
    Ok(Zones::new(zones))
}

fn apexes(settings: &[ZoneSettings]) -> Vec<Host> {
    let embedded = settings.iter().filter_map(|zone| match zone {
        ZoneSettings::Embedded(settings) => Some(settings.apex.clone()),
        ZoneSettings::Route53(..) => None,
    });
    embedded.collect()
}

fn tell(log: &Log, notice: &Notice) {
    if notice.is_error {
        log.error(&notice.text);
    } else {
        log.warn(&notice.text);
    }
}
