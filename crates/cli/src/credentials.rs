//! Credentials: what the `[[credential]]` tables mean.

use crate::configuration::{self, Configuration, HostTable, Source};
use crate::wrong::Wrong;
use crate::zone_tables::PlacedZone;
use dyn53_core::{Credential, GrantedHost, Host, SecretHash, is_proof_name};
use dyn53_server::ZoneSettings;
use std::collections::HashSet;
use std::net::Ipv6Addr;
use toml::Spanned;
use toml::value::Value;

/// Shorter secrets are refused.
const MIN_SECRET: usize = 6;
/// Shorter secrets are warned of.
const GOOD_SECRET: usize = 16;

/// Route 53 takes 1,000 `ResourceRecord` elements a call; a host whose two addresses change takes four,
/// a DELETE and a CREATE each (API reference, `ChangeResourceRecordSets`).
const MOST_IN_ROUTE53: usize = 1_000 / 4;

/// All credentials of the file, and what to say about them.
pub(crate) struct Credentials {
    pub(crate) all: Vec<Credential>,
    pub(crate) warnings: Vec<String>,
}

impl Credentials {
    /// All credentials of the file.
    pub(crate) fn read(
        source: &Source,
        file: &Configuration,
        zones: &[PlacedZone],
    ) -> Result<Self, Wrong> {
        let mut reading = Tables {
            source,
            zones,
            warnings: Vec::new(),
        };
        let mut names = HashSet::new();
        let mut secrets = HashSet::new();
        let mut all = Vec::new();
        for entry in &file.credentials {
            if let Some(name) = &entry.get_ref().name {
                reading.check_name(name, &mut names)?;
            }
            let credential = reading.credential(entry)?;
            let mut own = credential.secrets.iter();
            if !own.all(|secret| secrets.insert(*secret)) {
                let what = "a secret of this credential is listed twice: give each credential its own, `dyn53 secret` prints one";
                return Err(source.wrong(entry, what));
            }
            reading.check_size(entry, &credential)?;
            all.push(credential);
        }
        if all.is_empty() {
            let what = "there is no [[credential]]: add one with its secret and its hosts";
            return Err(source.wrong_at(0, what));
        }
        Ok(Self {
            all,
            warnings: reading.warnings,
        })
    }
}

struct Tables<'a> {
    source: &'a Source,
    zones: &'a [PlacedZone],
    warnings: Vec<String>,
}

