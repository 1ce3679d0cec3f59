//! Transport: what old clients need, and what slow and strange ones must not get.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Answer, HOME, SECRET, serve, settings};
use dyn53_server::{Limits, Proxies};
use rstest::rstest;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const BASIC: &str = "Authorization: Basic cm91dGVyOnMzY3JldC1vZi10aGUtcm91dGVy";

fn update(address: &str) -> String {
    format!("/?secret={SECRET}&newip={address}")
}

fn with(limits: Limits) -> (common::Served, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.limits = limits;
    (serve(settings), folder)
}

/// Whether the other side has ended the connection; waits for it.
fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).is_ok() && rest.is_empty()
}

#[rstest]
#[case("GET /myip HTTP/1.0\r\n\r\n")]
#[case("GET /myip HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")]
#[case("GET /myip HTTP/1.0\r\nConnection: close\r\n\r\n\r\n")]
#[case("GET /myip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
#[case("GET /myip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n\r\n\r\n")]
fn closed_at_once(#[case] request: &str) {
    // Only who closes at once closes before the test gives up reading.
    let (served, _folder) = with(Limits {
        head_time: Duration::from_secs(3600),
        ..Limits::default()
    });
    let answer = served.say(request.as_bytes());
    assert_eq!((answer.status, answer.body.as_str()), (200, "127.0.0.1"));
    assert_eq!(answer.header("content-length"), Some("9"));
}

#[test]
fn a_connection_is_used_again() {
    let (served, _folder) = with(Limits::default());
    let mut stream = served.connect();
    for _ in 0..3 {
        let head = format!(
            "GET /nic/update?myip=203.0.113.7&hostname={HOME} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n{BASIC}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let answer = Answer::read_one(&mut stream);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-encoding"), None);
        assert_eq!(answer.header("transfer-encoding"), None);
    }
    assert_eq!(served.get("/health").body, "ok");
}

#[test]
fn requests_may_come_in_pieces_and_in_a_row() {
    let (served, _folder) = with(Limits::default());
    let mut stream = served.connect();
    for piece in [
        "GET /my",
        "ip HTTP/1.1\r\nHo",
        "st: x\r\n",
        "\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        stream.write_all(piece.as_bytes()).unwrap();
    }
    assert_eq!(Answer::read_one(&mut stream).body, "127.0.0.1");
    assert_eq!(Answer::read_one(&mut stream).body, "ok");
}

#[rstest]
#[case(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400)]
#[case(b"GET\r\n\r\n", 400)]
#[case(b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 400)]
#[case(b"GET /myip HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400)]
fn what_is_no_request(#[case] bytes: &[u8], #[case] status: u16) {
    let (served, _folder) = with(Limits::default());
    let answer = served.say(bytes);
    assert_eq!((answer.status, answer.body.as_str()), (status, ""));
    assert_eq!(served.get("/health").status, 200);
}

/// RFC 9112 section 3.2; some of these made it to the zone.
#[rstest]
#[case("", 400)]
#[case("Host: x\r\nHost: x\r\n", 400)]
#[case("Host: x\r\nHost: y\r\n", 400)]
#[case("Host: a b\r\n", 400)]
#[case("Host: user@x\r\n", 400)]
#[case("Host: http://x/\r\n", 400)]
#[case("Host:\r\n", 200)]
#[case("Host: x:8053\r\n", 200)]
#[case("Host: [::1]:8053\r\n", 200)]
fn a_request_has_one_host(#[case] fields: &str, #[case] status: u16) {
    let (served, _folder) = with(Limits::default());
    for path in ["/health", "/myip", &update("203.0.113.7")] {
        let next = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let head = format!("GET {path} HTTP/1.1\r\n{fields}\r\n{next}");
        let answer = served.say(head.as_bytes());
        assert_eq!(answer.status, status, "{path}");
        if status == 400 {
            // Closed: who cannot say where he wants to go is not listened to any further.
            assert_eq!(answer.body, "badagent");
            assert_eq!(answer.header("connection"), Some("close"));
        }
    }
    let log = served.stop();
    let refused = log.matches("\"status\":400").count();
    assert_eq!(refused, if status == 400 { 3 } else { 0 }, "{log}");
    assert_eq!(log.contains("\"changes\":[{"), status == 200, "{log}");
}

