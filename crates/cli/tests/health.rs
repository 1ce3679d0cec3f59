//! `dyn53 health` and `dyn53 --version`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Running, dyn53, run, text};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

#[test]
fn a_running_server_is_healthy_and_a_stopped_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(dyn53(folder.path()).arg("serve"));
    let http = server.said("http ").unwrap().to_owned();
    let asked = run(dyn53(folder.path()).args(["health", "--http", &http]));
    assert_eq!(asked.status.code(), Some(0));
    assert_eq!(text(&asked.stderr) + &text(&asked.stdout), "");
    let by_environment = run(dyn53(folder.path())
        .arg("health")
        .env("DYN53_HTTP", format!("{http}, 127.0.0.1:1")));
    assert_eq!(by_environment.status.code(), Some(0));

    server.kill();
    let asked = run(dyn53(folder.path()).args(["health", "--http", &http]));
    assert_eq!(asked.status.code(), Some(1));
    assert!(text(&asked.stderr).contains(&format!("no server answers at {http}")));
}

#[test]
fn another_program_on_the_port_is_not_healthy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let http = listener.local_addr().unwrap().to_string();
    let other = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert_ne!(stream.read(&mut [0; 1024]).unwrap(), 0);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
            .unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let asked = run(dyn53(folder.path()).args(["health", "--http", &http]));
    assert_eq!(asked.status.code(), Some(1));
    assert!(text(&asked.stderr).contains("not a healthy dyn53"));
    other.join().unwrap();
}

#[test]
fn a_wrong_address_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let asked = run(dyn53(folder.path()).args(["health", "--http", "8053"]));
    assert_eq!(asked.status.code(), Some(2));
    assert!(text(&asked.stderr).contains("write it like 127.0.0.1:8053"));
}

#[test]
fn the_version_names_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(dyn53(folder.path()).arg("--version"));
    let version = text(&said.stdout);
    let own = format!("dyn53 {}", env!("CARGO_PKG_VERSION"));
    let rest = version.trim_end().strip_prefix(&own).unwrap();
    // Where no commit is known, as in an archive that something else than git made, it stays away.
    let commit = rest
        .strip_prefix(" (")
        .and_then(|rest| rest.strip_suffix(')'));
    let right = |commit: &str| commit.len() == 12 && commit.chars().all(|c| c.is_ascii_hexdigit());
    assert!(rest.is_empty() || commit.is_some_and(right), "{version}");
}
