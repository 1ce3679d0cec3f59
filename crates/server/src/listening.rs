//! Listening: sockets on each address of a list, and connections from whichever has one.

use socket2::{Domain, Protocol, Socket, Type};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// How long to wait after a socket error that may come at once again.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// TCP listeners.
pub(crate) struct Listeners {
    all: Vec<TcpListener>,
    /// The one that is looked at first, so that a busy one does not starve the others.
    first: AtomicUsize,
}

impl Listeners {
    /// Listens on all `addresses`.
    ///
    /// # Errors
    /// The first address that cannot be used, and what the system says.
    pub(crate) fn bind(addresses: &[SocketAddr]) -> Result<Self, (SocketAddr, io::Error)> {
        let all = addresses
            .iter()
            .map(|address| tcp(*address, addresses).map_err(|error| (*address, error)));
        Ok(Self::of(all.collect::<Result<_, _>>()?))
    }

    /// These listeners.
    pub(crate) fn of(all: Vec<TcpListener>) -> Self {
        Self {
            all,
            first: AtomicUsize::new(0),
        }
    }

    /// Where they listen.
    pub(crate) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.all.iter().map(TcpListener::local_addr).collect()
    }

    /// The next connection of any of them.
    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let first = self.first.fetch_add(1, Ordering::Relaxed) % self.all.len().max(1);
        poll_fn(|task| {
            let (before, from) = self.all.split_at_checked(first).unwrap_or_default();
            for listener in from.iter().chain(before) {
                if let Poll::Ready(accepted) = listener.poll_accept(task) {
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// A TCP listener on `address`, one of `all`.
pub(crate) fn tcp(address: SocketAddr, all: &[SocketAddr]) -> io::Result<TcpListener> {
    let socket = socket(address, all, Type::STREAM, Protocol::TCP)?;
    // A restart must not wait for the connections of the last run.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// A UDP socket on `address`, one of `all`.
pub(crate) fn udp(address: SocketAddr, all: &[SocketAddr]) -> io::Result<UdpSocket> {
    let socket = socket(address, all, Type::DGRAM, Protocol::UDP)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

fn socket(
    address: SocketAddr,
    all: &[SocketAddr],
    kind: Type,
    protocol: Protocol,
) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    // `[::]` takes IPv4 as well, unless `0.0.0.0` is listed too.
    let any_v4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), address.port());
    if address.is_ipv6() && all.contains(&any_v4) {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::HashSet;

    #[rstest]
    #[case(&["0.0.0.0:0", "[::]:0"], 2)]
    #[case(&["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"], 3)]
    #[tokio::test]
    async fn every_listener_is_heard(#[case] addresses: &[&str], #[case] count: usize) {
        let addresses: Vec<SocketAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
        let listeners = Listeners::bind(&addresses).unwrap();
        let bound = listeners.addresses().unwrap();
        let mut heard = HashSet::new();
        for address in bound.iter().chain(&bound) {
            let stream = TcpStream::connect(address).await.unwrap();
            let (_, from) = listeners.accept().await.unwrap();
            assert_eq!(from, stream.local_addr().unwrap());
            heard.insert(stream.peer_addr().unwrap().port());
        }
        assert_eq!(heard.len(), count);
    }

    #[tokio::test]
    async fn the_same_port_of_both_families() {
        let free = Listeners::bind(&["0.0.0.0:0".parse().unwrap()]).unwrap();
        let port = free.addresses().unwrap()[0].port();
        drop(free);
        let both = [format!("0.0.0.0:{port}"), format!("[::]:{port}")];
        let both: Vec<SocketAddr> = both.iter().map(|a| a.parse().unwrap()).collect();
        assert!(Listeners::bind(&both).is_ok());
    }
}
