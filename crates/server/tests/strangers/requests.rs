//! Requests that are made to confuse.

use super::*;

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
