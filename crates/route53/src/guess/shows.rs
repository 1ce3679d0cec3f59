//! Shows: whether all name servers of a zone tell a value that was added.
//!
//! Route 53 takes a change before its name servers know of it, mostly for a few seconds. Who answers a
//! challenge must not say so sooner than the authority can see it.
//!
//! A server that cannot be asked (its name is not found, UDP does not get through) is given up after two
//! rounds: to wait without seeing anything would only look like a check.

use crate::guess::message::{Answer, judge, question};
use crate::guess::servers::Servers;
use dyn53_core::{RecordData, Wanted};
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

/// The whole time. The function has 15 seconds, and no client waits for less than 30.
const LONGEST: Duration = Duration::from_secs(10);

/// How long the servers may take to answer one round of questions.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long after one round the next one begins.
const PAUSE: Duration = Duration::from_millis(500);

/// In so many rounds a server may be silent.
const SILENCES: u32 = 2;

/// The least time to read what is there already.
const LEAST: Duration = Duration::from_millis(1);

/// The largest answer we take (DNS flag day 2020).
const LARGEST: usize = 1232;

/// A server that does not show the value yet.
struct Behind {
    address: SocketAddr,
    silences: u32,
}

/// What a server said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    NotYet,
    Shown,
}

/// Whether all servers show `data` for `wanted`, asked again and again until they do or the time is up.
pub(super) fn by_all(
    servers: &Servers,
    wanted: &Wanted,
    data: &RecordData,
    deadline: Instant,
) -> bool {
    let start = Instant::now();
    let until = deadline.min(start + LONGEST);
    let addresses = servers.every(until.min(start + PATIENCE));
    let mut given_up = addresses.is_empty() || addresses.iter().any(Option::is_none);
    let behind = |address| Behind {
        address,
        silences: 0,
    };
    let mut open: Vec<Behind> = addresses.into_iter().flatten().map(behind).collect();
    loop {
        let said = ask(&open, wanted, data, until.min(Instant::now() + PATIENCE));
        for (server, said) in open.iter_mut().zip(&said) {
            server.silences += u32::from(*said == Said::Nothing);
        }
        let mut said = said.into_iter();
        open.retain(|_| said.next() != Some(Said::Shown));
        let count = open.len();
        open.retain(|server| server.silences < SILENCES);
        given_up |= open.len() < count;
        let left = until.saturating_duration_since(Instant::now());
        if open.is_empty() || left <= PAUSE {
            return open.is_empty() && !given_up;
        }
        thread::sleep(PAUSE);
    }
}

/// One round: all servers are asked before any is listened to.
fn ask(servers: &[Behind], wanted: &Wanted, data: &RecordData, until: Instant) -> Vec<Said> {
    let asked: Vec<_> = servers.iter().map(|s| send(s.address, wanted)).collect();
    let said = asked.into_iter().map(|asked| {
        let said = asked.and_then(|(socket, id)| listen(&socket, id, wanted, data, until));
        said.unwrap_or(Said::Nothing)
    });
    said.collect()
}

fn send(server: SocketAddr, wanted: &Wanted) -> Option<(UdpSocket, u16)> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let id = (getrandom::u32().ok()? >> 16) as u16;
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(server).ok()?;
    socket.send(&question(id, wanted)).ok()?;
    Some((socket, id))
}

/// `None`: nothing came in time.
fn listen(
    socket: &UdpSocket,
    id: u16,
    wanted: &Wanted,
    data: &RecordData,
    until: Instant,
) -> Option<Said> {
    let mut buffer = [0; LARGEST];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // What came while another server was listened to is read also when the time is up.
        socket.set_read_timeout(Some(left.max(LEAST))).ok()?;
        let length = socket.recv(&mut buffer).ok()?;
        match judge(buffer.get(..length)?, id, wanted) {
            Answer::Shown(Some(set)) if set.values.contains(data) => return Some(Said::Shown),
            Answer::Shown(_) | Answer::Doubt => return Some(Said::NotYet),
            Answer::NotOurs if left.is_zero() => return None,
            Answer::NotOurs => {}
        }
    }
}
