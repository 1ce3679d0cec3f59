//! A stand-in for the Lambda Runtime API over real HTTP: hands out events, takes what is posted.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use crate::route53::http::Received;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time that an invocation is given where the test does not say, as in the template.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A Runtime API that listens until it is dropped.
pub struct RuntimeApi {
    address: SocketAddr,
    desk: Arc<Desk>,
}

/// What became of one event.
#[derive(Clone, Debug)]
pub struct Told {
    /// The request's id.
    pub id: String,
    /// What was posted.
    pub posted: Posted,
    /// From handing out the event to having what was posted.
    pub latency: Duration,
}

/// What a program posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// A reply, as JSON.
    Reply(String),
    /// An error: its type from the header, and JSON.
    Error(String, String),
}

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
    asked: u64,
    waiting: VecDeque<Waiting>,
    handed_out: HashMap<String, Instant>,
    told: HashMap<String, Told>,
    failed_to_start: Option<Posted>,
}

struct Waiting {
    id: String,
    event: Vec<u8>,
    timeout: Duration,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn start() -> Self {
        Self::listen("127.0.0.1:0").unwrap()
    }

    /// Listens on `address`.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub fn listen(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk::default());
        let behind = Arc::clone(&desk);
        thread::spawn(move || accept(&listener, &behind));
        Ok(Self { address, desk })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` has to be.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Hands out an event and waits for what is posted.
    ///
    /// # Panics
    /// If nothing is posted in time.
    pub fn invoke(&self, event: impl Into<Vec<u8>>) -> Told {
        self.invoke_within(event, TIMEOUT)
    }

    /// The same with a deadline so far in the future.
    ///
    /// # Panics
    /// If nothing is posted in time.
    pub fn invoke_within(&self, event: impl Into<Vec<u8>>, timeout: Duration) -> Told {
        let mut state = self.desk.state.lock().unwrap();
        state.asked += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", state.asked);
        state.waiting.push_back(Waiting {
            id: id.clone(),
            event: event.into(),
            timeout,
        });
        self.desk.changed.notify_all();
        drop(state);
        self.desk
            .wait(|state| state.told.remove(&id))
            .unwrap_or_else(|| panic!("nothing was posted for event {id}"))
    }

    /// Waits for a start that fails.
    ///
    /// # Panics
    /// If none is reported in time.
    #[must_use]
    pub fn failed_start(&self) -> Posted {
        self.desk
            .wait(|state| state.failed_to_start.take())
            .expect("no failed start was reported")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        if let Ok(mut state) = self.desk.state.lock() {
            state.closed = true;
        }
        self.desk.changed.notify_all();
        let _wakes_the_listener = TcpStream::connect(self.address);
    }
}

impl Desk {
    /// Waits until `find` finds something; `None` if the stand-in closes or patience ends.
    fn wait<T>(&self, mut find: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let end = Instant::now() + PATIENCE;
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(found) = find(&mut state) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// The next event for `peer`; `None` once the stand-in or the peer has gone.
    fn next(&self, peer: &TcpStream) -> Option<Waiting> {
        let mut state = self.state.lock().unwrap();
        while !state.closed {
            let gone = !state.waiting.is_empty() && has_gone(peer);
            match state.waiting.pop_front() {
                Some(waiting) if gone => {
                    state.waiting.push_front(waiting);
                    return None;
                }
                Some(waiting) => {
                    state.handed_out.insert(waiting.id.clone(), Instant::now());
                    return Some(waiting);
                }
                None => state = self.changed.wait(state).unwrap(),
            }
        }
        None
    }

    fn post(&self, id: &str, posted: Posted) -> u16 {
        let mut state = self.state.lock().unwrap();
        let Some(since) = state.handed_out.remove(id) else {
            return 400;
        };
        let told = Told {
            id: id.to_owned(),
            posted,
            latency: since.elapsed(),
        };
        state.told.insert(id.to_owned(), told);
        self.changed.notify_all();
        202
    }

    fn fail_to_start(&self, posted: Posted) -> u16 {
        self.state.lock().unwrap().failed_to_start = Some(posted);
        self.changed.notify_all();
        202
    }
}

fn has_gone(peer: &TcpStream) -> bool {
    peer.set_nonblocking(true).unwrap();
    let gone = match peer.peek(&mut [0]) {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    };
    peer.set_nonblocking(false).unwrap();
    gone
}

fn accept(listener: &TcpListener, desk: &Arc<Desk>) {
    for stream in listener.incoming() {
        if desk.state.lock().unwrap().closed {
            return;
        }
        let (Ok(stream), desk) = (stream, Arc::clone(desk)) else {
            return;
        };
        thread::spawn(move || {
            let _the_peer_went = talk(stream, &desk);
        });
    }
}

fn talk(mut stream: TcpStream, desk: &Desk) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(received) = Received::read(&mut stream, &mut buffer)? {
        let path = received.path().strip_prefix("/2018-06-01/runtime/");
        let parts: Vec<&str> = path.unwrap_or_default().split('/').collect();
        let id = parts.get(1).copied().unwrap_or_default();
        let body = String::from_utf8_lossy(&received.body).into_owned();
        let kind = received.header("lambda-runtime-function-error-type");
        let kind = kind.unwrap_or_default().to_owned();
        let status = match (received.method.as_str(), parts.as_slice()) {
            ("GET", ["invocation", "next"]) => match desk.next(&stream) {
                Some(waiting) => {
                    stream.write_all(&handed_out(&waiting))?;
                    continue;
                }
                None => return Ok(()),
            },
            ("POST", ["invocation", _, "response"]) => desk.post(id, Posted::Reply(body)),
            ("POST", ["invocation", _, "error"]) => desk.post(id, Posted::Error(kind, body)),
            ("POST", ["init", "error"]) => desk.fail_to_start(Posted::Error(kind, body)),
            _ => 404,
        };
        let head = format!("HTTP/1.1 {status} \r\ncontent-type: application/json\r\n");
        stream.write_all(
            format!("{head}content-length: 16\r\n\r\n{{\"status\":\"OK\"}}\n").as_bytes(),
        )?;
    }
    Ok(())
}

fn handed_out(waiting: &Waiting) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
         lambda-runtime-aws-request-id: {}\r\nlambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-central-1:000000000000:function:dyn53\r\n\
         lambda-runtime-trace-id: Root=1-00000000-000000000000000000000000;Sampled=0\r\n\
         content-length: {}\r\n\r\n",
        waiting.id,
        (now + waiting.timeout).as_millis(),
        waiting.event.len(),
    );
    [head.as_bytes(), &waiting.event].concat()
}
