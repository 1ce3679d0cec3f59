//! Access keys of `dyn53 serve` from a container's credentials endpoint: one that fails, one that hangs, one
//! whose keys end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Running, dyn53};
use dyn53_testkit::route53::{Options, Route53};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

const CONFIGURATION: &str = r#"
[[zone]]
name = "example.net"
store = "route53"
id = "Z0123456789ABC"

[[credential]]
name = "router"
secret = "s3cret-of-the-router"
hosts = ["home.example.net"]
"#;

/// What a source does when it is asked.
#[derive(Clone, Copy)]
enum Turn {
    /// It gives keys that end after so many seconds.
    Keys(u64),
    /// It refuses.
    Refuse,
    /// It accepts the question and never answers.
    Hang,
}

/// A credentials endpoint: the first turns in order, the last one for ever.
struct Source {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Source {
    fn start(turns: &'static [Turn]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let times = asked.clone();
        thread::spawn(move || {
            let mut hanging = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let number = {
                    let mut times = times.lock().unwrap();
                    times.push(Instant::now());
                    times.len()
                };
                let turn = turns.get(number - 1).or_else(|| turns.last()).unwrap();
                let _gone = answer(&mut stream, *turn);
                if matches!(turn, Turn::Hang) {
                    hanging.push(stream);
                }
            }
        });
        Self { address, asked }
    }

    fn times(&self) -> Vec<Instant> {
        self.asked.lock().unwrap().clone()
    }

    fn wait_until_asked(&self, times: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.times().len() < times {
            assert!(Instant::now() < end, "asked {} times", self.times().len());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer(stream: &mut TcpStream, turn: Turn) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let (status, body) = match turn {
        Turn::Hang => return Ok(()),
        Turn::Refuse => (403, r#"{"code":"no","message":"not today"}"#.to_owned()),
        Turn::Keys(life) => (200, keys(life)),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn keys(life: u64) -> String {
    let key = Options::default().keys.remove(0);
    let end = SystemTime::now() + Duration::from_secs(life);
    let end = humantime::format_rfc3339_seconds(end);
    format!(
        r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"t","Expiration":"{end}"}}"#,
        key.id, key.secret
    )
}

/// A server whose keys come from `source`, and the Route 53 that it calls.
struct Set {
    running: Running,
    standin: Route53,
    _folder: TempDir,
}

fn start(source: &Source) -> Set {
    let mut options = Options::default();
    options.keys[0].token = Some("t".to_owned());
    let standin = Route53::start(options);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dyn53.toml"), CONFIGURATION).unwrap();
    let nothing = folder.path().join("nothing");
    let mut command = dyn53(folder.path());
    command
        .args(["serve", "--config", "dyn53.toml"])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_ROUTE_53", standin.url())
        .env("AWS_CONFIG_FILE", &nothing)
        .env("AWS_SHARED_CREDENTIALS_FILE", &nothing)
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://{}/keys", source.address),
        );
    Set {
        running: Running::start(&mut command),
        standin,
        _folder: folder,
    }
}

impl Set {
    fn update(&self, address: &str) -> String {
        let target = format!("/?secret=s3cret-of-the-router&newip={address}");
        self.running.get(&target)
    }
}

#[test]
fn a_source_that_fails_is_asked_with_growing_pauses() {
    let source = Source::start(&[Turn::Refuse]);
    let set = start(&source);
    assert!(source.times().is_empty());
    let mut answers = 0;
    while source.times().len() < 4 {
        assert_eq!(set.update("198.51.100.7"), "911");
        answers += 1;
    }
    let times = source.times();
    let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
    for (pause, least) in pauses.zip([1, 2, 4]) {
        assert!(pause >= Duration::from_secs(least), "{pause:?} < {least} s");
    }
    assert!(answers > 4, "the requests did not wait: {answers}");
    assert_eq!(set.standin.calls().all(), 0);
    let (_, log) = set.running.terminate();
    assert!(log.contains("no AWS access key was found"), "{log}");
}

#[test]
fn requests_that_wait_for_a_hanging_source_wait_together() {
    let source = Source::start(&[Turn::Hang]);
    let set = start(&source);
    thread::scope(|scope| {
        let wait = || assert_eq!(set.update("198.51.100.7"), "911");
        (0..5).for_each(|_| drop(scope.spawn(wait)));
    });
    let asked = source.times().len();
    assert!(asked <= 4, "one after the other: asked {asked} times");
}

#[test]
fn old_keys_are_used_while_they_are_valid() {
    let source = Source::start(&[Turn::Keys(16), Turn::Refuse, Turn::Hang]);
    let set = start(&source);
    assert_eq!(set.update("198.51.100.1"), "OK");
    assert_eq!(source.times().len(), 1);
    // Half of their life is over, the source refuses and is asked again.
    source.wait_until_asked(3);
    assert_eq!(set.update("198.51.100.2"), "OK");
    assert_eq!(
        set.standin.records("Z0123456789ABC")[0].values,
        ["198.51.100.2"]
    );
    let end = source.times()[0] + Duration::from_secs(17);
    thread::sleep(end.saturating_duration_since(Instant::now()));
    let calls = set.standin.calls().all();
    assert_eq!(set.update("198.51.100.3"), "911");
    assert_eq!(set.standin.calls().all(), calls);
}

#[test]
fn new_keys_are_there_before_the_old_ones_end() {
    let source = Source::start(&[Turn::Keys(6), Turn::Keys(3600)]);
    let set = start(&source);
    assert_eq!(set.update("198.51.100.1"), "OK");
    source.wait_until_asked(2);
    let end = source.times()[0] + Duration::from_secs(7);
    thread::sleep(end.saturating_duration_since(Instant::now()));
    assert_eq!(set.update("198.51.100.2"), "OK");
    assert_eq!(source.times().len(), 2);
}
