//! A stand-in for Amazon Route 53 over real sockets, as strict as AWS: the API over HTTP or HTTPS, and the
//! zone's name server over UDP.
//!
//! Texts and limits are those that AWS's documents and users' reports name; none was compared with
//! a live account by this project.

mod change;
mod contents;
pub(crate) mod http;
mod lies;
mod list;
mod name_server;
mod signature;
mod throttle;
mod tls;
mod trouble;
mod xml;

pub use contents::{Contents, Record};
pub use lies::Lie;
pub use throttle::Throttle;
pub use tls::Authority;
pub use trouble::Trouble;

use change::Refused;
use http::Received;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use throttle::Bucket;
use xml::{document, element};

/// An access key that the stand-in knows.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The session token that must come with it.
    pub token: Option<String>,
}

/// How the stand-in is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name and id of each hosted zone.
    pub zones: Vec<(String, String)>,
    /// Who may call; nobody listed: signatures are not checked.
    pub keys: Vec<Key>,
    /// The region that calls are signed for.
    pub region: String,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where the name server listens.
    pub dns: SocketAddr,
    /// Certificate chain and key, as PEM; `None`: plain HTTP.
    pub tls: Option<(Vec<u8>, Vec<u8>)>,
    /// How many calls an account may make; `None`: any.
    pub throttle: Option<Throttle>,
    /// How many changes an account may make, counted in elements; `None`: any.
    pub change_throttle: Option<Throttle>,
    /// How long a change of a zone is processed; another one is refused meanwhile.
    pub processing: Duration,
    /// How long each answer of the API takes on its way.
    pub latency: Duration,
    /// How long each answer of the name server takes on its way.
    pub dns_latency: Duration,
    /// How much later the name server knows of a change.
    pub propagation: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            zones: vec![("example.net".into(), "Z0123456789ABC".into())],
            keys: vec![Key {
                id: "AKIDEXAMPLE".into(),
                secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
                token: None,
            }],
            region: "us-east-1".into(),
            listen: any_port,
            dns: any_port,
            tls: None,
            throttle: None,
            change_throttle: None,
            processing: Duration::ZERO,
            latency: Duration::ZERO,
            dns_latency: Duration::ZERO,
            propagation: Duration::ZERO,
        }
    }
}

/// What was called so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// ListResourceRecordSets.
    pub list: u32,
    /// ChangeResourceRecordSets.
    pub change: u32,
    /// Of these, how many were answered with each error code.
    pub refused: HashMap<String, u32>,
    /// Connections accepted.
    pub connections: u32,
    /// Questions that the name server got.
    pub questions: u32,
    /// The comments of the changes, in order, and how many changes each batch had.
    pub batches: Vec<(String, usize)>,
}

impl Calls {
    /// All calls of the API.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.list + self.change
    }
}

/// A Route 53 that listens until it is dropped.
pub struct Route53 {
    shared: Arc<Shared>,
    api: SocketAddr,
    dns: SocketAddr,
}

pub(crate) struct Shared {
    options: Options,
    tls: Option<Arc<ServerConfig>>,
    closed: AtomicBool,
    state: Mutex<State>,
}

struct State {
    zones: HashMap<String, Contents>,
    view: name_server::View,
    busy: HashSet<String>,
    bucket: Option<Bucket>,
    change_bucket: Option<Bucket>,
    calls: Calls,
    trouble: VecDeque<Trouble>,
    steady: Option<Trouble>,
    lies: VecDeque<Lie>,
    steady_lie: Option<Lie>,
    change_number: u32,
    vague: bool,
}

impl Route53 {
    /// Starts one.
    ///
    /// # Panics
    /// If an address is taken or a certificate cannot be used.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let listener = TcpListener::bind(options.listen).unwrap();
        let socket = std::net::UdpSocket::bind(options.dns).unwrap();
        let (api, dns) = (listener.local_addr().unwrap(), socket.local_addr().unwrap());
        let zones = options.zones.iter();
        let zones = zones.map(|(name, id)| (id.clone(), Contents::new(name, "ns-1.example.org")));
        let shared = Arc::new(Shared {
            tls: options
                .tls
                .as_ref()
                .map(|(chain, key)| tls::server(chain, key)),
            closed: AtomicBool::new(false),
            state: Mutex::new(State {
                zones: zones.collect(),
                view: name_server::View::default(),
                busy: HashSet::new(),
                bucket: options.throttle.map(Bucket::new),
                change_bucket: options.change_throttle.map(Bucket::new),
                calls: Calls::default(),
                trouble: VecDeque::new(),
                steady: None,
                lies: VecDeque::new(),
                steady_lie: None,
                change_number: 0,
                vague: false,
            }),
            options,
        });
        let own = shared.clone();
        thread::spawn(move || own.accept(&listener));
        let own = shared.clone();
        thread::spawn(move || name_server::serve(&own, &socket));
        Self { shared, api, dns }
    }

    /// Where the API is, by the name `localhost`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://localhost:{}", self.api.port())
    }

    /// Where the API listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.api
    }

    /// Where the name server is.
    #[must_use]
    pub fn name_server(&self) -> SocketAddr {
        self.dns
    }

    /// Puts a record set into a zone, unchecked.
    ///
    /// # Panics
    /// If there is no such zone.
    pub fn put(&self, zone_id: &str, record: Record) {
        self.shared
            .lock()
            .zones
            .get_mut(zone_id)
            .unwrap()
            .put(record);
    }

    /// What a zone holds, but for its SOA and NS records.
    ///
    /// # Panics
    /// If there is no such zone.
    #[must_use]
    pub fn records(&self, zone_id: &str) -> Vec<Record> {
        let state = self.shared.lock();
        let all = state.zones.get(zone_id).unwrap().all();
        let others = all.filter(|record| record.kind != "SOA" && record.kind != "NS");
        others.cloned().collect()
    }

    /// What was called so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.shared.lock().calls.clone()
    }

    /// Makes the next calls go wrong, in this order.
    pub fn trouble(&self, trouble: impl IntoIterator<Item = Trouble>) {
        self.shared.lock().trouble.extend(trouble);
    }

    /// Makes each call go wrong until told otherwise.
    pub fn steady_trouble(&self, trouble: Option<Trouble>) {
        self.shared.lock().steady = trouble;
    }

    /// Refuses batches from now on without saying which record is wrong.
    pub fn be_vague(&self) {
        self.shared.lock().vague = true;
    }

    /// Makes the name server lie about the next questions, in this order.
    pub fn lie(&self, lies: impl IntoIterator<Item = Lie>) {
        self.shared.lock().lies.extend(lies);
    }

    /// Makes the name server lie until told otherwise.
    pub fn steady_lie(&self, lie: Option<Lie>) {
        self.shared.lock().steady_lie = lie;
    }
}

impl Drop for Route53 {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _wakes_the_listener = TcpStream::connect(self.api);
        name_server::wake(self.dns);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
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

pub(crate) fn error(code: &str, message: &str) -> String {
    let inner = element("Type", "Sender") + &element("Code", code) + &element("Message", message);
    document(
        "ErrorResponse",
        &format!(
            "<Error>{inner}</Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
        ),
    )
}
