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
mod serve;
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

use serve::{Shared, State};
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
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

pub(crate) fn error(code: &str, message: &str) -> String {
    let inner = element("Type", "Sender") + &element("Code", code) + &element("Message", message);
    document(
        "ErrorResponse",
        &format!(
            "<Error>{inner}</Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
        ),
    )
}
