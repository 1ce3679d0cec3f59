//! Glance: asking the zone's own name servers what it holds, before any call to the API.
//!
//! An answer with authority that shows exactly what is wanted means that nothing is to do. Any other is
//! a guess, with address and TTL, from which a change is planned. No answer: the API is asked.
//!
//! - Absence proves too little to be the end of it (an empty answer may come of a health check): it is
//!   a guess from which a record is created, never a reason to say that nothing is to do.
//! - A wildcard name is asked for literally; its answer counts if its owner is the wildcard itself.
//! - An alias or weighted set that answers exactly as wanted counts: nothing is overwritten then.
//! - After a change of ours the answer is not believed for a while, see `known`.

use crate::guess::message::{Answer, judge, question};
use crate::guess::servers::Servers;
use crate::guess::shows;
use crate::settings::NameServers;
use crate::wait::lock;
use dyn53_core::{RecordData, RecordSet, RecordType, Wanted};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Mutex;
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

/// What the name servers show of one record set: it, or that there is none. `None`: nothing.
pub(crate) type Shown = Option<Option<RecordSet>>;

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

/// One question and what came of it.
struct Asked<'a> {
    id: u16,
    wanted: &'a Wanted,
    answer: Option<Shown>,
}

impl Glance {
    /// `None`: there shall be none.
    pub(crate) fn of(servers: &NameServers) -> Option<Self> {
        let names = match servers {
            NameServers::These(names) => Some(names.as_slice()),
            NameServers::OfTheZone => None,
            NameServers::None => return None,
        };
        Some(Self {
            servers: Servers::new(names),
            rest: Mutex::default(),
        })
    }

    /// What the name servers show of each of `wanted`, in the same order. `names` finds them. Texts are not asked
    /// for: that one is there already must be sure, and a challenge comes too seldom for the call to matter.
    pub(crate) fn look(
        &self,
        wanted: &[&Wanted],
        deadline: Instant,
        names: &dyn Fn() -> Option<Vec<String>>,
    ) -> Vec<Shown> {
        let addresses = wanted.iter().filter(|w| w.record_type != RecordType::Txt);
        let nothing = || vec![None; wanted.len()];
        if addresses.count() < wanted.len() || wanted.is_empty() || self.rests() {
            return nothing();
        }
        self.servers.find(names);
        let now = Instant::now();
        let Some(whole) = now.checked_add(TIME).filter(|end| *end <= deadline) else {
            // A request without time for a whole glance would only count a silence.
            return nothing();
        };
        let Some(mut asked) = wanted
            .iter()
            .map(|w| Asked::new(w))
            .collect::<Option<Vec<_>>>()
        else {
            return nothing();
        };
        for (round, until) in [now + PATIENCE, whole].into_iter().enumerate() {
            if let Some(server) = self.servers.pick(until) {
                let _no_network = ask(server, &mut asked, until);
            }
            if asked.iter().all(|question| question.answer.is_some()) {
                break;
            }
            if round == 0 {
                self.servers.prefer_next();
            }
        }
        self.count(asked.iter().all(|question| question.answer.is_some()));
        asked
            .into_iter()
            .map(|asked| asked.answer.flatten())
            .collect()
    }

    /// Whether all name servers show `data` for `wanted`, after a wait of ten seconds at most.
    pub(crate) fn shows(
        &self,
        wanted: &Wanted,
        data: &RecordData,
        deadline: Instant,
        names: &dyn Fn() -> Option<Vec<String>>,
    ) -> bool {
        self.servers.find(names);
        shows::by_all(&self.servers, wanted, data, deadline)
    }

    fn rests(&self) -> bool {
        let until = lock(&self.rest).until;
        until.is_some_and(|until| Instant::now() < until)
    }

    fn count(&self, heard: bool) {
        let mut rest = lock(&self.rest);
        rest.silences = if heard { 0 } else { rest.silences + 1 };
        if rest.silences >= SILENCES {
            *rest = Rest {
                silences: 0,
                until: Some(Instant::now() + REST),
            };
        }
    }
}

impl<'a> Asked<'a> {
    /// `None`: the system has no random number.
    fn new(wanted: &'a Wanted) -> Option<Self> {
        let random = getrandom::u32().ok()?;
        Some(Self {
            id: (random >> 16) as u16,
            wanted,
            answer: None,
        })
    }
}

/// Asks for all that has no answer yet, each with an id of its own, from a port of the system's choice.
fn ask(server: SocketAddr, asked: &mut [Asked], until: Instant) -> std::io::Result<()> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    // From then on, only this server's datagrams come in.
    socket.connect(server)?;
    for open in asked.iter().filter(|asked| asked.answer.is_none()) {
        socket.send(&question(open.id, open.wanted))?;
    }
    let mut buffer = [0; LARGEST];
    while asked.iter().any(|asked| asked.answer.is_none()) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let length = socket.recv(&mut buffer)?;
        let message = buffer.get(..length).unwrap_or_default();
        // Forged answers are passed over until the time is up.
        for open in asked.iter_mut().filter(|asked| asked.answer.is_none()) {
            open.answer = match judge(message, open.id, open.wanted) {
                Answer::Shown(set) => Some(Some(set)),
                Answer::Doubt => Some(None),
                Answer::NotOurs => None,
            };
        }
    }
    Ok(())
}
