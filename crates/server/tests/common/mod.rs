//! A server on free ports of the loopback, in a runtime of its own, and what talks to it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use dyn53_core::{Credential, GrantedHost, Host, RecordSet, Reply, SecretHash};
use dyn53_server::log::Level;
use dyn53_server::{
    Access, EmbeddedSettings, Limits, Log, NameServer, Proxies, Server, Settings, ZoneSettings,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

pub const SECRET: &str = "s3cret-of-the-router";
pub const HOME: &str = "home.example.net";

pub struct Served {
    pub http: SocketAddr,
    pub dns: SocketAddr,
    log: Lines,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One embedded zone `example.net`, one credential `router` with two hosts.
pub fn settings(folder: &Path) -> Settings {
    Settings {
        http: vec![([127, 0, 0, 1], 0).into()],
        dns: vec![([127, 0, 0, 1], 0).into()],
        data: folder.to_owned(),
        access: Access {
            allow_private: false,
            operator: None,
            metrics: Vec::new(),
            proxies: Proxies::new(vec!["127.0.0.1/32".parse().unwrap()]),
            credentials: vec![credential("router", SECRET, &[HOME, "*.home.example.net"])],
        },
        zones: vec![embedded("example.net")],
        history: None,
        page: || Reply::text(200, "page"),
        limits: Limits::default(),
    }
}

pub fn credential(name: &str, secret: &str, hosts: &[&str]) -> Credential {
    let hosts = hosts.iter().map(|name| GrantedHost {
        host: Host::parse(name).unwrap(),
        ttl: 60,
        interface_id: None,
    });
    Credential {
        name: Some(name.to_owned()),
        secrets: vec![SecretHash::of(secret)],
        hosts: hosts.collect(),
        allow_offline: true,
        certificates: true,
    }
}

pub fn embedded(apex: &str) -> ZoneSettings {
    ZoneSettings::Embedded(embedded_settings(apex))
}

pub fn embedded_settings(apex: &str) -> EmbeddedSettings {
    EmbeddedSettings {
        apex: Host::parse(apex).unwrap(),
        ttl: 60,
        name_servers: vec![NameServer {
            host: Host::parse(&format!("ns1.{apex}")).unwrap(),
            addresses: vec![
                "192.0.2.53".parse().unwrap(),
                "2001:db8::53".parse().unwrap(),
            ],
        }],
        below: Vec::new(),
        fixed: Vec::new(),
    }
}

pub fn serve(settings: Settings) -> Served {
    let log = Lines::default();
    let (stop, stopped) = oneshot::channel::<()>();
    let (listening, addresses) = mpsc::channel();
    let lines = log.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let log = Arc::new(Log::to(lines, Level::INFO));
            let server = Server::bind(settings, Arc::clone(&log)).await.unwrap();
            let dns = server.dns().unwrap().first().copied();
            let dns = dns.unwrap_or(([0; 4], 0).into());
            listening.send((server.http().unwrap()[0], dns)).unwrap();
            server
                .run(async {
                    let _either_way = stopped.await;
                })
                .await;
            log.flush();
        });
    });
    let (http, dns) = addresses.recv().unwrap();
    Served {
        http,
        dns,
        log,
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Served {
    pub fn connect(&self) -> TcpStream {
        connect(self.http)
    }

    /// Sends `head` and what an HTTP/1.1 request needs besides; reads until the connection ends.
    pub fn ask(&self, head: &str) -> Answer {
        let head = format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n");
        self.say(head.as_bytes())
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask(&format!("GET {target} HTTP/1.1"))
    }

    pub fn say(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        Answer::read(&mut stream)
    }

    /// Stops the server, and waits until it has. Returns its log.
    pub fn stop(mut self) -> String {
        self.end();
        self.log()
    }

    /// What was logged so far.
    pub fn log(&self) -> String {
        String::from_utf8(self.log.0.lock().unwrap().clone()).unwrap()
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    let limit = Some(Duration::from_secs(30));
    stream.set_read_timeout(limit).unwrap();
    stream.set_write_timeout(limit).unwrap();
    stream
}

/// An HTTP reply as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// Reads until the other side closes.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Self::parse(&bytes)
    }

    /// Reads one reply of a connection that stays open.
    pub fn read_one(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        loop {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            bytes.push(byte[0]);
            if bytes.ends_with(b"\r\n\r\n") {
                break;
            }
        }
        let mut answer = Self::parse(&bytes);
        let length = answer.header("content-length").unwrap().parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1);
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Self {
            status: status.unwrap_or("0").parse().unwrap(),
            headers: headers
                .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The text of a zone's file that holds these record sets.
pub fn zone_file(apex: &str, sets: &[RecordSet]) -> String {
    let sets: Vec<String> = sets
        .iter()
        .map(|set| {
            let kind = set.record_type.name();
            let values: Vec<String> = set.values.iter().map(|v| format!("\"{v}\"")).collect();
            let (host, ttl, values) = (&set.host, set.ttl, values.join(","));
            format!(r#"{{"host":"{host}","type":"{kind}","ttl":{ttl},"values":[{values}]}}"#)
        })
        .collect();
    let head = format!(r#"{{"format":"dyn53 zone","version":1,"zone":"{apex}"}}"#);
    format!("{head}\n{{\"serial\":7,\"sets\":[{}]}}\n", sets.join(","))
}

/// RFC 4648 section 4.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let quads = bytes.chunks(3).map(|chunk| {
        let all = chunk.iter().chain([&0, &0]).take(3);
        let bits = all.fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let quad: String = [18, 12, 6, 0]
            .iter()
            .map(|shift| char::from(ALPHABET[bits >> shift & 63]))
            .collect();
        format!("{}{}", &quad[..=chunk.len()], "=".repeat(3 - chunk.len()))
    });
    quads.collect()
}
