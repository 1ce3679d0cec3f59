//! Zones: what the `[[zone]]` tables mean.

use crate::configuration::{Configuration, Source, Store, Zone};
use crate::environment::Aws;
use crate::wrong::Wrong;
use crate::{lasting_proof, name_servers};
use dyn53_core::Host;
use dyn53_route53::{Roots, Route53Zone, Settings, endpoint_of};
use dyn53_server::{ChainKeys, EmbeddedSettings, ZoneSettings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;
use toml::Spanned;

const TTL: u32 = 60;
/// A day; nobody wants a dynamic address to be remembered for longer.
const MAX_TTL: u32 = 86_400;

/// A zone, with what its hosts need to know.
#[derive(Clone)]
pub(crate) struct PlacedZone {
    pub(crate) apex: Host,
    pub(crate) ttl: u32,
    pub(crate) settings: ZoneSettings,
}

impl PlacedZone {
    /// Whether a name server that the zone itself has the addresses of is called so.
    pub(crate) fn has_name_server(&self, host: &Host) -> bool {
        match &self.settings {
            ZoneSettings::Embedded(settings) => {
                let mut servers = settings.name_servers.iter();
                servers.any(|server| server.host == *host)
            }
            ZoneSettings::Route53(..) => false,
        }
    }
}

/// All zones of the file, in its order. `dns` is where this server answers DNS.
pub(crate) fn read(
    source: &Source,
    file: &Configuration,
    aws: &Aws,
    dns: &[SocketAddr],
) -> Result<Vec<PlacedZone>, Wrong> {
    let mut reading = Tables {
        source,
        aws,
        dns,
        keys: None,
    };
    let mut zones: Vec<PlacedZone> = Vec::new();
    for entry in &file.zones {
        let zone = reading.zone(entry.get_ref())?;
        if zones.iter().any(|other| other.apex == zone.apex) {
            let what = format!(
                "the zone {} is listed twice: remove one of the two",
                zone.apex
            );
            return Err(source.wrong(&entry.get_ref().name, &what));
        }
        zones.push(zone);
    }
    if zones.is_empty() {
        Err(source.wrong_at(0, "there is no [[zone]]: add one with its name"))
    } else {
        Ok(zones)
    }
}

struct Tables<'a> {
    source: &'a Source,
    aws: &'a Aws,
    /// Where this server answers DNS.
    dns: &'a [SocketAddr],
    /// One chain for all zones of Route 53, and their region.
    keys: Option<(Arc<ChainKeys>, String)>,
}

impl Tables<'_> {
    fn zone(&mut self, zone: &Zone) -> Result<PlacedZone, Wrong> {
        let apex = self.host(&zone.name)?;
        if apex.first_label() == "*" {
            return Err(self.source.wrong(
                &zone.name,
                "a zone's name has no *: write the name of the whole zone",
            ));
        }
        let ttl = match &zone.ttl {
            None => TTL,
            Some(ttl) if (1..=MAX_TTL).contains(ttl.get_ref()) => *ttl.get_ref(),
            Some(ttl) => {
                let what = format!("the ttl is not between 1 and {MAX_TTL} seconds: 60 fits most");
                return Err(self.source.wrong(ttl, &what));
            }
        };
        let settings = match zone.store {
            Store::Embedded => ZoneSettings::Embedded(self.embedded(zone, &apex, ttl)?),
            Store::Route53 => self.route53(zone, &apex)?,
        };
        Ok(PlacedZone {
            apex,
            ttl,
            settings,
        })
    }

    fn embedded(&self, zone: &Zone, apex: &Host, ttl: u32) -> Result<EmbeddedSettings, Wrong> {
        if let Some(id) = &zone.id {
            let what = "an embedded zone has no id: remove it, or write store = \"route53\"";
            return Err(self.source.wrong(id, what));
        }
        Ok(EmbeddedSettings {
            apex: apex.clone(),
            ttl,
            name_servers: name_servers::read(self.source, zone, apex, self.dns)?,
            below: Vec::new(),
            fixed: lasting_proof::read(self.source, zone, apex)?,
        })
    }

    fn route53(&mut self, zone: &Zone, apex: &Host) -> Result<ZoneSettings, Wrong> {
        lasting_proof::read(self.source, zone, apex)?;
        let Some(id) = &zone.id else {
            let what = "a route53 zone needs its id: copy it from the zone's page in the console, id = \"Z0123456789ABC\"";
            return Err(self.source.wrong(&zone.name, what));
        };
        let name_servers =
            name_servers::of_route53(self.source, zone, self.aws.endpoint.is_some())?;
        let (keys, region) = self.keys()?;
        let endpoint = endpoint_of(&region);
        let endpoint = match &self.aws.endpoint {
            Some(url) => endpoint.moved_to(url),
            None => endpoint,
        };
        let settings = Settings {
            zone_id: id.get_ref().clone(),
            endpoint,
            keys,
            roots: self.roots()?,
            name_servers,
            clock: SystemTime::now,
        };
        let zone = Route53Zone::new(settings);
        let zone = zone.map_err(|error| self.source.wrong(id, &error.to_string()))?;
        Ok(ZoneSettings::Route53(apex.clone(), Arc::new(zone)))
    }

    fn keys(&mut self) -> Result<(Arc<ChainKeys>, String), Wrong> {
        if let Some(known) = &self.keys {
            return Ok(known.clone());
        }
        let keys = ChainKeys::new(SystemTime::now).map_err(|error| {
            Wrong(format!(
                "no thread for AWS access keys: {error}; close other programs"
            ))
        })?;
        let region = keys.region().unwrap_or_else(|| "us-east-1".to_owned());
        Ok(self.keys.insert((Arc::new(keys), region)).clone())
    }

    fn roots(&self) -> Result<Roots, Wrong> {
        let Some(file) = &self.aws.ca_bundle else {
            return Ok(Roots::Amazon);
        };
        std::fs::read(file).map(Roots::Pem).map_err(|error| {
            let file = file.display();
            Wrong(format!("AWS_CA_BUNDLE in the environment: {file} cannot be read: {error}; name a PEM file, or unset it"))
        })
    }

    fn host(&self, text: &Spanned<String>) -> Result<Host, Wrong> {
        Host::parse(text.get_ref()).map_err(|error| self.source.wrong(text, &error.to_string()))
    }
}
