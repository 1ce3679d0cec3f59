//! UDP: questions and their replies, each sent from the address that its question came to.

use super::Protocol;
use super::answer::Answers;
use super::head::shortest;
use super::rate::Rate;
use crate::listening::PAUSE;
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Receive buffers of a reader. The kernel may put many datagrams of one sender into one of them, so
/// each has the size of the largest datagram.
const BUFFERS: usize = 8;
const BUFFER: usize = u16::MAX as usize;

/// A UDP socket that tells to which of the machine's addresses a datagram came (`IP_PKTINFO`,
/// `IPV6_RECVPKTINFO`).
pub(super) struct Datagrams {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Datagrams {
    /// Prepares a bound socket.
    pub(super) fn new(socket: UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new((&socket).into())?;
        Ok(Self { socket, state })
    }

    async fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        about: &mut [RecvMeta],
    ) -> io::Result<usize> {
        let receive = || self.state.recv((&self.socket).into(), buffers, about);
        self.socket.async_io(Interest::READABLE, receive).await
    }

    /// Sends a reply to where the question came from, from where it came to.
    async fn reply(&self, reply: &[u8], question: &RecvMeta) {
        let transmit = Transmit {
            destination: question.addr,
            ecn: None,
            contents: reply,
            segment_size: None,
            src_ip: question.dst_ip.filter(may_be_a_source),
        };
        let send = || self.state.try_send((&self.socket).into(), &transmit);
        let _lost_as_any_datagram_may_be = self.socket.async_io(Interest::WRITABLE, send).await;
    }
}

/// Nothing is sent from the address of a group.
fn may_be_a_source(ip: &IpAddr) -> bool {
    !ip.is_multicast() && *ip != IpAddr::from([255; 4])
}

/// Answers the questions of one socket until the task is dropped.
pub(super) async fn answer(datagrams: Arc<Datagrams>, answers: Arc<Answers>, rate: Arc<Rate>) {
    let mut space = vec![0; BUFFERS * BUFFER];
    let mut about = [RecvMeta::default(); BUFFERS];
    loop {
        let mut buffers: Vec<_> = space.chunks_mut(BUFFER).map(IoSliceMut::new).collect();
        let Ok(count) = datagrams.receive(&mut buffers, &mut about).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        for (buffer, about) in buffers.iter().zip(&about).take(count) {
            let received = buffer.get(..about.len).unwrap_or_default();
            for message in received.chunks(about.stride.max(1)) {
                if let Some(reply) = reply(message, about, &answers, &rate) {
                    datagrams.reply(&reply, about).await;
                }
            }
        }
    }
}

fn reply(message: &[u8], about: &RecvMeta, answers: &Answers, rate: &Rate) -> Option<Vec<u8>> {
    let from = about.addr;
    if from.port() == 0 {
        None
    } else if rate.allows(from.ip()) {
        answers.reply(message, from, Protocol::Udp)
    } else {
        shortest(message)
    }
}
