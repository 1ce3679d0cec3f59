//! The API: connections, calls, what goes wrong with them, and what they do.

use super::change::{self, Refused};
use super::contents::{self, Contents, Record};
use super::http::{self, Received};
use super::throttle::Bucket;
use super::xml::{document, element};
use super::{Calls, Lie, Options, Trouble, error, list, name_server, signature};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) closed: AtomicBool,
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) zones: HashMap<String, Contents>,
    pub(crate) view: name_server::View,
    pub(crate) busy: HashSet<String>,
    pub(crate) bucket: Option<Bucket>,
    pub(crate) change_bucket: Option<Bucket>,
    pub(crate) calls: Calls,
    pub(crate) trouble: VecDeque<Trouble>,
    pub(crate) steady: Option<Trouble>,
    pub(crate) lies: VecDeque<Lie>,
    pub(crate) steady_lie: Option<Lie>,
    pub(crate) change_number: u32,
    pub(crate) vague: bool,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(crate) fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.is_closed() {
                return;
            }
            let Ok(stream) = stream else { continue };
            self.lock().calls.connections += 1;
            let own = self.clone();
            thread::spawn(move || own.connection(stream));
        }
    }

    fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let raw = stream.try_clone()?;
        match &self.tls {
            None => self.exchanges(stream, &raw),
            Some(config) => {
                let session = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
                self.exchanges(StreamOwned::new(session, stream), &raw)
            }
        }
    }

    fn exchanges(&self, mut stream: impl Read + Write, raw: &TcpStream) -> io::Result<()> {
        let mut buffer = Vec::new();
        while let Some(request) = Received::read(&mut stream, &mut buffer)? {
            if self.is_closed() {
                return Ok(());
            }
            if let Some(shown) = self.shown(&request) {
                http::reply(&mut stream, 200, &shown)?;
                continue;
            }
            let trouble = self.next_trouble(&request);
            match trouble.as_ref().map(|trouble| (trouble.answer(), trouble)) {
                Some((Some((status, body)), _)) => http::reply(&mut stream, status, &body)?,
                Some((None, trouble)) => {
                    if *trouble == Trouble::LostAnswer {
                        let _lost = self.answer(&request);
                    }
                    return trouble.play(&mut stream, raw);
                }
                None => {
                    thread::sleep(self.options.latency);
                    let (status, body) = self.answer(&request);
                    http::reply(&mut stream, status, &body)?;
                }
            }
        }
        Ok(())
    }

    /// What was called and what the zones hold, for tests in other languages.
    fn shown(&self, request: &Received) -> Option<String> {
        let state = self.lock();
        match request.path() {
            "/standin/calls" => {
                let Calls {
                    list,
                    change,
                    refused,
                    connections,
                    questions,
                    batches,
                } = &state.calls;
                let sizes: Vec<usize> = batches.iter().map(|(_, size)| *size).collect();
                Some(json!({"list": list, "change": change, "refused": refused, "connections": connections, "questions": questions, "batches": sizes}).to_string())
            }
            "/standin/records" => {
                let zone = state
                    .zones
                    .get(&request.parameter("zone").unwrap_or_default());
                let records = zone.iter().flat_map(|zone| zone.all());
                let records = records.map(|set| json!({"name": set.name, "type": set.kind, "ttl": set.ttl, "values": set.values}));
                Some(records.collect::<Value>().to_string())
            }
            _ => None,
        }
    }

    fn next_trouble(&self, request: &Received) -> Option<Trouble> {
        let mut state = self.lock();
        match request.method.as_str() {
            "GET" => state.calls.list += 1,
            _ => state.calls.change += 1,
        }
        let trouble = state.trouble.pop_front().or_else(|| state.steady.clone());
        if let Some(Trouble::Answer { code, .. }) = &trouble {
            *state.calls.refused.entry((*code).to_owned()).or_default() += 1;
        }
        trouble
    }

    fn answer(&self, request: &Received) -> (u16, String) {
        match self.respond(request) {
            Ok(body) => (200, body),
            Err(Refused(status, code, message)) => {
                let mut state = self.lock();
                *state.calls.refused.entry(code.to_owned()).or_default() += 1;
                (status, error(code, &message))
            }
        }
    }

    fn respond(&self, request: &Received) -> Result<String, Refused> {
        let (options, path) = (&self.options, request.path());
        if !options.keys.is_empty() {
            signature::check(request, &options.keys, &options.region)?;
        }
        if !self
            .lock()
            .bucket
            .as_mut()
            .is_none_or(|bucket| bucket.take(1))
        {
            return Err(throttled());
        }
        let below = path
            .strip_prefix("/2013-04-01/hostedzone/")
            .unwrap_or_default();
        match (
            request.method.as_str(),
            below.trim_end_matches('/').split_once('/'),
        ) {
            ("GET", Some((id, "rrset"))) => self.list(id, request),
            ("POST", Some((id, "rrset"))) => self.change(id, request),
            ("GET", None) if !below.is_empty() => self.zone(below),
            _ => Err(Refused(
                404,
                "UnknownOperationException",
                format!("{} {path}", request.method),
            )),
        }
    }

    fn list(&self, id: &str, request: &Received) -> Result<String, Refused> {
        let state = self.lock();
        list::page(state.zones.get(id).ok_or_else(|| no_zone(id))?, request)
    }

    fn zone(&self, id: &str) -> Result<String, Refused> {
        let state = self.lock();
        let zone = state.zones.get(id).ok_or_else(|| no_zone(id))?;
        let name = element("Id", &format!("/hostedzone/{id}"))
            + &element("Name", &contents::escaped(&zone.apex));
        let private =
            element("Config", "").replace("</Config>", "<PrivateZone>false</PrivateZone></Config>");
        Ok(document(
            "GetHostedZoneResponse",
            &format!(
                "<HostedZone>{name}{private}</HostedZone><DelegationSet><NameServers><NameServer>ns-1.example.org</NameServer></NameServers></DelegationSet>"
            ),
        ))
    }

    /// Parses, then holds the zone for the time of processing, then makes the changes.
    fn change(&self, id: &str, request: &Received) -> Result<String, Refused> {
        let body = String::from_utf8_lossy(&request.body);
        let (comment, asked) = change::parse(&body)?;
        {
            let mut state = self.lock();
            if !state.zones.contains_key(id) {
                return Err(no_zone(id));
            }
            state.calls.batches.push((comment, asked.len()));
            let elements = change::cost(&asked).0;
            if !state
                .change_bucket
                .as_mut()
                .is_none_or(|bucket| bucket.take(elements))
            {
                return Err(throttled());
            }
            if !state.busy.insert(id.to_owned()) {
                return Err(Refused(400, "PriorRequestNotComplete", "The request was rejected because Route 53 was still processing a prior request.".into()));
            }
        }
        thread::sleep(self.options.processing);
        let mut state = self.lock();
        state.busy.remove(id);
        let State {
            zones,
            view,
            change_number,
            vague,
            ..
        } = &mut *state;
        let zone = zones.get_mut(id).ok_or_else(|| no_zone(id))?;
        let before = asked.iter().map(|asked| {
            (
                asked.record.name.clone(),
                zone.at(&asked.record.name).cloned().collect(),
            )
        });
        let before: Vec<(String, Vec<Record>)> = before.collect();
        change::apply(zone, &asked).map_err(|refused| match *vague {
            true => Refused(refused.0, refused.1, "[Something is wrong]".into()),
            false => refused,
        })?;
        view.keep(before, self.options.propagation);
        *change_number += 1;
        let info = element("Id", &format!("/change/C{change_number:013}"))
            + &element("Status", "PENDING")
            + &element("SubmittedAt", "2026-11-22T23:15:00.000Z");
        Ok(document(
            "ChangeResourceRecordSetsResponse",
            &format!("<ChangeInfo>{info}</ChangeInfo>"),
        ))
    }
}

fn throttled() -> Refused {
    Refused(400, "Throttling", "Rate exceeded".into())
}

fn no_zone(id: &str) -> Refused {
    Refused(
        404,
        "NoSuchHostedZone",
        format!("No hosted zone found with ID: {id}"),
    )
}