#[test]
fn an_old_request_needs_no_host() {
    let (served, _folder) = with(Limits::default());
    assert_eq!(served.say(b"GET /myip HTTP/1.0\r\n\r\n").status, 200);
    let two = b"GET /myip HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n";
    assert_eq!(served.say(two).status, 400);
}

/// A form is a body of exactly that media type, as in the function.
#[rstest]
#[case("application/x-www-form-urlencoded", "OK")]
#[case("Application/x-www-form-urlencoded ; charset=utf-8", "OK")]
#[case("application/x-www-form-urlencodedX", "badauth")]
#[case("application/x-www-form-urlencoded, text/plain", "badauth")]
#[case("text/plain", "badauth")]
fn what_is_a_form(#[case] content_type: &str, #[case] body: &str) {
    let (served, _folder) = with(Limits::default());
    let form = format!("secret={SECRET}&newip=203.0.113.7");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}",
        form.len()
    );
    assert_eq!(
        served.say(format!("{head}\r\n\r\n{form}").as_bytes()).body,
        body
    );
}

#[test]
fn headers_that_are_no_text() {
    let (served, _folder) = with(Limits::default());
    for header in [
        "Authorization: Basic ",
        "Authorization: ",
        "X-Forwarded-For: ",
        "Content-Type: ",
        "User-Agent: ",
    ] {
        let mut request =
            format!("GET /nic/update HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}")
                .into_bytes();
        request.extend(b"\xff\xfe\x80\r\n\r\n");
        let answer = served.say(&request);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (401, "badauth\n"),
            "{header}"
        );
    }
}

#[test]
fn a_head_at_its_limit() {
    let (served, _folder) = with(Limits {
        head: 8192,
        ..Limits::default()
    });
    let head = |length: usize| {
        let start = "GET /myip HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-long: ";
        format!("{start}{}\r\n\r\n", "a".repeat(length - start.len() - 4))
    };
    assert_eq!(served.say(head(8000).as_bytes()).status, 200);
    assert_eq!(served.say(head(9000).as_bytes()).status, 431);
}

#[test]
fn a_body_at_its_limit() {
    let limits = Limits {
        body: 1000,
        ..Limits::default()
    };
    let (served, _folder) = with(limits);
    let post = |length: usize| {
        let form = format!("secret={SECRET}&newip=203.0.113.7&x=");
        let form = format!("{form}{}", "a".repeat(length - form.len()));
        let head = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {length}"
        );
        served.say(format!("{head}\r\n\r\n{form}").as_bytes())
    };
    assert_eq!(post(1000).body, "OK");
    assert_eq!(
        (post(1001).status, post(1001).body.as_str()),
        (413, "badagent")
    );
}

#[test]
fn a_slow_head_and_a_slow_body() {
    let limits = Limits {
        head_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let (served, _folder) = with(limits);
    let mut slow = served.connect();
    slow.write_all(b"GET /myip HTTP/1.1\r\nHost:").unwrap();
    assert!(is_closed(&mut slow));
    let mut idle = served.connect();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    assert_eq!(Answer::read_one(&mut idle).body, "ok");
    assert!(is_closed(&mut idle));
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nsecret=";
    let answer = served.say(head.as_bytes());
    assert_eq!((answer.status, answer.body.as_str()), (408, "badagent"));
}

#[test]
fn a_thousand_slow_clients_delay_nobody() {
    // None of them goes by itself before the test gives up.
    let (served, _folder) = with(Limits {
        connections: 600,
        head_time: Duration::from_secs(3600),
        ..Limits::default()
    });
    let slow: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let mut stream = served.connect();
            let _it_may_be_closed_already = stream.write_all(b"GET /myip HTTP/1.1\r\nHost:");
            stream
        })
        .collect();
    for last in 1..=10 {
        assert_eq!(served.get(&update(&format!("203.0.113.{last}"))).body, "OK");
    }
    drop(slow);
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    let (served, _folder) = with(Limits::default());
    let mut stream = served.connect();
    let form = format!("secret={SECRET}&newip=203.0.113.9");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        form.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body: it is at work on the request.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    let address = served.http;
    let stopping = std::thread::spawn(move || served.stop());
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(form.as_bytes()).unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK"));
    assert!(stopping.join().unwrap().contains("203.0.113.9"));
}

