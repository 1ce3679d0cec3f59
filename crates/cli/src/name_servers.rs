//! Name servers: what `nameservers` of a `[[zone]]` means, and whether all of them can be found.

use crate::configuration::{self, NameServerTable, Source};
use crate::wrong::Wrong;
use dyn53_core::Host;
use dyn53_route53::NameServers;
use dyn53_server::NameServer;
use std::net::{IpAddr, SocketAddr};
use toml::value::Value;

/// Whom the glance asks about a zone of Route 53: the servers that the file names, else those of the
/// zone's own NS records. The public name servers know nothing of the zones of another endpoint.
pub(crate) fn of_route53(
    source: &Source,
    zone: &configuration::Zone,
    other_endpoint: bool,
) -> Result<NameServers, Wrong> {
    let Some(written) = &zone.nameservers else {
        let none = other_endpoint.then_some(NameServers::None);
        return Ok(none.unwrap_or(NameServers::OfTheZone));
    };
    let names = written.get_ref().iter().map(|value| match value.get_ref() {
        Value::String(text) => Ok(text.clone()),
        _ => {
            let what = "a name server of a route53 zone is a text, a name or an address: write it like \"ns-1.awsdns-01.org\"";
            Err(source.wrong(value, what))
        }
    });
    Ok(NameServers::These(names.collect::<Result<_, _>>()?))
}

/// The name servers of the zone `apex`. Without `nameservers` it is `ns1` of the zone, at the
/// addresses of `dns`.
pub(crate) fn read(
    source: &Source,
    zone: &configuration::Zone,
    apex: &Host,
    dns: &[SocketAddr],
) -> Result<Vec<NameServer>, Wrong> {
    let Some(written) = &zone.nameservers else {
        let own = default(apex, dns).map_err(|what| source.wrong(&zone.name, &what))?;
        return Ok(vec![own]);
    };
    let mut servers: Vec<NameServer> = Vec::new();
    for entry in written.get_ref() {
        let wrong = |what: String| source.wrong(entry, &what);
        let server = server(entry.get_ref(), apex).map_err(wrong)?;
        if servers.iter().any(|other| other.host == server.host) {
            let host = server.host;
            return Err(wrong(format!(
                "the name server {host} is listed twice: remove one of the two"
            )));
        }
        servers.push(server);
    }
    if servers.is_empty() {
        let what = "a zone has at least one name server: name one, or remove the line";
        return Err(source.wrong(written, what));
    }
    Ok(servers)
}

fn default(apex: &Host, dns: &[SocketAddr]) -> Result<NameServer, String> {
    let Ok(host) = Host::parse(&format!("ns1.{apex}")) else {
        return Err(format!(
            "the name {apex} is too long for a name server ns1 in it: write nameservers = [\"...\"] with a server outside of the zone"
        ));
    };
    if let Some(all) = dns.iter().find(|address| address.ip().is_unspecified()) {
        return Err(format!(
            "the zone {apex} needs the address of its name server, and dns = \"{all}\" does not say which it is: write {}",
            example(&host)
        ));
    }
    let all: Vec<IpAddr> = dns.iter().map(SocketAddr::ip).collect();
    let mut addresses: Vec<IpAddr> = Vec::new();
    // Beside an address that others can reach, a loopback leads them to themselves.
    let only_loopback = all.iter().all(IpAddr::is_loopback);
    for ip in all {
        if (only_loopback || !ip.is_loopback()) && !addresses.contains(&ip) {
            addresses.push(ip);
        }
    }
    Ok(NameServer { host, addresses })
}

fn server(entry: &Value, apex: &Host) -> Result<NameServer, String> {
    let (name, addresses) = match entry {
        Value::String(name) => (name.clone(), None),
        Value::Table(table) => {
            let table: Result<NameServerTable, toml::de::Error> = table.clone().try_into();
            let table = table.map_err(|error| {
                let what = error.message().trim().replace('\n', ", ");
                format!(
                    "{what}; write the name server like {{ name = \"ns1.{apex}\", addresses = [\"192.0.2.53\"] }}"
                )
            })?;
            (table.name, Some(table.addresses))
        }
        _ => {
            return Err(format!(
                "a name server is neither a text nor a table: write {}",
                example_of(apex)
            ));
        }
    };
    let host = Host::parse(&name).map_err(|error| error.to_string())?;
    if host.first_label() == "*" {
        return Err("a name server has no *: write its whole name".to_owned());
    }
    let addresses = match (addresses, host.is_within(apex)) {
        (Some(addresses), true) => parse(&addresses, &host)?,
        (None, false) => Vec::new(),
        (None, true) => {
            return Err(format!(
                "the name server {host} lies in its own zone, where nobody else knows its address: write {}",
                example(&host)
            ));
        }
        (Some(_), false) => {
            return Err(format!(
                "the name server {host} lies outside of the zone {apex}, which cannot tell its addresses: write \"{host}\" alone"
            ));
        }
    };
    Ok(NameServer { host, addresses })
}

fn parse(texts: &[String], host: &Host) -> Result<Vec<IpAddr>, String> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for text in texts {
        let ip = text.parse().ok();
        let usable = ip.filter(|ip: &IpAddr| !ip.is_unspecified() && !ip.is_multicast());
        let ip = usable.ok_or_else(|| {
            format!("`{text}` is no address of a name server: write it like 192.0.2.53")
        })?;
        if addresses.contains(&ip) {
            return Err(format!(
                "the address {ip} of {host} is listed twice: remove one of the two"
            ));
        }
        addresses.push(ip);
    }
    if addresses.is_empty() {
        return Err(format!(
            "the name server {host} has no address: write {}",
            example(host)
        ));
    }
    Ok(addresses)
}

fn example_of(apex: &Host) -> String {
    format!("nameservers = [{{ name = \"ns1.{apex}\", addresses = [\"192.0.2.53\"] }}]")
}

fn example(host: &Host) -> String {
    format!(
        "nameservers = [{{ name = \"{host}\", addresses = [\"192.0.2.53\"] }}] with its own addresses"
    )
}
