//! The zone's name servers: as given, or as the zone's own NS records name them.

use crate::wait::lock;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const PORT: u16 = 53;

/// After the names could not be found they are not looked for again for a while.
const REST: Duration = Duration::from_secs(300);

/// Name servers; each name is resolved when its server is first needed.
pub(crate) struct Servers {
    known: Arc<Mutex<Vec<Server>>>,
    /// When names may be looked for; `None`: never again.
    search: Mutex<Option<Instant>>,
    preferred: AtomicUsize,
}

#[derive(Clone, Debug)]
enum Server {
    Address(SocketAddr),
    Name(String),
}

impl Servers {
    /// These; `None`: [`find`](Self::find) tells them.
    pub(crate) fn new(names: Option<&[String]>) -> Self {
        let known = names.unwrap_or_default().iter();
        let known: Vec<Server> = known.map(|name| Server::of(name)).collect();
        let search = names.is_none().then(Instant::now);
        Self {
            known: Arc::new(Mutex::new(known)),
            search: Mutex::new(search),
            preferred: AtomicUsize::new(getrandom::u32().map_or(0, |random| random as usize)),
        }
    }

    /// Looks for the names if they are not known yet. Other requests wait meanwhile.
    pub(crate) fn find(&self, names: &dyn Fn() -> Option<Vec<String>>) {
        let mut search = lock(&self.search);
        if search.is_some_and(|from| from <= Instant::now()) {
            let found = names();
            *search = found.is_none().then(|| Instant::now() + REST);
            let servers = found.unwrap_or_default();
            *lock(&self.known) = servers.iter().map(|name| Server::of(name)).collect();
        }
    }

    /// The address of the server that is preferred now; `None`: not known `until` then.
    pub(crate) fn pick(&self, until: Instant) -> Option<SocketAddr> {
        let preferred = self.preferred.load(Ordering::Relaxed);
        let place = preferred.checked_rem(lock(&self.known).len())?;
        self.address(place, until)
    }

    /// The addresses of all servers; `None`: not known `until` then.
    pub(crate) fn every(&self, until: Instant) -> Vec<Option<SocketAddr>> {
        let count = lock(&self.known).len();
        (0..count).map(|place| self.address(place, until)).collect()
    }

    fn address(&self, place: usize, until: Instant) -> Option<SocketAddr> {
        let name = match lock(&self.known).get(place)? {
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

#[cfg(test)]
mod tests {
    use super::*;
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
    fn what_is_found_is_not_looked_for_again() {
        let servers = Servers::new(None);
        servers.find(&|| None);
        servers.find(&|| panic!("within the rest"));
        let servers = Servers::new(None);
        servers.find(&|| Some(vec!["192.0.2.1".into()]));
        servers.find(&|| panic!("known already"));
        assert_eq!(
            servers.pick(Instant::now()),
            Some(([192, 0, 2, 1], 53).into())
        );
    }
}