#[test]
fn a_proxy_counts_only_if_it_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let mut untrusted = settings(folder.path());
    untrusted.access.proxies = Proxies::default();
    let served = serve(untrusted);
    let head = "GET /myip HTTP/1.1\r\nX-Forwarded-For: 198.51.100.1";
    assert_eq!(served.ask(head).body, "127.0.0.1");
    let log = served.stop();
    assert!(
        log.contains("127.0.0.1 sent X-Forwarded-For and is not trusted"),
        "{log}"
    );
    let served = serve(settings(folder.path()));
    assert_eq!(served.ask(head).body, "198.51.100.1");
}

#[test]
fn no_secret_in_the_log() {
    let (served, _folder) = with(Limits::default());
    let wrong = "wr0ng-secret-of-nobody";
    for secret in [SECRET, wrong] {
        let basic = |name: &str| {
            let plain = format!("{name}:{secret}");
            let encoded = common::base64(plain.as_bytes());
            format!("Authorization: Basic {encoded}")
        };
        let form = format!("secret={secret}&password={secret}&token={secret}&x={secret}");
        let requests = [
            format!("GET /?secret={secret}&newip=203.0.113.7 HTTP/1.1"),
            format!("GET /?newip={secret}&secret={secret} HTTP/1.1"),
            format!("GET / HTTP/1.1\r\nAuthorization: Bearer {secret}"),
            format!("GET / HTTP/1.1\r\n{}", basic("x")),
            format!("GET / HTTP/1.1\r\n{}", basic(secret)),
            format!(
                "GET /nic/update?hostname={secret}&myip={secret} HTTP/1.1\r\n{}",
                basic("router")
            ),
            format!(
                "GET /nic/update?hostname={secret}.example.net HTTP/1.1\r\n{}",
                basic("router")
            ),
            format!("GET /nic/update?username=router&password={secret} HTTP/1.1"),
            format!("GET /update?domains={HOME}&token={secret} HTTP/1.1"),
            format!("GET /update?domains={secret}&token={secret}&ip={secret} HTTP/1.1"),
            format!("GET /{secret} HTTP/1.1"),
            format!("{secret} /{secret} HTTP/1.1"),
            format!("GET /setup?secret={secret} HTTP/1.1"),
            format!(
                "GET /myip HTTP/1.1\r\nUser-Agent: {secret}\r\nCookie: {secret}\r\nX-Forwarded-For: {secret}"
            ),
            format!("GET http://user:{secret}@x/ HTTP/1.1"),
        ];
        for request in requests {
            served.ask(&request);
        }
        for path in ["/", "/nic/update", "/update", "/other"] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            );
            served.say(head.as_bytes());
        }
    }
    let log = served.stop();
    assert_eq!(log.lines().count(), 2 * 19, "{log}");
    for line in log.lines() {
        for secret in [SECRET, wrong] {
            let encoded = common::base64(secret.as_bytes());
            assert!(
                !line.contains(secret) && !line.contains(encoded.trim_end_matches('=')),
                "{line}"
            );
        }
        for part in ["s3cret", "wr0ng", "Basic", "Bearer", "secret="] {
            assert!(!line.contains(part), "{line}");
        }
    }
}
