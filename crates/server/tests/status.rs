//! The status: who sees what, sessions, forms, and what a browser finds at `/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Answer, HOME, SECRET, Served, base64, credential, serve, settings};
use dyn53_core::SecretHash;
use rstest::rstest;
use std::time::Duration;
use tempfile::TempDir;

const OTHER: &str = "s3cret-of-the-other-one";
const OPERATOR: &str = "s3cret-of-the-operator";

/// Two logins, an operator, and sessions of this length.
fn served(session_time: Duration) -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let other = credential("other", OTHER, &["other.example.net"]);
    settings.access.credentials.push(other);
    settings.access.operator = Some(SecretHash::of(OPERATOR));
    settings.limits.session_time = session_time;
    settings.limits.failures = 5;
    (serve(settings), folder)
}

fn hour() -> (Served, TempDir) {
    served(Duration::from_secs(3_600))
}

fn post(served: &Served, path: &str, headers: &str, body: &str) -> Answer {
    served.say(
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    )
}

/// Logs in; returns the header with the cookie.
fn log_in(served: &Served, name: &str, secret: &str) -> String {
    let answer = post(
        served,
        "/status",
        "",
        &format!("name={name}&secret={secret}"),
    );
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/status"))
    );
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.contains("; Path=/status; Max-Age=")
            && cookie.ends_with("; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    format!("Cookie: a=b; {}\r\n", cookie.split(';').next().unwrap())
}

fn page(served: &Served, headers: &str) -> Answer {
    served.ask(&format!("GET /status HTTP/1.1\r\n{}", headers.trim_end()))
}

fn basic(served: &Served, path: &str, name: &str, secret: &str) -> Answer {
    let login = base64(format!("{name}:{secret}").as_bytes());
    served.ask(&format!(
        "GET {path} HTTP/1.1\r\nAuthorization: Basic {login}"
    ))
}

/// The word of the forms of a page.
fn form(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"form\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn each_login_sees_its_own_hosts_and_the_operator_all() {
    let (served, _folder) = hour();
    for (secret, address) in [(SECRET, "203.0.113.7"), (OTHER, "203.0.113.8")] {
        assert_eq!(
            served
                .get(&format!("/?secret={secret}&newip={address}"))
                .body,
            "OK"
        );
    }
    // Refused to one login, and its reason names that login's hosts.
    served.get(&format!(
        "/nic/update?username=router&password={SECRET}&hostname=other.example.net&myip=203.0.113.9"
    ));
    for path in ["/status", "/status.json"] {
        let own = basic(&served, path, "router", SECRET).body;
        assert!(own.contains(HOME) && own.contains("203.0.113.7"), "{own}");
        assert!(
            !own.contains("other.example.net") && !own.contains("203.0.113.8"),
            "{own}"
        );
        assert!(own.contains("host names asked for are not full names or not of this login"));
        let other = basic(&served, path, "other", OTHER).body;
        assert!(
            other.contains("other.example.net") && !other.contains(HOME),
            "{other}"
        );
        let all = basic(&served, path, "", OPERATOR).body;
        assert!(
            all.contains(HOME) && all.contains("other.example.net"),
            "{all}"
        );
    }
}