impl Tables<'_> {
    fn wrong<T>(&self, value: &Spanned<T>, what: impl AsRef<str>) -> Wrong {
        self.source.wrong(value, what.as_ref())
    }

    fn check_name<'n>(
        &self,
        name: &'n Spanned<String>,
        names: &mut HashSet<&'n str>,
    ) -> Result<(), Wrong> {
        let text = name.get_ref();
        if text.is_empty() || text.contains(':') {
            let what = "a credential's name is not empty and has no colon: choose another one";
            return Err(self.wrong(name, what));
        }
        if !names.insert(text) {
            let what = format!("the name {text} is listed twice: choose another one");
            return Err(self.wrong(name, what));
        }
        Ok(())
    }

    /// One request may change all hosts of a credential, and goes to Route 53 in one call or not at all.
    fn check_size(
        &self,
        entry: &Spanned<configuration::Credential>,
        credential: &Credential,
    ) -> Result<(), Wrong> {
        for zone in self.zones {
            if !matches!(zone.settings, ZoneSettings::Route53(..)) {
                continue;
            }
            let hosts = credential.hosts.iter().map(|granted| &granted.host);
            let count = hosts
                .filter(|host| self.zone_of(host).is_some_and(|own| own.apex == zone.apex))
                .count();
            if count > MOST_IN_ROUTE53 {
                let what = format!(
                    "this credential has {count} hosts in the zone {}, and Route 53 takes the changes of {MOST_IN_ROUTE53} in one call: divide them among several credentials",
                    zone.apex
                );
                return Err(self.wrong(entry, what));
            }
        }
        Ok(())
    }

    /// The zone that a host lies in: the one with the longest name that fits.
    fn zone_of(&self, host: &Host) -> Option<&PlacedZone> {
        let holding = self.zones.iter().filter(|zone| host.is_within(&zone.apex));
        holding.max_by_key(|zone| zone.apex.as_str().len())
    }

    fn credential(
        &mut self,
        entry: &Spanned<configuration::Credential>,
    ) -> Result<Credential, Wrong> {
        let written = entry.get_ref();
        let mut hosts: Vec<GrantedHost> = Vec::new();
        let mut names = HashSet::new();
        for entry in &written.hosts {
            let granted = self.granted(entry)?;
            if !names.insert(granted.host.clone()) {
                let what = format!(
                    "the host {} is listed twice: remove one of the two",
                    granted.host
                );
                return Err(self.wrong(entry, what));
            }
            hosts.push(granted);
        }
        if hosts.is_empty() {
            return Err(self.wrong(
                entry,
                "this credential has no hosts: name those that it may change",
            ));
        }
        Ok(Credential {
            name: written.name.as_ref().map(|name| name.get_ref().clone()),
            hosts,
            secrets: self.secrets(entry)?,
            allow_offline: written.allow_offline,
            certificates: written.certificates,
        })
    }

    fn secrets(
        &mut self,
        entry: &Spanned<configuration::Credential>,
    ) -> Result<Vec<SecretHash>, Wrong> {
        let mut hashes = Vec::new();
        if let Some(secrets) = &entry.get_ref().secret {
            for secret in self.source.texts(secrets, "secret")? {
                hashes.push(self.secret(secrets, &secret)?);
            }
        }
        if let Some(secrets) = &entry.get_ref().secret_sha256 {
            for text in self.source.texts(secrets, "secret_sha256")? {
                let wrong = || {
                    self.wrong(secrets, "secret_sha256 is not 64 hexadecimal digits: `dyn53 secret` prints a new pair")
                };
                hashes.push(SecretHash::from_hex(&text).ok_or_else(wrong)?);
            }
        }
        match hashes.len() {
            1 | 2 => Ok(hashes),
            0 => Err(self.wrong(entry, "this credential has neither secret nor secret_sha256: `dyn53 secret` prints a new pair")),
            _ => Err(self.wrong(entry, "this credential has more than two secrets: keep the newest, and the one before while it is being replaced")),
        }
    }

    fn secret(&mut self, place: &Spanned<Value>, secret: &str) -> Result<SecretHash, Wrong> {
        let length = secret.chars().count();
        if length < MIN_SECRET {
            return Err(self.wrong(place, format!("the secret has fewer than {MIN_SECRET} characters: `dyn53 secret` prints a good one")));
        }
        if length < GOOD_SECRET {
            let what = format!(
                "the secret has fewer than {GOOD_SECRET} characters and may be guessed: `dyn53 secret` prints a good one"
            );
            self.warnings.push(self.wrong(place, what).0);
        }
        Ok(SecretHash::of(secret))
    }

    fn granted(&self, entry: &Spanned<Value>) -> Result<GrantedHost, Wrong> {
        let (name, id) = self.host_and_id(entry)?;
        let host = Host::parse(&name).map_err(|error| self.wrong(entry, error.to_string()))?;
        if is_proof_name(&host) {
            let what = "a name that begins with _acme-challenge or _validation-persist is for certificates alone: remove it, and set certificates = true at the credential";
            return Err(self.wrong(entry, what));
        }
        let interface_id = id.map(|id| {
            let parsed = id
                .parse::<Ipv6Addr>()
                .ok()
                .filter(|id| !id.is_unspecified());
            parsed.ok_or_else(|| {
                let what = format!(
                    "the interface_id `{id}` is no part of an IPv6 address: write it like ::10"
                );
                self.wrong(entry, what)
            })
        });
        let Some(zone) = self.zone_of(&host) else {
            let what = format!(
                "{host} lies in no configured zone: add a [[zone]] for it, or correct the name"
            );
            return Err(self.wrong(entry, what));
        };
        if zone.has_name_server(&host) {
            let what = format!(
                "{host} is a name server of the zone {}, whose addresses are in nameservers: remove it here, or give the name server another name",
                zone.apex
            );
            return Err(self.wrong(entry, what));
        }
        Ok(GrantedHost {
            host,
            ttl: zone.ttl,
            interface_id: interface_id.transpose()?,
        })
    }

    fn host_and_id(&self, entry: &Spanned<Value>) -> Result<(String, Option<String>), Wrong> {
        match entry.get_ref() {
            Value::String(name) => Ok((name.clone(), None)),
            Value::Table(table) => {
                let table: Result<HostTable, toml::de::Error> = table.clone().try_into();
                let table = table.map_err(|error| {
                    let what = error.message().trim().replace('\n', ", ");
                    self.wrong(entry, format!("{what}; write the host like {{ name = \"nas.example.net\", interface_id = \"::10\" }}"))
                })?;
                Ok((table.name, Some(table.interface_id)))
            }
            _ => Err(self.wrong(
                entry,
                "a host is neither a text nor a table: write it like \"home.example.net\"",
            )),
        }
    }
}
