//! Strangers at the door: each attack of docs/attacks.md that comes over HTTP or DNS, tried on a
//! running server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../common/mod.rs"]
mod common;
mod dns;
mod requests;

use common::{
    Answer, HOME, SECRET, Served, base64, credential, embedded_settings, serve, settings,
};
use dyn53_server::EmbeddedZone;
use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::time::Duration;
use tempfile::TempDir;

const NAS: &str = "nas.example.net";
const NAS_SECRET: &str = "s3cret-of-the-nas";
/// What the zone holds before every attack.
const BEFORE: &str = "192.0.2.1";

/// A server with two logins, each with a host, which have an address already. Failed logins are not counted,
/// where that is not the matter, or the first attack would hide the others.
fn served() -> (Served, TempDir) {
    with_failures(1_000_000)
}

fn with_failures(failures: u32) -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.access.credentials = vec![
        credential("router", SECRET, &[HOME]),
        credential("nas", NAS_SECRET, &[NAS]),
    ];
    settings.limits.failures = failures;
    settings.limits.name_failures = failures;
    settings.limits.failure_period = Duration::from_secs(3600);
    let served = serve(settings);
    for secret in [SECRET, NAS_SECRET] {
        let set = served.get(&format!("/?secret={secret}&newip={BEFORE}"));
        assert_eq!(set.body, "OK");
    }
    (served, folder)
}

/// Stops the server; nothing has changed, and the log is whole.
fn unchanged(served: Served, folder: &TempDir) -> String {
    let log = served.stop();
    let (zone, notices) =
        EmbeddedZone::open(folder.path(), embedded_settings("example.net")).unwrap();
    assert_eq!(notices, []);
    let held = zone.contents().into_iter();
    let held: Vec<String> = held
        .map(|set| {
            let values: Vec<String> = set.values.iter().map(ToString::to_string).collect();
            format!("{} {values:?}", set.host)
        })
        .collect();
    assert_eq!(
        held,
        [HOME, NAS].map(|host| format!("{host} [\"{BEFORE}\"]"))
    );
    for line in log.lines() {
        assert!(!line.contains(|char: char| char.is_control()), "{line}");
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut changes = line["changes"].as_array().into_iter().flatten();
        assert!(changes.all(|change| change["new"] == BEFORE), "{line}");
    }
    log
}

/// Percent-encodes every byte.
fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

fn basic(name: &str, secret: &str) -> String {
    let login = base64(format!("{name}:{secret}").as_bytes());
    format!("\r\nAuthorization: Basic {login}")
}

/// The ways to send a secret.
fn with_secret(secret: &str) -> Vec<String> {
    let own = encoded(secret.as_bytes());
    let update = "newip=198.51.100.9&myip=198.51.100.9&ip=198.51.100.9";
    let mut heads = vec![
        format!("GET /?{update}&secret={own} HTTP/1.1"),
        format!("GET /?{update} HTTP/1.1{}", basic("x", secret)),
        format!("GET /nic/update?{update}&hostname={HOME}&username=router&password={own} HTTP/1.1"),
        format!(
            "GET /nic/update?{update}&hostname={HOME} HTTP/1.1{}",
            basic("router", secret)
        ),
        format!("GET /v3/update?{update} HTTP/1.1{}", basic(HOME, secret)),
        format!("GET /update?{update}&domains=home&token={own} HTTP/1.1"),
    ];
    if secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        heads.push(format!(
            "GET /?{update} HTTP/1.1\r\nAuthorization: Bearer {secret}"
        ));
    }
    heads
}

#[test]
fn secrets_that_are_nearly_right() {
    let (served, folder) = served();
    let (first, rest) = SECRET.split_at(SECRET.len() - 1);
    let near = [
        String::new(),
        "wr0ng".to_owned(),
        first.to_owned(),
        SECRET[1..].to_owned(),
        format!("{SECRET}{rest}"),
        format!("{SECRET}\0"),
        format!("{SECRET} "),
        format!(" {SECRET}"),
        format!("{SECRET}\n"),
        format!("{SECRET}\u{301}"),
        SECRET.to_uppercase(),
        format!("{SECRET},{SECRET}"),
        format!("router:{SECRET}"),
        "*".to_owned(),
        dyn53_core::SecretHash::of(SECRET).to_hex(),
        format!("{SECRET}{}", "a".repeat(2_000)),
        "\u{0}".repeat(20),
    ];
    for secret in &near {
        for head in with_secret(secret) {
            let answer = served.ask(&head);
            let said = (answer.status, answer.body.trim_end());
            let refused = [(401, "badauth"), (403, "badauth"), (403, "KO")];
            assert!(refused.contains(&said), "{said:?} to {head:?}");
        }
    }
    let overlong = format!(
        "GET /?newip=198.51.100.9&secret={SECRET}{}",
        "a".repeat(20_000)
    );
    assert_eq!(served.ask(&format!("{overlong} HTTP/1.1")).status, 431);
    unchanged(served, &folder);
}