#[test]
fn nobody_is_let_in_with_a_wrong_secret_and_too_many_tries_are_refused() {
    let (served, _folder) = hour();
    let json = served.get("/status.json");
    assert_eq!((json.status, json.body.as_str()), (401, "badauth"));
    assert!(
        json.header("www-authenticate")
            .unwrap()
            .starts_with("Basic ")
    );
    for _ in 0..3 {
        let answer = post(&served, "/status", "", "name=router&secret=wr0ng");
        assert_eq!(answer.status, 401);
        assert!(
            answer
                .body
                .contains("The user name or the secret is wrong.")
        );
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert_eq!(basic(&served, "/status", "other", SECRET).status, 401);
    for _ in 0..2 {
        assert_eq!(
            basic(&served, "/status.json", "router", "wr0ng").status,
            401
        );
    }
    let answer = post(
        &served,
        "/status",
        "",
        &format!("name=router&secret={SECRET}"),
    );
    assert_eq!(answer.status, 503, "the right secret, too late");
    assert!(answer.body.contains("Too many wrong logins"));
    let log = served.stop();
    assert!(!log.contains("wr0ng") && !log.contains(SECRET));
}

#[test]
fn a_session_ends_with_the_log_out_and_with_its_time() {
    let (served, _folder) = hour();
    let cookie = log_in(&served, "router", SECRET);
    let seen = page(&served, &cookie);
    assert!(seen.body.contains(HOME));
    let out = post(&served, "/status/logout", &cookie, "form=guessed");
    assert_eq!(out.status, 403);
    assert!(page(&served, &cookie).body.contains(HOME));
    let out = post(
        &served,
        "/status/logout",
        &cookie,
        &format!("form={}", form(&seen)),
    );
    assert_eq!(out.status, 303);
    assert!(
        out.header("set-cookie")
            .unwrap()
            .contains("dyn53=; Path=/status; Max-Age=0")
    );
    assert!(page(&served, &cookie).body.contains("Log in"));
    assert!(!page(&served, &cookie).body.contains(HOME));

    let (served, _folder) = self::served(Duration::ZERO);
    let cookie = log_in(&served, "router", SECRET);
    assert!(!page(&served, &cookie).body.contains(HOME));
}

#[test]
fn a_host_is_set_to_the_browsers_address_from_the_own_page_alone() {
    let (served, _folder) = hour();
    let cookie = log_in(&served, HOME, SECRET);
    let from = format!("{cookie}X-Forwarded-For: 198.51.100.9\r\n");
    let word = form(&page(&served, &cookie));
    for body in [format!("host={HOME}"), format!("host={HOME}&form=guessed")] {
        assert_eq!(post(&served, "/status/set", &from, &body).status, 403);
    }
    let body = format!("host={HOME}&form={word}");
    assert_eq!(
        post(
            &served,
            "/status/set",
            "X-Forwarded-For: 198.51.100.9\r\n",
            &body
        )
        .status,
        403
    );
    assert!(!page(&served, &cookie).body.contains("198.51.100.9"));
    assert_eq!(post(&served, "/status/set", &from, &body).status, 303);
    let json = basic(&served, "/status.json", "router", SECRET).body;
    assert!(
        json.contains(r#""type":"A","addresses":["198.51.100.9"],"ttl":60"#),
        "{json}"
    );
    let other = post(
        &served,
        "/status/set",
        &from,
        &format!("host=other.example.net&form={word}"),
    );
    assert_eq!(other.status, 200);
    assert!(
        other
            .body
            .contains("The last call, 0 seconds ago, was refused"),
        "{}",
        other.body
    );
    assert!(
        !basic(&served, "/status.json", "other", OTHER)
            .body
            .contains("198.51.100.9")
    );
}

#[rstest]
#[case("GET /", "Accept: text/html,*/*;q=0.8", true)]
#[case("HEAD /", "Accept: text/html", true)]
#[case("GET /", "Accept: */*", false)]
#[case("GET /", "X-Nothing: 0", false)]
#[case("GET /?newip=203.0.113.7", "Accept: text/html", false)]
#[case("GET /", "Accept: text/html\r\nAuthorization: Basic eDp5", false)]
#[case("POST /", "Accept: text/html", false)]
fn a_browser_at_the_root(#[case] line: &str, #[case] header: &str, #[case] page: bool) {
    let (served, _folder) = hour();
    let answer = served.ask(&format!("{line} HTTP/1.1\r\n{header}"));
    let html = answer.header("content-type") == Some("text/html; charset=utf-8");
    assert_eq!((html, answer.status == 200), (page, page), "{answer:?}");
    if line == "GET /" && page {
        assert!(
            answer.body.contains("href=\"/status\"") && answer.body.contains("href=\"/setup\"")
        );
    }
}
