//! The zone's name servers: as given, or found by a look-up of its NS records, once.

use crate::glance::message::{answers, ask, is_host};
use dyn53_core::Host;
use simple_dns::rdata::RData;
use simple_dns::{Packet, PacketFlag, TYPE};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const PORT: u16 = 53;

/// The time for one question to the system's resolver.
const PATIENCE: Duration = Duration::from_millis(500);

/// Name servers; each name is resolved when its server is first needed.
pub(crate) struct Servers {
    known: Arc<Mutex<Vec<Server>>>,
    preferred: AtomicUsize,
}

#[derive(Clone, Debug)]
enum Server {
    Address(SocketAddr),
    Name(String),
}

impl Servers {
    pub(crate) fn new(names: &[String]) -> Self {
        let known: Vec<Server> = names.iter().map(|name| Server::of(name)).collect();
        Self {
            known: Arc::new(Mutex::new(known)),
            preferred: AtomicUsize::new(getrandom::u32().map_or(0, |random| random as usize)),
        }
    }

    /// The address of the server that is preferred now; `None`: not known `until` then.
    pub(crate) fn pick(&self, host: &Host, until: Instant) -> Option<SocketAddr> {
        let preferred = self.preferred.load(Ordering::Relaxed);
        let found = lock(&self.known).len();
        if found == 0 {
            let (known, host) = (self.known.clone(), host.clone());
            in_time(until, move || {
                let names = discover(&host, &resolvers())?;
                *lock(&known) = names.into_iter().map(Server::Name).collect();
                Some(())
            })?;
        }
        let known = lock(&self.known).clone();
        let place = preferred.checked_rem(known.len())?;
        let name = match known.get(place)? {
            Server::Address(address) => return Some(*address),
            Server::Name(name) => name.clone(),
        };
        let servers = self.known.clone();
        in_time(until, move || {
            let address = (name.as_str(), PORT).to_socket_addrs().ok()?.next()?;
            if let Some(server) = lock(&servers).get_mut(place) {
                *server = Server::Address(address);
            }
            Some(address)
        })
    }

    pub(crate) fn prefer_next(&self) {
        self.preferred.fetch_add(1, Ordering::Relaxed);
    }
}

impl Server {
    /// A name, an address or `address:port`.
    fn of(text: &str) -> Self {
        let address = text.parse().ok().map(|ip: IpAddr| (ip, PORT).into());
        match address.or_else(|| text.parse().ok()) {
            Some(address) => Self::Address(address),
            None => Self::Name(text.trim_end_matches('.').to_owned()),
        }
    }
}

fn lock(servers: &Mutex<Vec<Server>>) -> std::sync::MutexGuard<'_, Vec<Server>> {
    servers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The system's resolver knows no time limit: `work` goes on by itself, and its result is there
/// the next time.
fn in_time<T: Send + 'static>(
    until: Instant,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let spawned = thread::Builder::new().spawn(move || {
        let _nobody_waits_any_more = sender.send(work());
    });
    spawned.ok()?;
    let left = until.saturating_duration_since(Instant::now());
    receiver.recv_timeout(left).ok().flatten()
}

/// The names of the name servers of the zone that `host` lies in, from the host upwards.
fn discover(host: &Host, resolvers: &[SocketAddr]) -> Option<Vec<String>> {
    let mut name = host.as_str();
    while let Ok(host) = Host::parse(name) {
        let found = resolvers
            .iter()
            .find_map(|resolver| name_servers(&host, *resolver));
        match found {
            Some(names) if names.is_empty() => name = name.split_once('.')?.1,
            found => return found,
        }
    }
    None
}

/// The NS records of exactly this name; `None`: no answer.
fn name_servers(host: &Host, resolver: SocketAddr) -> Option<Vec<String>> {
    let id = (getrandom::u32().ok()? >> 16) as u16;
    let any = if resolver.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(resolver).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    let flags = PacketFlag::RECURSION_DESIRED;
    socket.send(&ask(id, host, TYPE::NS, flags)?).ok()?;
    let mut buffer = [0; 1232];
    let length = socket.recv(&mut buffer).ok()?;
    let packet = Packet::parse(buffer.get(..length)?).ok()?;
    if packet.id() != id || !answers(&packet, host, TYPE::NS) {
        return None;
    }
    let own = packet
        .answers
        .iter()
        .filter(|record| is_host(&record.name, host));
    let names = own.filter_map(|record| match &record.rdata {
        RData::NS(name) => Some(name.0.to_string()),
        _ => None,
    });
    Some(names.collect())
}

/// The system's resolvers (resolv.conf(5)).
fn resolvers() -> Vec<SocketAddr> {
    let file = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let lines = file
        .lines()
        .filter_map(|line| line.strip_prefix("nameserver"));
    let addresses = lines.filter_map(|address| address.trim().parse().ok());
    addresses.map(|ip: IpAddr| (ip, PORT).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyn53_testkit::route53::{Options, Route53};
    use rstest::rstest;

    #[rstest]
    #[case("192.0.2.1", "192.0.2.1:53")]
    #[case("192.0.2.1:5353", "192.0.2.1:5353")]
    #[case("2001:db8::1", "[2001:db8::1]:53")]
    #[case("[2001:db8::1]:5353", "[2001:db8::1]:5353")]
    fn addresses(#[case] text: &str, #[case] expected: SocketAddr) {
        assert!(matches!(Server::of(text), Server::Address(address) if address == expected));
    }

    #[test]
    fn names() {
        assert!(
            matches!(Server::of("ns-1.example.org."), Server::Name(name) if name == "ns-1.example.org")
        );
    }

    #[test]
    fn the_zone_of_a_host_is_found_upwards() {
        let standin = Route53::start(Options::default());
        let host = Host::parse("*.a.home.example.net").unwrap();
        let found = discover(&host, &[standin.name_server()]);
        assert_eq!(found, Some(vec!["ns-1.example.org".to_owned()]));
        let elsewhere = Host::parse("home.example.com").unwrap();
        assert_eq!(discover(&elsewhere, &[standin.name_server()]), None);
    }
}
