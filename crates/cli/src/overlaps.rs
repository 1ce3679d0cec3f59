//! Overlaps: what zones of one server have to know of each other.

use crate::configuration::{Configuration, Source};
use crate::wrong::Wrong;
use crate::zone_tables::PlacedZone;
use dyn53_core::Host;
use dyn53_server::{EmbeddedSettings, ZoneSettings};

/// Refuses zones that would deny each other's names. `zones` are those of the file, in its order.
pub(crate) fn check(
    source: &Source,
    file: &Configuration,
    zones: &[PlacedZone],
) -> Result<(), Wrong> {
    for (entry, zone) in file.zones.iter().zip(zones) {
        let written = entry.get_ref();
        let found = match &zone.settings {
            ZoneSettings::Route53(..) => hidden(&zone.apex, zones),
            ZoneSettings::Embedded(settings) => unknown_server(settings, zones),
        };
        if let Some(what) = found {
            return Err(match &written.nameservers {
                Some(names) => source.wrong(names, &what),
                None => source.wrong(&written.name, &what),
            });
        }
    }
    Ok(())
}

/// A zone of Route 53 below an embedded one: nobody would be led to it.
fn hidden(apex: &Host, zones: &[PlacedZone]) -> Option<String> {
    let above = zones
        .iter()
        .find(|other| embedded(other).is_some() && apex.is_within(&other.apex))?;
    let above = &above.apex;
    Some(format!(
        "the zone {apex} of Route 53 lies in the embedded zone {above}, which answers for all names in it and would deny these: embed {apex} as well, or move {above} to Route 53"
    ))
}

/// A name server that lies in a zone of this server, which does not know it.
fn unknown_server(settings: &EmbeddedSettings, zones: &[PlacedZone]) -> Option<String> {
    settings.name_servers.iter().find_map(|server| {
        let host = &server.host;
        let holding = zones.iter().filter(|zone| host.is_within(&zone.apex));
        let holding = embedded(holding.max_by_key(|zone| zone.apex.as_str().len())?)?;
        let known = holding.name_servers.iter().any(|own| own.host == *host);
        let apex = &holding.apex;
        (!known).then(|| format!(
            "the name server {host} lies in the zone {apex}, which does not know its address: add {{ name = \"{host}\", addresses = [\"192.0.2.53\"] }} to the nameservers of {apex}, with its own addresses"
        ))
    })
}

fn embedded(zone: &PlacedZone) -> Option<&EmbeddedSettings> {
    match &zone.settings {
        ZoneSettings::Embedded(settings) => Some(settings),
        ZoneSettings::Route53(..) => None,
    }
}
