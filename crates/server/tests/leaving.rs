//! Clients that leave: every change that is made has its line, and who only stops talking gets a reply.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Answer, SECRET, Served, credential, embedded_settings, serve, settings};
use dyn53_server::EmbeddedZone;
use std::collections::BTreeSet;
use std::io::Write;
use std::net::{Ipv4Addr, Shutdown};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Clients of each test; each has a host and an address of its own.
const CLIENTS: u16 = 300;

fn host(client: u16) -> String {
    format!("h{client}.example.net")
}

fn address(client: u16) -> Ipv4Addr {
    let [high, low] = client.to_be_bytes();
    Ipv4Addr::new(203, 0, 113 + high, low)
}

fn served() -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let hosts: Vec<String> = (0..CLIENTS).map(host).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let mut settings = settings(folder.path());
    settings.access.credentials = vec![credential("router", SECRET, &hosts)];
    (serve(settings), folder)
}

fn update(client: u16) -> String {
    let (host, address) = (host(client), address(client));
    format!(
        "GET /nic/update?hostname={host}&myip={address}&username=router&password={SECRET} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
}

/// What the zone holds, as `host address`.
fn changed(folder: &TempDir) -> BTreeSet<String> {
    let (zone, _damaged) =
        EmbeddedZone::open(folder.path(), embedded_settings("example.net")).unwrap();
    let sets = zone.contents().into_iter();
    sets.map(|set| format!("{} {}", set.host, set.values[0]))
        .collect()
}

/// What the log tells of, as `host address`.
fn told(log: &str) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    // A log that is still written may end within a line.
    let (whole, _begun) = log.rsplit_once('\n').unwrap_or_default();
    for line in whole.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for change in line["changes"].as_array().into_iter().flatten() {
            let text = |key: &str| change[key].as_str().unwrap().to_owned();
            told.insert(format!("{} {}", text("host"), text("new")));
        }
    }
    told
}

/// From 0.2 to 5 ms after sending, the first ones soonest.
fn leave_after(client: u16) -> Duration {
    Duration::from_micros(200 + u64::from(client) * 4800 / u64::from(CLIENTS))
}

#[test]
fn whoever_leaves_after_sending_leaves_a_line() {
    let (served, folder) = served();
    for client in 0..CLIENTS {
        let mut stream = served.connect();
        stream.write_all(update(client).as_bytes()).unwrap();
        thread::sleep(leave_after(client));
        drop(stream);
    }
    // The last ones may still wait to be read, and the end of the server would turn them away.
    let limit = Instant::now() + Duration::from_secs(30);
    while told(&served.log()).len() < usize::from(CLIENTS) && Instant::now() < limit {
        thread::sleep(Duration::from_millis(20));
    }
    let told = told(&served.stop());
    assert_eq!(changed(&folder), told);
    assert_eq!(told.len(), usize::from(CLIENTS));
}

#[test]
fn whoever_is_killed_leaves_a_line() {
    let (served, folder) = served();
    for client in 0..CLIENTS {
        let mut stream = served.connect();
        stream.write_all(update(client).as_bytes()).unwrap();
        thread::sleep(leave_after(client));
        // A reset in place of an orderly end.
        let socket = socket2::SockRef::from(&stream);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }
    let told = told(&served.stop());
    assert_eq!(changed(&folder), told);
    assert!(told.len() > usize::from(CLIENTS) / 2, "{}", told.len());
}

#[test]
fn whoever_only_stops_talking_gets_a_reply() {
    let (served, folder) = served();
    for client in 0..CLIENTS {
        let mut stream = served.connect();
        stream.write_all(update(client).as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = Answer::read(&mut stream);
        let expected = format!("good {}\n", address(client));
        assert_eq!((answer.status, answer.body), (200, expected));
    }
    let told = told(&served.stop());
    assert_eq!(changed(&folder), told);
    assert_eq!(told.len(), usize::from(CLIENTS));
}

/// The end of the server comes right after the clients have gone.
#[test]
fn a_request_under_way_at_the_end_has_its_line() {
    for _ in 0..20 {
        let (served, folder) = served();
        for client in 0..20 {
            let mut stream = served.connect();
            stream.write_all(update(client).as_bytes()).unwrap();
        }
        let told = told(&served.stop());
        assert_eq!(changed(&folder), told);
    }
}
