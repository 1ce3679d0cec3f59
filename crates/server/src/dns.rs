//! DNS: the sockets on which embedded zones are answered, UDP and TCP (RFC 7766).
//!
//! The sockets are our own: hickory's server neither bounds its TCP connections nor queues more
//! than a handful of replies. Messages are hickory's.

mod answer;
mod head;
mod message;
mod names;
mod rate;
mod tcp;
mod udp;

pub use answer::Answers;
pub use hickory_server::net::xfer::Protocol;

use crate::limits::Limits;
use crate::listening::{self, Listeners};
use crate::log::Log;
use rate::Rate;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use udp::Datagrams;

/// Free ports that are tried until one is free for both protocols.
const TRIES: u32 = 20;

/// The two sockets of each address.
pub(crate) struct Dns {
    udp: Vec<Arc<Datagrams>>,
    tcp: Listeners,
    answers: Arc<Answers>,
    limits: Limits,
}

impl Dns {
    /// Binds UDP and TCP to each of `addresses`; port 0 takes a port that both have free.
    ///
    /// # Errors
    /// The first address that cannot be used, and what the system says.
    pub(crate) fn bind(
        addresses: &[SocketAddr],
        answers: Answers,
        limits: &Limits,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let mut udp = Vec::new();
        let mut tcp = Vec::new();
        for address in addresses {
            let pair = pair(*address, addresses).map_err(|error| (*address, error))?;
            udp.push(Arc::new(pair.0));
            tcp.push(pair.1);
        }
        Ok(Self {
            udp,
            tcp: Listeners::of(tcp),
            answers: Arc::new(answers),
            limits: limits.clone(),
        })
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.tcp.addresses()
    }

    /// Answers until it is dropped.
    pub(crate) async fn run(self, log: Arc<Log>) {
        let rate = Arc::new(Rate::new(&self.limits));
        let mut loops = JoinSet::new();
        let readers = std::thread::available_parallelism().map_or(1, usize::from);
        for datagrams in &self.udp {
            for _ in 0..readers {
                let (datagrams, answers) = (Arc::clone(datagrams), Arc::clone(&self.answers));
                loops.spawn(udp::answer(datagrams, answers, Arc::clone(&rate)));
            }
        }
        loops.spawn(tcp::answer(self.tcp, self.answers, self.limits));
        while let Some(ended) = loops.join_next().await {
            log.error(&format!(
                "a part of the DNS server has ended: {ended:?}; restart dyn53"
            ));
        }
    }
}

fn pair(address: SocketAddr, all: &[SocketAddr]) -> io::Result<(Datagrams, TcpListener)> {
    let mut tries = 0;
    loop {
        let tcp = listening::tcp(address, all)?;
        match listening::udp(tcp.local_addr()?, all).and_then(Datagrams::new) {
            Ok(udp) => return Ok((udp, tcp)),
            Err(_) if address.port() == 0 && tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}
