//! Challenges of ACME clients over HTTP, what DNS then answers, and what a stranger may try with them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../common/mod.rs"]
mod common;
mod hostile;

use common::{Answer, HOME, SECRET, Served, base64, credential, serve, settings};
use dyn53_core::KeyDigest;
use dyn53_server::ZoneSettings;
use dyn53_testkit::contract;
use rstest::rstest;
use std::process::Command;
use std::thread;
use tempfile::TempDir;

const ADDRESS: &str = "203.0.113.7";
const OFF_SECRET: &str = "s3cret-without-certificates";
const KEY_AUTHORIZATION: &str = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.thumbprint";

/// Four kinds of hosts, all with an address but `lan`; `off` has no leave to answer challenges.
fn served() -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let mut off = credential("off", OFF_SECRET, &["off.example.net"]);
    off.certificates = false;
    settings.access.credentials = vec![
        credential(
            "router",
            SECRET,
            &[HOME, "*.wild.example.net", "lan.example.net"],
        ),
        off,
    ];
    let served = serve(settings);
    let hosts = format!("{HOME},*.wild.example.net");
    let target = format!("/nic/update?hostname={hosts}&myip={ADDRESS}&password={SECRET}");
    assert_eq!(served.get(&target).status, 200);
    (served, folder)
}

/// A value of its own for each number.
fn value(number: usize) -> String {
    format!("{number:0>43}")
}

fn challenge(host: &str, value: &str) -> String {
    format!(r#"{{"fqdn":"_acme-challenge.{host}.","value":"{value}"}}"#)
}

fn post(served: &Served, path: &str, login: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {}\r\nContent-Length: {}\r\n\r\n",
        base64(login.as_bytes()),
        body.len()
    );
    served.say(&[head.as_bytes(), body].concat())
}

fn ask(served: &Served, path: &str, body: &str) -> Answer {
    post(served, path, &format!("router:{SECRET}"), body.as_bytes())
}

fn done(served: &Served, path: &str, body: &str) {
    let answer = ask(served, path, body);
    assert_eq!((answer.status, answer.body.as_str()), (200, body));
}

/// The status that `dig` sees, and the data of the answer, sorted.
fn dig(served: &Served, name: &str, kind: &str) -> (String, Vec<String>) {
    let port = served.dns.port().to_string();
    let output = Command::new("dig")
        .args(["@127.0.0.1", "-p", &port, "+tries=1", "+time=20", "+noall"])
        .args(["+comments", "+answer", name, kind])
        .output()
        .expect("dig of Debian's bind9-dnsutils");
    let said = String::from_utf8(output.stdout).unwrap();
    let status = said.split("status: ").nth(1).unwrap_or(&said);
    let status = status.split(',').next().unwrap().to_owned();
    let records = said.lines().filter(|line| line.starts_with(name));
    let mut values: Vec<String> = records
        .map(|line| line.split_whitespace().nth(4).unwrap().to_owned())
        .collect();
    values.sort();
    (status, values)
}

fn quoted(numbers: &[usize]) -> Vec<String> {
    let values = numbers
        .iter()
        .map(|number| format!("\"{}\"", value(*number)));
    values.collect()
}

#[track_caller]
fn sees(served: &Served, question: &str, status: &str, values: &[String]) {
    let (name, kind) = question.split_once(' ').unwrap();
    let expected = (status.to_owned(), values.to_vec());
    assert_eq!(dig(served, name, kind), expected, "{question}");
}

