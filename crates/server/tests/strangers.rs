//! Strangers at the door: each attack of docs/attacks.md that comes over HTTP or DNS, tried on a
//! running server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

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

/// A text that must not come back, nor reach the log, among characters that mean something there.
const MARK: &str = "m4rk";

fn payloads() -> Vec<Vec<u8>> {
    [
        b"\r\nset-cookie: ".as_slice(),
        b"\n",
        b"\r",
        b"\r\n\r\n<script>",
        b"\0",
        b"\x1b[2J\x1b]0;",
        b"\x7f\x08",
        b"\xff\xfe",
        b"\xc0\x8a",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\"}\n{\"level\":\"ERROR\",\"x\":\"",
        b"%0d%0a",
        b"${jndi:ldap://x}",
        b"'\"><img src=x>",
    ]
    .map(|part| [part, MARK.as_bytes()].concat())
    .to_vec()
}

/// Only the headers that we send, each once, and one of our words.
fn nothing_of_it(answer: &Answer, what: &str) {
    let mut names = BTreeMap::new();
    for (name, value) in &answer.headers {
        *names.entry(name.as_str()).or_insert(0) += 1;
        assert!(!value.contains(MARK), "{what}: {name}: {value}");
    }
    let ours = [
        "content-type",
        "cache-control",
        "x-content-type-options",
        "www-authenticate",
        "retry-after",
        "allow",
        "content-length",
        "connection",
        "date",
    ];
    for (name, times) in names {
        assert!(
            ours.contains(&name) && times == 1,
            "{what}: {name} {times} times"
        );
    }
    let words = [
        "",
        "badauth",
        "badip",
        "badagent",
        "nohost",
        "notfqdn",
        "notfound",
        "numhost",
        "KO",
        "127.0.0.1",
    ];
    let mut lines = answer.body.lines();
    assert!(
        lines.all(|line| words.contains(&line)),
        "{what}: {}",
        answer.body
    );
}

#[test]
fn nothing_sent_reaches_headers_bodies_or_the_log() {
    let (served, folder) = served();
    for payload in payloads() {
        let own = encoded(&payload);
        let shown = String::from_utf8_lossy(&payload).into_owned();
        let targets = [
            format!("/?newip={own}&secret={SECRET}"),
            format!("/?newip=198.51.100.9&secret={own}"),
            format!("/?{own}=x&secret={own}"),
            format!("/nic/update?hostname={own}.example.net&myip={BEFORE}&password={SECRET}"),
            format!("/nic/update?hostname={HOME}&myip={own}&password={SECRET}"),
            format!("/nic/update?username={own}&password={own}"),
            format!("/nic/update?hostname={HOME}&ip6lanprefix={own}&password={SECRET}"),
            format!("/update?domains={own}&token={SECRET}&verbose=true"),
            format!("/update?domains=home&token={SECRET}&ip={own}&verbose={own}"),
            format!("/{own}"),
            format!("/nic/update/{own}"),
            format!("/myip?{own}"),
        ];
        for target in targets {
            nothing_of_it(&served.get(&target), &format!("{shown:?} in {target}"));
        }
        for header in [
            "Authorization: Basic ",
            "Authorization: ",
            "X-Forwarded-For: ",
            "Content-Type: ",
            "Host: ",
            "User-Agent: ",
        ] {
            let head = format!("GET /nic/update HTTP/1.1\r\nConnection: close\r\n{header}");
            let raw = [head.as_bytes(), &payload, b"\r\n\r\n"].concat();
            nothing_of_it(&served.say(&raw), &format!("{shown:?} in {header}"));
        }
        let raw = [
            b"GET /".as_slice(),
            &payload,
            b" HTTP/1.1\r\nConnection: close\r\n\r\n",
        ]
        .concat();
        nothing_of_it(
            &served.say(&raw),
            &format!("{shown:?} in the path as it is"),
        );
        let raw = [
            payload.as_slice(),
            b" / HTTP/1.1\r\nConnection: close\r\n\r\n",
        ]
        .concat();
        nothing_of_it(&served.say(&raw), &format!("{shown:?} as the method"));
    }
    let log = unchanged(served, &folder);
    assert!(!log.contains(MARK), "{log}");
}

#[test]
fn one_request_is_not_read_in_two_ways() {
    let (served, folder) = served();
    let own = |query: &str| served.get(&format!("/?{query}"));
    let (a, b) = ("198.51.100.9", "198.51.100.10");
    for (query, word) in [
        (format!("secret={SECRET}&secret=x&newip={a}"), "badauth"),
        (format!("secret=x&secret={SECRET}&newip={a}"), "badauth"),
        (format!("secret={SECRET}&newip={a}&newip={b}"), "badip"),
        (format!("secret={SECRET}&newip={a}&myip={b}"), "badip"),
        (format!("secret={SECRET}&newip={a},{b}"), "badip"),
        (format!("secret={SECRET}&newip={a}%26newip={b}"), "badip"),
        (format!("secret={SECRET}%26newip={a}"), "badauth"),
        (format!("secret={SECRET};newip={a}"), "badauth"),
        (format!("%00secret={SECRET}&newip={a}"), "badauth"),
        (format!("secret%00={SECRET}&newip={a}"), "badauth"),
        (format!("SECRET={SECRET}&newip={a}"), "badauth"),
        (format!("secret[]={SECRET}&newip={a}"), "badauth"),
        (format!("secret={SECRET}&newip=%u0031"), "badip"),
        (format!("secret={SECRET}&newip=0x01020304"), "badip"),
        (format!("secret={SECRET}&newip=198.51.100.09"), "badip"),
        (format!("secret={SECRET}&newip=198.51.25609"), "badip"),
        (format!("secret={SECRET}&newip=%EF%BC%91.2.3.4"), "badip"),
    ] {
        assert_eq!(own(&query).body, word, "{query}");
    }
    let form = format!("secret={SECRET}&newip={b}");
    let post = |query: &str, headers: &str| {
        let head = format!(
            "POST /{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n{headers}\r\n\r\n{form}"
        );
        served.say(head.as_bytes())
    };
    let length = format!("Content-Length: {}", form.len());
    assert_eq!(post(&format!("?newip={a}"), &length).body, "badip");
    assert_eq!(
        post(&format!("?secret={NAS_SECRET}"), &length).body,
        "badauth"
    );
    // Two lengths, or a length and chunks: what follows is no second request.
    for lengths in [
        format!("{length}\r\nContent-Length: 1"),
        "Content-Length: 1, 2".to_owned(),
        "Content-Length: +5".to_owned(),
        "Content-Length: -1".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
    ] {
        let answer = post("", &lengths);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (400, ""),
            "{lengths}"
        );
    }
    unchanged(served, &folder);
}

