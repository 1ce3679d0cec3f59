//! Settings: what the command line, the environment and the file mean together.

use crate::addresses::Listening;
use crate::args::Serve;
use crate::configuration::{Configuration, Source, Zone};
use crate::credentials::Credentials;
use crate::environment::Aws;
use crate::wrong::Wrong;
use crate::zone_tables::PlacedZone;
use crate::{given, overlaps, zone_tables};
use dyn53_core::SecretHash;
use dyn53_server::log::Level;
use dyn53_server::{Access, Limits, Proxies, Settings};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use toml::Spanned;

const DATA: &str = "dyn53-data";
const FILE: &str = "dyn53.toml";
const HTTP: Listening = Listening {
    key: "http",
    default: "127.0.0.1:8053",
};
const DNS: Listening = Listening {
    key: "dns",
    default: "127.0.0.1:5053",
};

/// Where the configuration is.
pub(crate) struct Location {
    /// The file.
    pub(crate) file: PathBuf,
    /// Whether somebody said so; else a first run may make it.
    pub(crate) named: bool,
}

/// What the file means, and what to say about it.
pub(crate) struct Settled {
    pub(crate) settings: Settings,
    pub(crate) warnings: Vec<String>,
    /// What a new file is compared with.
    pub(crate) fixed: Fixed,
}

/// What cannot change while the server runs.
pub(crate) struct Fixed {
    pub(crate) http: Vec<SocketAddr>,
    pub(crate) dns: Vec<SocketAddr>,
    pub(crate) data: PathBuf,
    pub(crate) history: Option<usize>,
    /// As the file has them.
    pub(crate) written: Vec<Spanned<Zone>>,
    /// As they are meant.
    pub(crate) zones: Vec<PlacedZone>,
}

fn data(args: &Serve) -> Option<PathBuf> {
    given::path(args.data.as_ref())
}

/// From which level on to log.
pub(crate) fn level(args: &Serve) -> Result<Level, Wrong> {
    match given::text(args.log.as_ref(), "log")? {
        None | Some("info") => Ok(Level::INFO),
        Some("warn") => Ok(Level::WARN),
        Some("error") => Ok(Level::ERROR),
        Some(other) => {
            let what = format!("`{other}` is no level: write error, warn or info");
            Err(given::wrong("log", &what))
        }
    }
}

/// Where the configuration is: as named, else in the data folder.
pub(crate) fn place(args: &Serve) -> Location {
    match given::path(args.config.as_ref()) {
        Some(file) => Location { file, named: true },
        None => Location {
            file: data(args).unwrap_or_else(|| DATA.into()).join(FILE),
            named: false,
        },
    }
}

/// Settles the file of `place` with the flags and the environment. Relative paths in the file begin
/// at its own folder.
pub(crate) fn settle(args: &Serve, place: &Location, source: &Source) -> Result<Settled, Wrong> {
    let file = source.parse()?;
    let (http, dns) = listening(args, source, &file)?;
    let zones = zone_tables::read(source, &file, &Aws::read()?, &dns)?;
    overlaps::check(source, &file, &zones)?;
    let (access, warnings) = access(source, &file, &zones)?;
    let data = folder(args, place, &file);
    let settings = Settings {
        http: http.clone(),
        dns: dns.clone(),
        data: data.clone(),
        access,
        zones: zones.iter().map(|zone| zone.settings.clone()).collect(),
        history: file.history.as_ref().map(|history| history.entries),
        page: dyn53_setup::page,
        limits: Limits::default(),
    };
    Ok(Settled {
        settings,
        warnings,
        fixed: Fixed {
            http,
            dns,
            data,
            history: file.history.map(|history| history.entries),
            written: file.zones,
            zones,
        },
    })
}

/// Where to listen for HTTP, and for DNS.
pub(crate) fn listening(
    args: &Serve,
    source: &Source,
    file: &Configuration,
) -> Result<(Vec<SocketAddr>, Vec<SocketAddr>), Wrong> {
    let dns = DNS.read(args.dns.as_ref(), source, file.dns.as_ref())?;
    let http = HTTP.read(args.http.as_ref(), source, file.http.as_ref())?;
    Ok((http, dns))
}

/// The data folder.
pub(crate) fn folder(args: &Serve, place: &Location, file: &Configuration) -> PathBuf {
    let folder = place.file.parent().unwrap_or(Path::new("."));
    let own_folder = if place.named {
        folder.join(DATA)
    } else {
        folder.to_owned()
    };
    let in_file = file.data.as_ref().map(|data| folder.join(data));
    data(args).or(in_file).unwrap_or(own_folder)
}

/// Who may change what of these zones, and what to say about it.
pub(crate) fn access(
    source: &Source,
    file: &Configuration,
    zones: &[PlacedZone],
) -> Result<(Access, Vec<String>), Wrong> {
    let credentials = Credentials::read(source, file, zones)?;
    let allowed = file.metrics.as_ref();
    let access = Access {
        allow_private: file.allow_private,
        proxies: Proxies::new(networks(source, &file.trusted_proxies)?),
        operator: operator(source, file)?,
        metrics: networks(source, allowed.map_or(&[], |metrics| &metrics.allow))?,
        credentials: credentials.all,
    };
    Ok((access, credentials.warnings))
}

fn operator(source: &Source, file: &Configuration) -> Result<Option<SecretHash>, Wrong> {
    let written = file
        .status
        .as_ref()
        .and_then(|status| status.operator_sha256.as_ref());
    let hash = written.map(|text| {
        let wrong = || {
            source.wrong(
                text,
                "operator_sha256 is not 64 hexadecimal digits: `dyn53 secret` prints a new pair",
            )
        };
        SecretHash::from_hex(text.get_ref()).ok_or_else(wrong)
    });
    hash.transpose()
}

fn networks(source: &Source, written: &[Spanned<String>]) -> Result<Vec<IpNet>, Wrong> {
    let networks = written.iter().map(|spanned| {
        let text = spanned.get_ref();
        let network = text.parse::<IpNet>().ok();
        let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
        network.or_else(address).ok_or_else(|| {
            let what = format!("`{text}` is neither an address nor a network: write it like 192.0.2.1 or 192.0.2.0/24");
            source.wrong(spanned, &what)
        })
    });
    networks.collect()
}