#[test]
fn a_challenge_comes_and_goes_beside_an_address() {
    let (served, _folder) = served();
    let address = [ADDRESS.to_owned()];
    let name = format!("_acme-challenge.{HOME}");
    sees(&served, &format!("{name} TXT"), "NXDOMAIN", &[]);
    done(&served, "/present", &challenge(HOME, &value(1)));
    done(&served, "/present", &challenge(HOME, &value(2)));
    sees(&served, &format!("{name} TXT"), "NOERROR", &quoted(&[1, 2]));
    sees(&served, &format!("{name} A"), "NOERROR", &[]);
    sees(&served, &format!("x.{name} TXT"), "NXDOMAIN", &[]);
    sees(&served, &format!("{HOME} A"), "NOERROR", &address);
    sees(&served, &format!("{HOME} TXT"), "NOERROR", &[]);
    done(&served, "/cleanup", &challenge(HOME, &value(1)));
    sees(&served, &format!("{name} TXT"), "NOERROR", &quoted(&[2]));
    done(&served, "/cleanup", &challenge(HOME, &value(2)));
    sees(&served, &format!("{name} TXT"), "NXDOMAIN", &[]);
    sees(&served, &format!("{HOME} A"), "NOERROR", &address);
}

/// A challenge makes its name exist, and every name above it (RFC 4592 section 2.2.2). None of those may be
/// one that only a wildcard answers for.
#[test]
fn a_challenge_hides_no_address_of_a_wildcard() {
    let (served, _folder) = served();
    let address = [ADDRESS.to_owned()];
    let name = "_acme-challenge.wild.example.net";
    sees(&served, &format!("{name} TXT"), "NOERROR", &[]);
    let below = challenge("nas.wild.example.net", &value(1));
    let answer = ask(&served, "/present", &below);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (403, r#"{"error":"nohost"}"#)
    );
    done(
        &served,
        "/present",
        &challenge("wild.example.net", &value(1)),
    );
    sees(&served, &format!("{name} TXT"), "NOERROR", &quoted(&[1]));
    sees(&served, &format!("{name} A"), "NOERROR", &[]);
    for host in ["nas.wild.example.net", "x.y.wild.example.net"] {
        sees(&served, &format!("{host} A"), "NOERROR", &address);
        sees(&served, &format!("{host} TXT"), "NOERROR", &[]);
    }
    sees(&served, "wild.example.net A", "NOERROR", &[]);
    done(
        &served,
        "/cleanup",
        &challenge("wild.example.net", &value(1)),
    );
    sees(&served, &format!("{name} A"), "NOERROR", &address);
}

#[test]
fn a_host_without_an_address_may_have_a_challenge() {
    let (served, _folder) = served();
    sees(&served, "lan.example.net A", "NXDOMAIN", &[]);
    done(
        &served,
        "/present",
        &challenge("lan.example.net", &value(1)),
    );
    sees(
        &served,
        "_acme-challenge.lan.example.net TXT",
        "NOERROR",
        &quoted(&[1]),
    );
    sees(&served, "lan.example.net A", "NOERROR", &[]);
    done(
        &served,
        "/cleanup",
        &challenge("lan.example.net", &value(1)),
    );
    sees(&served, "lan.example.net A", "NXDOMAIN", &[]);
}

/// As many at once as a name has values: each finds its own, and takes nobody else's away.
#[test]
fn clients_at_one_moment_lose_nothing() {
    const CLIENTS: usize = 4;
    let (served, _folder) = served();
    let name = format!("_acme-challenge.{HOME} TXT");
    for round in 0..10 {
        let own = |client| round * CLIENTS + client;
        let numbers: Vec<usize> = (0..CLIENTS).map(own).collect();
        let at_once = |path: &str, numbers: &[usize]| {
            thread::scope(|scope| {
                for number in numbers {
                    let body = challenge(HOME, &value(*number));
                    let served = &served;
                    scope.spawn(move || done(served, path, &body));
                }
            });
        };
        at_once("/present", &numbers);
        sees(&served, &name, "NOERROR", &quoted(&numbers));
        at_once("/cleanup", &numbers[..CLIENTS - 1]);
        sees(&served, &name, "NOERROR", &quoted(&numbers[CLIENTS - 1..]));
        at_once("/cleanup", &numbers[CLIENTS - 1..]);
        sees(&served, &name, "NXDOMAIN", &[]);
    }
}