#[test]
fn the_secret_of_another_login() {
    let (served, folder) = served();
    let target = "/nic/update?myip=198.51.100.9&hostname=";
    for (name, secret) in [("router", NAS_SECRET), ("nas", SECRET), (HOME, NAS_SECRET)] {
        let answer = served.ask(&format!(
            "GET {target}{HOME} HTTP/1.1{}",
            basic(name, secret)
        ));
        assert_eq!((answer.status, answer.body.as_str()), (401, "badauth\n"));
    }
    for host in [HOME, "HOME.EXAMPLE.NET.", &encoded(HOME.as_bytes())] {
        let answer = served.ask(&format!(
            "GET {target}{host} HTTP/1.1{}",
            basic("nas", NAS_SECRET)
        ));
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (403, "nohost\n"),
            "{host}"
        );
        let answer = served.get(&format!(
            "/update?domains={host}&token={NAS_SECRET}&ip=198.51.100.9"
        ));
        assert_eq!((answer.status, answer.body.as_str()), (403, "KO"), "{host}");
    }
    // All of them or none: the host of one's own does not take the other along.
    let both = format!("/update?domains={NAS},{HOME}&token={NAS_SECRET}&ip=198.51.100.9");
    assert_eq!(served.get(&both).body, "KO");
    unchanged(served, &folder);
}

#[test]
fn hosts_outside_of_the_login_and_the_zone() {
    let (served, folder) = served();
    let hosts = [
        "example.net",
        "www.example.net",
        "x.home.example.net",
        "*.example.net",
        "*.home.example.net",
        "home.example.net.example.org",
        "home.example.org",
        "evilhome.example.net",
        "home.example.net.",
        "localhost.localdomain",
        "1.2.0.192.in-addr.arpa",
        "home%2Eexample%2Enet%00.example.org",
        "home.example.net%20",
        "-.example.net",
        "ho\u{43c}e.example.net",
    ];
    for host in hosts {
        let own = host.trim_end_matches('.') == HOME || host.trim_end_matches("%20") == HOME;
        let host = host.replace('\u{43c}', "%d0%bc");
        let target = format!("/nic/update?hostname={host}&myip={BEFORE}");
        let answer = served.ask(&format!("GET {target} HTTP/1.1{}", basic("router", SECRET)));
        let word = answer.body.trim_end();
        if own {
            assert_eq!(word, format!("nochg {BEFORE}"), "{host}")
        } else {
            assert!(["nohost", "notfqdn"].contains(&word), "{host}: {word}")
        }
    }
    unchanged(served, &folder);
}

#[test]
fn an_address_is_believed_from_the_proxy_alone() {
    let (served, folder) = with_failures(3);
    // 127.0.0.1 is the trusted proxy of these tests: what it saw is the last entry.
    let said = |forged: &str| {
        let head = format!("GET /myip HTTP/1.1\r\nX-Forwarded-For: {forged}");
        served.ask(&head).body
    };
    assert_eq!(said("192.0.2.66, 198.51.100.1"), "198.51.100.1");
    assert_eq!(
        said("192.0.2.66\r\nX-Forwarded-For: 198.51.100.1"),
        "198.51.100.1"
    );
    for header in [
        "X-Real-IP",
        "Forwarded",
        "Client-IP",
        "True-Client-IP",
        "X-Forwarded-Host",
        "CF-Connecting-IP",
    ] {
        let head = format!("GET /myip HTTP/1.1\r\n{header}: 192.0.2.66");
        assert_eq!(served.ask(&head).body, "127.0.0.1", "{header}");
    }
    // Nobody gets around the count of failed logins with another forged entry each time.
    let wrong = |forged: String| {
        let head =
            format!("GET /?secret=wr0ng HTTP/1.1\r\nX-Forwarded-For: {forged}, 198.51.100.2");
        served.ask(&head).status
    };
    let statuses: Vec<u16> = (1..=6)
        .map(|last| wrong(format!("192.0.2.{last}")))
        .collect();
    assert_eq!(statuses, [403, 403, 403, 403, 503, 503]);
    unchanged(served, &folder);
}

#[test]
fn guessing_ends_soon() {
    let (served, folder) = with_failures(10);
    let guess = |number: u32| {
        let head = format!("GET /?secret=guess-{number} HTTP/1.1\r\nX-Forwarded-For: 198.51.100.2");
        served.ask(&head).status
    };
    let looked_at = (0..200).filter(|number| guess(*number) == 403).count();
    assert!(
        (10..=12).contains(&looked_at),
        "{looked_at} guesses were looked at"
    );
    // The right one is not looked at either, from there; from elsewhere it is.
    let right = |from: &str| {
        let head =
            format!("GET /?secret={SECRET}&newip={BEFORE} HTTP/1.1\r\nX-Forwarded-For: {from}");
        served.ask(&head).status
    };
    assert_eq!((right("198.51.100.2"), right("203.0.113.9")), (503, 200));
    unchanged(served, &folder);
}
