//! Glance: asking the zone's own name servers whether everything is as wanted already.
//!
//! It only ever saves work: all record sets exactly as wanted, told by an authoritative answer,
//! means that nothing is to do. Anything else, any doubt, no answer: the API is asked.
//!
//! - A set that shall be absent is never glanced at: absence proves too little (an empty answer may
//!   come of a health check), and it is rare.
//! - A wildcard name is asked for literally; its answer counts if its owner is the wildcard itself.
//! - An alias or weighted set that answers exactly as wanted counts: nothing is overwritten then.
//! - After a change of ours the answer is not believed for a while, see `memory`.

pub mod message;
mod server;

use crate::glance::message::{Verdict, judge, question};
use crate::glance::server::Servers;
use dyn53_core::{Values, Wanted};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The whole time of a glance.
const TIME: Duration = Duration::from_millis(250);

/// After this time without all answers the next name server is asked.
const PATIENCE: Duration = Duration::from_millis(100);

/// After so many glances in a row without an answer none is made for a while: UDP does not get through.
const SILENCES: u32 = 3;
const REST: Duration = Duration::from_secs(300);

/// The largest answer we take (DNS flag day 2020).
const LARGEST: usize = 1232;

/// The name servers of a zone.
pub(crate) struct Glance {
    servers: Servers,
    rest: Mutex<Rest>,
}

#[derive(Default)]
struct Rest {
    silences: u32,
    until: Option<Instant>,
}

/// What one name server came to.
enum Seen {
    AsWanted,
    Doubt,
    Silence,
}

impl Glance {
    /// `names` as in the settings; none: they are looked up.
    pub(crate) fn new(names: &[String]) -> Self {
        Self {
            servers: Servers::new(names),
            rest: Mutex::default(),
        }
    }

    /// Whether the name servers show everything as `wanted`.
    pub(crate) fn shows(&self, wanted: &[Wanted], deadline: Instant) -> bool {
        let now = Instant::now();
        let end = deadline.min(now + TIME);
        let Some(first) = wanted.first() else {
            return false;
        };
        if self.rests(now) || wanted.iter().any(|wanted| wanted.values == Values::None) {
            return false;
        }
        let mut open: Vec<&Wanted> = wanted.iter().collect();
        for (round, until) in [end.min(now + PATIENCE), end].into_iter().enumerate() {
            let server = self.servers.pick(&first.host, until);
            let seen = server.map_or(Seen::Silence, |server| ask(server, &mut open, until));
            match seen {
                Seen::AsWanted => return self.heard(true),
                Seen::Doubt => return self.heard(false),
                Seen::Silence if round == 0 => self.servers.prefer_next(),
                Seen::Silence => {}
            }
        }
        self.silent()
    }

    fn rests(&self, now: Instant) -> bool {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.until.is_some_and(|until| now < until)
    }

    fn heard(&self, verdict: bool) -> bool {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.silences = 0;
        verdict
    }

    fn silent(&self) -> bool {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.silences += 1;
        if rest.silences >= SILENCES {
            *rest = Rest {
                silences: 0,
                until: Some(Instant::now() + REST),
            };
        }
        false
    }
}

/// Asks for all that is `open` at once, each with an id of its own, from a port of the system's choice;
/// what is answered as wanted is not open any more.
fn ask(server: SocketAddr, open: &mut Vec<&Wanted>, until: Instant) -> Seen {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any).and_then(|socket| {
        // From then on, only this server's datagrams come in.
        socket.connect(server)?;
        Ok(socket)
    });
    let Ok(socket) = socket else {
        return Seen::Silence;
    };
    let mut asked = Vec::new();
    for wanted in open.iter() {
        let Ok(id) = getrandom::u32().map(|random| (random >> 16) as u16) else {
            return Seen::Doubt;
        };
        let sent = question(id, wanted).map(|bytes| socket.send(&bytes));
        if !matches!(sent, Some(Ok(_))) {
            return Seen::Silence;
        }
        asked.push((id, *wanted));
    }
    let seen = listen(&socket, &mut asked, until);
    *open = asked.into_iter().map(|(_, wanted)| wanted).collect();
    seen
}

fn listen(socket: &UdpSocket, asked: &mut Vec<(u16, &Wanted)>, until: Instant) -> Seen {
    let mut buffer = [0; LARGEST];
    while !asked.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return Seen::Silence;
        }
        let Ok(length) = socket.recv(&mut buffer) else {
            return Seen::Silence;
        };
        let message = buffer.get(..length).unwrap_or_default();
        let judged = asked.iter().enumerate();
        let mut judged = judged.map(|(place, (id, wanted))| (place, judge(message, *id, wanted)));
        match judged.find(|(_, verdict)| *verdict != Verdict::NotOurs) {
            Some((place, Verdict::AsWanted)) => drop(asked.swap_remove(place)),
            Some(_) => return Seen::Doubt,
            // Whoever forges answers gets no more than our patience.
            None => {}
        }
    }
    Seen::AsWanted
}
