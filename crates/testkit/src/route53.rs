//! A stand-in for Amazon Route 53 over real sockets, as strict as AWS: the API over HTTP or HTTPS, and the
//! zone's name server over UDP.
//!
//! Texts and limits are those that AWS's documents and users' reports name; none was compared with
//! a live account by this project.

mod api;
mod calls;
mod change;
mod contents;
pub(crate) mod http;
mod journal;
mod judge;
mod lies;
mod list;
mod name_server;
mod options;
mod serve;
mod shown;
mod signature;
mod state;
mod throttle;
mod tls;
mod trouble;
mod view;
mod xml;

pub use calls::Calls;
pub use change::Action;
pub use contents::{Contents, Record};
pub use journal::{Accepted, Writer};
pub use lies::Lie;
pub use options::{Key, Options};
pub use throttle::Throttle;
pub use tls::Authority;
pub use trouble::{Edit, Trouble};

use state::{Shared, State};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

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
        let shared = Arc::new(Shared {
            tls: options
                .tls
                .as_ref()
                .map(|(chain, key)| tls::server(chain, key)),
            closed: AtomicBool::new(false),
            state: Mutex::new(State::of(&options)),
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

    /// The same for the next lists alone.
    pub fn list_trouble(&self, trouble: impl IntoIterator<Item = Trouble>) {
        self.shared.lock().list_trouble.extend(trouble);
    }

    /// The same for the next changes alone.
    pub fn change_trouble(&self, trouble: impl IntoIterator<Item = Trouble>) {
        self.shared.lock().change_trouble.extend(trouble);
    }

    /// Edits a zone as another writer does: unchecked, and in the journal.
    pub fn edit(&self, zone_id: &str, edit: &Edit) {
        self.shared.lock().edit(zone_id, edit);
    }

    /// All changes that the zones took so far, in order, but for [`put`](Self::put).
    #[must_use]
    pub fn journal(&self) -> Vec<Accepted> {
        self.shared.lock().journal.clone()
    }

    /// Names only so many of the bad records from now on when it refuses a batch; 0: none.
    pub fn name_at_most(&self, records: usize) {
        self.shared.lock().named = records;
    }

    /// Refuses batches from now on without saying which record is wrong.
    pub fn be_vague(&self) {
        self.name_at_most(0);
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
