//! The history of a server that is killed while clients change their addresses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Running, dyn53};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

const SECRET: &str = "s3cret-of-the-router";
const CLIENTS: u32 = 3;

fn configuration() -> String {
    let credential = |client| {
        format!(
            "[[credential]]\nname = \"c{client}\"\nsecret = \"{SECRET}{client}\"\nhosts = [\"h{client}.example.net\"]\n"
        )
    };
    let all: String = (0..CLIENTS).map(credential).collect();
    format!("[[zone]]\nname = \"example.net\"\n{all}")
}

/// Changes the address of its host until the server is gone. Returns what was acknowledged, and what was
/// sent last.
fn change(http: &str, client: u32, round: u32) -> (Vec<String>, String) {
    let mut acknowledged = Vec::new();
    for number in 1.. {
        let address = Ipv4Addr::from(0x0100_0000 + (round << 12) + number).to_string();
        if ask(http, client, &address).is_some_and(|reply| reply.ends_with("\r\n\r\nOK")) {
            acknowledged.push(address);
        } else {
            return (acknowledged, address);
        }
    }
    unreachable!()
}

fn ask(http: &str, client: u32, address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(http).ok()?;
    let target = format!("/?secret={SECRET}{client}&newip={address}");
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    Some(reply)
}

/// The addresses that the file has of a host, without those that were found at a start.
fn written(file: &str, client: u32) -> Vec<String> {
    let host = format!(r#""host":"h{client}.example.net""#);
    let own = file
        .lines()
        .filter(|line| line.contains(&host) && !line.contains(r#""start""#));
    let new = own.filter_map(|line| Some(line.split_once(r#""new":""#)?.1.split_once('"')?.0));
    new.map(str::to_owned).collect()
}

fn start(folder: &Path) -> Running {
    Running::start(
        dyn53(folder)
            .args(["serve", "--config", "dyn53.toml"])
            .env("DYN53_LOG", "warn"),
    )
}

/// `DYN53_KILLS` says how often.
#[test]
fn a_kill_costs_no_change_of_the_zone_and_one_line_of_the_history_at_most() {
    let kills: u32 = std::env::var("DYN53_KILLS").map_or(4, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dyn53.toml"), configuration()).unwrap();
    let path = folder.path().join("dyn53-data/history.jsonl");
    let (mut changes, mut missing, mut half) = (0, 0, 0);
    for round in 0..kills {
        let server = start(folder.path());
        let http = server.said("http ").unwrap().to_owned();
        let done: Vec<_> = thread::scope(|scope| {
            let clients = (0..CLIENTS).map(|client| {
                let http = http.clone();
                scope.spawn(move || change(&http, client, round))
            });
            let clients: Vec<_> = clients.collect();
            thread::sleep(Duration::from_millis(u64::from(30 + round * 7 % 40)));
            server.kill();
            clients.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let file = fs::read_to_string(&path).unwrap();
        half += u32::from(!file.ends_with('\n') && !file.is_empty());
        let server = start(folder.path());
        for (client, (acknowledged, sent)) in (0..CLIENTS).zip(&done) {
            let Some(last) = acknowledged.last() else {
                continue;
            };
            changes += acknowledged.len();
            let found = server
                .look_up(&format!("h{client}.example.net"))
                .map(|four| Ipv4Addr::from(four).to_string());
            let found = found.unwrap();
            assert!(
                found == *last || found == *sent,
                "the zone lost {last}: {found}"
            );
            let whole = &file[..file.rfind('\n').map_or(0, |end| end + 1)];
            let kept = written(whole, client);
            let lost: Vec<_> = acknowledged
                .iter()
                .filter(|own| !kept.contains(own))
                .collect();
            assert!(
                lost.is_empty() || lost == [last],
                "the history lost {lost:?}"
            );
            missing += lost.len();
        }
        server.kill();
        let healed = fs::read_to_string(&path).unwrap();
        let lines = healed
            .lines()
            .all(|line| line.starts_with(r#"{"at":""#) && line.ends_with('}'));
        assert!(lines && healed.ends_with('\n'), "{healed}");
    }
    println!(
        "{kills} kills, {changes} acknowledged changes: {missing} lines missing, {half} half written"
    );
    assert!(changes > 0);
}