/// A length beside chunks: the chunks count (RFC 9112 section 6.3), and the connection ends there or
/// goes on behind them; the smuggled request behind the shorter reading is never carried out.
#[test]
fn chunks_beside_a_length_smuggle_nothing() {
    let (served, folder) = served();
    let smuggled = format!("GET /?secret={SECRET}&newip=198.51.100.9 HTTP/1.1\r\nHost: x\r\n\r\n");
    let head = format!(
        "POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n",
        smuggled.len()
    );
    let answer = served.say(head.as_bytes());
    assert!([400, 401].contains(&answer.status), "{answer:?}");
    unchanged(served, &folder);
    // The same behind a body that ends before it is a request of its own, and is carried out.
    let (served, folder) = self::served();
    let head = "POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    let last = smuggled.replace("Host: x", "Host: x\r\nConnection: close");
    served.say(format!("{head}{last}").as_bytes());
    assert!(served.stop().contains("198.51.100.9"));
    drop(folder);
}

#[test]
fn paths_lead_nowhere_else() {
    let (served, folder) = served();
    let query = format!(
        "secret={SECRET}&password={SECRET}&token={SECRET}&newip=198.51.100.9&myip=198.51.100.9&ip=198.51.100.9"
    );
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%5c..%5cwindows",
        "/x/..",
        "/nic/../update",
        "/update/..;/",
        "/update;x",
        "/update%00",
        "/update%20",
        "/update.html",
        "/UPDATE",
        "/nic/update/x",
        "/.",
        "/./",
        "/nic/./update",
        "/%252f",
        "/dyn53.toml",
        "/example.net.zone",
        "/setup/../update",
        "/%ff",
        "*",
    ] {
        let answer = served.get(&format!("{path}?{query}"));
        let said = (answer.status, answer.body.as_str());
        assert!(
            [(404, "notfound"), (400, "")].contains(&said),
            "{path}: {said:?}"
        );
    }
    for method in [
        "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "UPDATE",
    ] {
        let answer = served.ask(&format!("{method} /?{query} HTTP/1.1"));
        assert_eq!(answer.status, 405, "{method}");
    }
    let connect = served.ask("CONNECT example.org:443 HTTP/1.1");
    assert!([400, 404, 405].contains(&connect.status), "{connect:?}");
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

/// Asks over UDP; the reply.
fn dig(served: &Served, name: &str, kind: u16, flags: u16, edns: bool) -> Vec<u8> {
    let question = question(name, kind, flags, edns);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    socket.send_to(&question, served.dns).unwrap();
    let mut reply = vec![0; 65_535];
    let length = socket.recv(&mut reply).unwrap();
    reply.truncate(length);
    reply
}

fn question(name: &str, kind: u16, flags: u16, edns: bool) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34];
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 0, 0, u8::from(edns)]);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1]);
    if edns {
        // 4096 octets, and DNSSEC if there is any (RFC 6891, RFC 3225).
        bytes.extend([0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0]);
    }
    bytes
}

#[test]
fn dns_replies_are_hardly_larger_than_questions() {
    let (served, _folder) = served();
    served.get(&format!(
        "/?secret={SECRET}&newip={BEFORE}&newip6=2001:db8::1"
    ));
    let (mut worst, mut of) = (0.0_f64, String::new());
    for name in ["example.net", HOME, "a.example.net", "example.org", "."] {
        for kind in (1..=260).chain([32_768, 32_769, 65_535]) {
            for edns in [false, true] {
                let reply = dig(&served, name, kind, 0x0100, edns).len();
                let asked = question(name, kind, 0x0100, edns).len();
                assert!(reply <= 1232);
                let times = reply as f64 / asked as f64;
                if times > worst {
                    (worst, of) = (
                        times,
                        format!("{name} type {kind}, {asked} bytes -> {reply}"),
                    );
                }
            }
        }
    }
    println!("largest amplification: {worst:.1} ({of})");
    assert!(worst < 4.0, "{worst:.1}: {of}");
}

#[test]
fn no_foreign_name_is_looked_up() {
    let (served, _folder) = served();
    for name in [
        "example.org",
        "www.google.com",
        ".",
        "net",
        "notexample.net",
    ] {
        for flags in [0x0000, 0x0100, 0x0110] {
            let reply = dig(&served, name, 1, flags, true);
            let (recursion_available, code) = (reply[3] & 0x80, reply[3] & 0x0f);
            let sections = &reply[6..10];
            assert_eq!(
                (recursion_available, code, sections),
                (0, 5, &[0; 4][..]),
                "{name}"
            );
        }
    }
}
