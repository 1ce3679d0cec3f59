//! Settings: what the command line, the environment and the file mean together. Nothing else reads
//! the environment.

use crate::args::Serve;
use crate::configuration::{Configuration, Credential, HostTable, Source, Store, Zone};
use crate::wrong::Wrong;
use dyn53_core::{GrantedHost, Host, SecretHash};
use dyn53_server::{EmbeddedSettings, Limits, Proxies, Settings, ZoneSettings};
use ipnet::IpNet;
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::value::Value;

const DATA: &str = "dyn53-data";
const FILE: &str = "dyn53.toml";
const HTTP: &str = "127.0.0.1:8053";
const DNS: &str = "127.0.0.1:5053";
const TTL: u32 = 60;
/// A day; nobody wants a dynamic address to be remembered for longer.
const MAX_TTL: u32 = 86_400;
/// Shorter secrets are refused.
const MIN_SECRET: usize = 6;
/// Shorter secrets are warned of.
const GOOD_SECRET: usize = 16;

/// Where the configuration is.
pub(crate) struct Place {
    /// The file.
    pub(crate) file: PathBuf,
    /// Whether somebody said so; else a first run may make it.
    pub(crate) named: bool,
}

/// What the file means, and what to say about it.
pub(crate) struct Settled {
    pub(crate) settings: Settings,
    pub(crate) warnings: Vec<String>,
}

/// The environment variable, if it is set to anything.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn data(args: &Serve) -> Option<PathBuf> {
    args.data
        .clone()
        .or_else(|| environment("DYN53_DATA").map(PathBuf::from))
}

/// Where the configuration is: as named, else in the data folder.
pub(crate) fn place(args: &Serve) -> Place {
    let named = args.config.clone();
    match named.or_else(|| environment("DYN53_CONFIG").map(PathBuf::from)) {
        Some(file) => Place { file, named: true },
        None => Place {
            file: data(args).unwrap_or_else(|| DATA.into()).join(FILE),
            named: false,
        },
    }
}

/// Reads the file of `place` and settles it with the flags and the environment.
pub(crate) fn settle(args: &Serve, place: &Place) -> Result<Settled, Wrong> {
    let source = Source::read(&place.file)?;
    let file = source.parse()?;
    let folder = place.file.parent().unwrap_or(Path::new("."));
    let own_folder = if place.named {
        folder.join(DATA)
    } else {
        folder.to_owned()
    };
    let in_file = file.data.as_ref().map(|data| folder.join(data));
    let mut reading = Reading {
        source: &source,
        warnings: Vec::new(),
    };
    let zones = reading.zones(&file)?;
    let credentials = reading.credentials(&file, &zones)?;
    let settings = Settings {
        http: reading.address(args.http, "DYN53_HTTP", file.http.as_ref(), HTTP)?,
        dns: reading.address(args.dns, "DYN53_DNS", file.dns.as_ref(), DNS)?,
        data: data(args).or(in_file).unwrap_or(own_folder),
        allow_private: file.allow_private,
        proxies: reading.proxies(&file)?,
        credentials,
        zones: zones.into_iter().map(|zone| zone.settings).collect(),
        page: dyn53_setup::page,
        limits: Limits::default(),
    };
    Ok(Settled {
        settings,
        warnings: reading.warnings,
    })
}

struct Reading<'a> {
    source: &'a Source,
    warnings: Vec<String>,
}

/// A zone, with what its hosts need to know.
struct Placed {
    apex: Host,
    ttl: u32,
    settings: ZoneSettings,
}

