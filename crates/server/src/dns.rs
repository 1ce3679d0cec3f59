//! DNS: the sockets on which embedded zones are answered, UDP and TCP (RFC 7766).
//!
//! The sockets are our own: hickory's server neither bounds its TCP connections nor queues more
//! than a handful of replies. Messages are hickory's.

mod answer;
mod rate;

pub use answer::Answers;
pub use hickory_server::net::xfer::Protocol;
use rate::{Rate, Verdict};

use crate::connections::{Connections, Place};
use crate::limits::Limits;
use crate::log::Log;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Larger questions are cut off, which makes them unreadable.
const MAX_QUESTION: usize = 4096;
/// How long to wait after a socket error that may come at once again.
const PAUSE: Duration = Duration::from_millis(50);

/// The two sockets of one address.
pub(crate) struct Dns {
    udp: Arc<UdpSocket>,
    tcp: TcpListener,
    answers: Arc<Answers>,
    limits: Limits,
}

impl Dns {
    /// Binds UDP and TCP to the same address; port 0 takes a port that both have free.
    pub(crate) async fn bind(
        address: SocketAddr,
        answers: Answers,
        limits: &Limits,
    ) -> io::Result<Self> {
        let mut tries = 0;
        loop {
            let tcp = TcpListener::bind(address).await?;
            match UdpSocket::bind(tcp.local_addr()?).await {
                Ok(udp) => {
                    return Ok(Self {
                        udp: Arc::new(udp),
                        tcp,
                        answers: Arc::new(answers),
                        limits: limits.clone(),
                    });
                }
                Err(_) if address.port() == 0 && tries < 20 => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }

    /// Answers until it is dropped.
    pub(crate) async fn run(self, log: Arc<Log>) {
        let rate = Arc::new(Rate::new(&self.limits));
        let mut loops = JoinSet::new();
        let readers = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..readers {
            let (udp, answers, rate) = (
                Arc::clone(&self.udp),
                Arc::clone(&self.answers),
                Arc::clone(&rate),
            );
            loops.spawn(answer_udp(udp, answers, rate));
        }
        loops.spawn(answer_tcp(self.tcp, self.answers, self.limits));
        while let Some(ended) = loops.join_next().await {
            log.error(&format!(
                "a part of the DNS server has ended: {ended:?}; restart dyn53"
            ));
        }
    }
}

async fn answer_udp(socket: Arc<UdpSocket>, answers: Arc<Answers>, rate: Arc<Rate>) {
    let mut buffer = [0; MAX_QUESTION];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default();
        let reply = match rate.check(from.ip()) {
            Verdict::Answer => answers.reply(message, from, Protocol::Udp),
            Verdict::Truncate => answer::truncated(message),
            Verdict::Drop => None,
        };
        if let Some(reply) = reply.filter(|_| from.port() != 0) {
            let _lost_as_any_datagram_may_be = socket.send_to(&reply, from).await;
        }
    }
}

async fn answer_tcp(listener: TcpListener, answers: Arc<Answers>, limits: Limits) {
    let open = Connections::new(limits.dns_connections, limits.dns_connections_per_address);
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if let Some(place) = open.enter(from.ip(), false) {
            tokio::spawn(converse(
                stream,
                from,
                Arc::clone(&answers),
                limits.dns_idle,
                place,
            ));
        }
    }
}

async fn converse(
    stream: TcpStream,
    from: SocketAddr,
    answers: Arc<Answers>,
    idle: Duration,
    place: Place,
) {
    tokio::select! {
        _closed = answer_stream(stream, from, &answers, idle) => {}
        () = place.evicted() => {}
    }
}

async fn answer_stream(
    mut stream: TcpStream,
    from: SocketAddr,
    answers: &Answers,
    idle: Duration,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let message = timeout(idle, read_message(&mut stream)).await??;
        let Some(reply) = answers.reply(&message, from, Protocol::Tcp) else {
            return Ok(());
        };
        let length = u16::try_from(reply.len()).unwrap_or_default().to_be_bytes();
        timeout(
            idle,
            stream.write_all(&[&length, reply.as_slice()].concat()),
        )
        .await??;
    }
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = usize::from(stream.read_u16().await?);
    if length > MAX_QUESTION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