#[test]
fn without_leave_nothing_changes() {
    let (served, _folder) = served();
    let body = challenge("off.example.net", &value(1));
    let login = format!("off:{OFF_SECRET}");
    let answer = post(&served, "/present", &login, body.as_bytes());
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.body,
        r#"{"error":"certificates are off for this login"}"#
    );
    sees(
        &served,
        "_acme-challenge.off.example.net TXT",
        "NXDOMAIN",
        &[],
    );
    let log = served.stop();
    assert!(
        log.contains("certificates are off: set certificates = true at the credential"),
        "{log}"
    );
}

/// A log line says that a challenge changed, and where; it has nothing of what was sent.
#[test]
fn no_value_reaches_the_log() {
    let (served, _folder) = served();
    let raw = format!(
        r#"{{"domain":"{HOME}","token":"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA","keyAuth":"{KEY_AUTHORIZATION}"}}"#
    );
    done(&served, "/present", &raw);
    done(&served, "/present", &challenge(HOME, &value(7)));
    done(&served, "/cleanup", &raw);
    for body in [
        challenge("nas.example.net", &value(7)),
        challenge(HOME, &value(7)[1..]),
        "{".into(),
    ] {
        assert_ne!(ask(&served, "/present", &body).status, 200);
    }
    let log = served.stop();
    let (_, thumbprint) = KEY_AUTHORIZATION.split_at(10);
    let digest = KeyDigest::of(KEY_AUTHORIZATION).unwrap().data().to_string();
    assert!(
        !log.contains(thumbprint)
            && !log.contains(&digest)
            && !log.contains(&value(7)[1..])
            && !log.contains("nas."),
        "{log}"
    );
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["dialect"] == "httpreq")
        .collect();
    assert_eq!(lines.len(), 6, "{log}");
    let changed = |number: usize| {
        let change = &lines[number]["changes"][0];
        [
            &change["host"],
            &change["type"],
            &change["old"],
            &change["new"],
        ]
        .map(|part| part.as_str().unwrap())
    };
    let name = format!("_acme-challenge.{HOME}");
    assert_eq!(changed(0), [&name, "TXT", "", "1 text"]);
    assert_eq!(changed(1), [&name, "TXT", "1 text", "2 texts"]);
    assert_eq!(changed(2), [&name, "TXT", "2 texts", "1 text"]);
    assert_eq!(lines[0]["outcome"], "OK");
    assert_eq!(lines[3]["outcome"], "nohost");
}

/// DNS-PERSIST-01: a record of the configuration. It hides nothing, and no request changes it.
#[test]
fn a_lasting_proof_is_answered_as_configured() {
    const PROOF: &str = "ca.example;accounturi=https://a.example/1";
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let name = format!("_validation-persist.{HOME}");
    let ZoneSettings::Embedded(zone) = &mut settings.zones[0] else {
        panic!("an embedded zone");
    };
    zone.fixed = vec![contract::texts(&name, &[PROOF])];
    let own = credential("sly", OFF_SECRET, &[&name]);
    settings.access.credentials.push(own);
    let served = serve(settings);
    let sees_it = || {
        sees(
            &served,
            &format!("{name} TXT"),
            "NOERROR",
            &[format!("\"{PROOF}\"")],
        )
    };
    sees_it();
    sees(&served, &format!("{HOME} A"), "NOERROR", &[]);
    sees(&served, &format!("{name} A"), "NOERROR", &[]);
    let target = format!("/nic/update?hostname={HOME}&myip={ADDRESS}&password={SECRET}");
    assert_eq!(served.get(&target).status, 200);
    let body = challenge(HOME, &value(1)).replace("_acme-challenge", "_validation-persist");
    assert_eq!(
        ask(&served, "/present", &body).body,
        r#"{"error":"notfqdn"}"#
    );
    let target = format!("/nic/update?hostname={name}&offline=YES&password={OFF_SECRET}");
    assert_eq!(served.get(&target).status, 403);
    sees_it();
    sees(
        &served,
        &format!("{HOME} A"),
        "NOERROR",
        &[ADDRESS.to_owned()],
    );
}