impl Reading<'_> {
    fn wrong<T>(&self, value: &Spanned<T>, what: impl AsRef<str>) -> Wrong {
        self.source.wrong(value, what.as_ref())
    }

    fn address(
        &self,
        flag: Option<SocketAddr>,
        variable: &str,
        file: Option<&Spanned<String>>,
        default: &str,
    ) -> Result<SocketAddr, Wrong> {
        let remedy = format!("is no address with a port: write it like {default}");
        if let Some(address) = flag {
            return Ok(address);
        }
        if let Some(text) = environment(variable) {
            let wrong = |_| Wrong(format!("{variable} in the environment: `{text}` {remedy}"));
            return text.parse().map_err(wrong);
        }
        match file {
            Some(text) => text
                .get_ref()
                .parse()
                .map_err(|_| self.wrong(text, format!("`{}` {remedy}", text.get_ref()))),
            None => default.parse().map_err(|_| Wrong(remedy)),
        }
    }

    fn proxies(&self, file: &Configuration) -> Result<Proxies, Wrong> {
        let networks = file.trusted_proxies.iter().map(|text| {
            let network = text.get_ref().parse::<IpNet>();
            let address = || text.get_ref().parse::<IpAddr>().map(IpNet::from);
            network.or_else(|_| address()).map_err(|_| {
                self.wrong(text, format!("`{}` is neither an address nor a network: write it like 192.0.2.1 or 192.0.2.0/24", text.get_ref()))
            })
        });
        Ok(Proxies::new(networks.collect::<Result<_, _>>()?))
    }

    fn zones(&self, file: &Configuration) -> Result<Vec<Placed>, Wrong> {
        let mut zones: Vec<Placed> = Vec::new();
        for entry in &file.zones {
            let zone = self.zone(entry.get_ref())?;
            if zones.iter().any(|other| other.apex == zone.apex) {
                let what = format!(
                    "the zone {} stands here for the second time: remove one of the two",
                    zone.apex
                );
                return Err(self.wrong(&entry.get_ref().name, what));
            }
            zones.push(zone);
        }
        match zones.is_empty() {
            true => Err(self
                .source
                .wrong_at(0, "there is no [[zone]]: add one with its name")),
            false => Ok(zones),
        }
    }

    fn zone(&self, zone: &Zone) -> Result<Placed, Wrong> {
        let apex = self.host(&zone.name)?;
        if apex.first_label() == "*" {
            return Err(self.wrong(
                &zone.name,
                "a zone's name has no *: write the name of the whole zone",
            ));
        }
        let ttl = match &zone.ttl {
            None => TTL,
            Some(ttl) if (1..=MAX_TTL).contains(ttl.get_ref()) => *ttl.get_ref(),
            Some(ttl) => {
                return Err(self.wrong(
                    ttl,
                    format!("the ttl is not between 1 and {MAX_TTL} seconds: 60 fits most"),
                ));
            }
        };
        let settings = match zone.store {
            Store::Embedded => ZoneSettings::Embedded(self.embedded(zone, &apex, ttl)?),
            Store::Route53 => self.route53(zone)?,
        };
        Ok(Placed {
            apex,
            ttl,
            settings,
        })
    }

    fn embedded(&self, zone: &Zone, apex: &Host, ttl: u32) -> Result<EmbeddedSettings, Wrong> {
        if let Some(id) = &zone.id {
            return Err(self.wrong(
                id,
                "an embedded zone has no id: remove it, or write store = \"route53\"",
            ));
        }
        let name_servers = match &zone.nameservers {
            Some(names) => names
                .iter()
                .map(|name| self.host(name))
                .collect::<Result<_, _>>()?,
            None => Host::parse(&format!("ns1.{apex}")).into_iter().collect(),
        };
        Ok(EmbeddedSettings {
            apex: apex.clone(),
            ttl,
            name_servers,
        })
    }

    fn route53(&self, zone: &Zone) -> Result<ZoneSettings, Wrong> {
        Err(self.wrong(&zone.name, "route53 zones are not built in yet"))
    }

    fn credentials(
        &mut self,
        file: &Configuration,
        zones: &[Placed],
    ) -> Result<Vec<dyn53_core::Credential>, Wrong> {
        let mut names = HashSet::new();
        let mut credentials = Vec::new();
        for entry in &file.credentials {
            let entry = entry.get_ref();
            if let Some(name) = &entry.name {
                if name.get_ref().is_empty() || name.get_ref().contains(':') {
                    return Err(self.wrong(
                        name,
                        "a credential's name is not empty and has no colon: choose another one",
                    ));
                }
                if !names.insert(name.get_ref()) {
                    return Err(self.wrong(
                        name,
                        format!(
                            "the name {} stands here for the second time: choose another one",
                            name.get_ref()
                        ),
                    ));
                }
            }
            credentials.push(self.credential(entry, zones)?);
        }
        match credentials.is_empty() {
            true => Err(self.source.wrong_at(
                0,
                "there is no [[credential]]: add one with its secret and its hosts",
            )),
            false => Ok(credentials),
        }
    }

    fn credential(
        &mut self,
        entry: &Credential,
        zones: &[Placed],
    ) -> Result<dyn53_core::Credential, Wrong> {
        let hosts = entry.hosts.iter().map(|host| self.granted(host, zones));
        Ok(dyn53_core::Credential {
            name: entry.name.as_ref().map(|name| name.get_ref().clone()),
            hosts: hosts.collect::<Result<_, _>>()?,
            secrets: self.secrets(entry)?,
            allow_offline: entry.allow_offline,
        })
    }

    fn secrets(&mut self, entry: &Credential) -> Result<Vec<SecretHash>, Wrong> {
        let mut hashes = Vec::new();
        if let Some(secrets) = &entry.secret {
            for secret in self.texts(secrets, "secret")? {
                hashes.push(self.secret(secrets, &secret)?);
            }
        }
        if let Some(secrets) = &entry.secret_sha256 {
            for text in self.texts(secrets, "secret_sha256")? {
                let hash = SecretHash::from_hex(&text);
                hashes.push(hash.ok_or_else(|| self.wrong(secrets, "secret_sha256 is not 64 hexadecimal digits: `dyn53 secret` prints a new pair"))?);
            }
        }
        match hashes.len() {
            1 | 2 => Ok(hashes),
            0 => {
                let first = entry.hosts.first();
                let start = first.map_or(0, |host| host.span().start);
                Err(self.source.wrong_at(start, "this credential has neither secret nor secret_sha256: `dyn53 secret` prints a new pair"))
            }
            _ => {
                let second = entry.secret_sha256.as_ref().or(entry.secret.as_ref());
                let start = second.map_or(0, |value| value.span().start);
                Err(self.source.wrong_at(start, "a credential has one secret, or two while one replaces the other: remove the oldest"))
            }
        }
    }

    fn secret(&mut self, place: &Spanned<Value>, secret: &str) -> Result<SecretHash, Wrong> {
        match secret.chars().count() {
            ..MIN_SECRET => Err(self.wrong(place, format!("the secret has fewer than {MIN_SECRET} characters: `dyn53 secret` prints a good one"))),
            length => {
                if length < GOOD_SECRET {
                    let warning = format!("the secret has fewer than {GOOD_SECRET} characters and may be guessed: `dyn53 secret` prints a good one");
                    self.warnings.push(self.wrong(place, warning).0);
                }
                Ok(SecretHash::of(secret))
            }
        }
    }

    /// A text or a list of texts.
    fn texts(&self, value: &Spanned<Value>, key: &str) -> Result<Vec<String>, Wrong> {
        let texts = match value.get_ref() {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(list) => list
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        texts.ok_or_else(|| {
            self.wrong(
                value,
                format!("{key} is neither a text nor a list of texts: write {key} = \"...\""),
            )
        })
    }

    fn granted(&self, entry: &Spanned<Value>, zones: &[Placed]) -> Result<GrantedHost, Wrong> {
        let table = match entry.get_ref() {
            Value::String(name) => (name.clone(), None),
            Value::Table(_) => {
                let table: HostTable = entry.get_ref().clone().try_into().map_err(|error: toml::de::Error| {
                    let what = error.message().trim().replace('\n', ", ");
                    self.wrong(entry, format!("{what}; write the host like {{ name = \"nas.example.net\", interface_id = \"::10\" }}"))
                })?;
                (table.name, Some(table.interface_id))
            }
            _ => {
                return Err(self.wrong(
                    entry,
                    "a host is neither a text nor a table: write it like \"home.example.net\"",
                ));
            }
        };
        let (name, id) = table;
        let host = Host::parse(&name).map_err(|error| self.wrong(entry, error.to_string()))?;
        let interface_id = id.map(|id| {
            id.parse().map_err(|_| {
                self.wrong(
                    entry,
                    format!("the interface_id `{id}` is no IPv6 address: write it like ::10"),
                )
            })
        });
        let holding = zones.iter().filter(|zone| host.is_within(&zone.apex));
        let Some(zone) = holding.max_by_key(|zone| zone.apex.as_str().len()) else {
            return Err(self.wrong(
                entry,
                format!(
                    "{host} lies in no configured zone: add a [[zone]] for it, or correct the name"
                ),
            ));
        };
        Ok(GrantedHost {
            host,
            ttl: zone.ttl,
            interface_id: interface_id.transpose()?,
        })
    }

    fn host(&self, text: &Spanned<String>) -> Result<Host, Wrong> {
        Host::parse(text.get_ref()).map_err(|error| self.wrong(text, error.to_string()))
    }
}
