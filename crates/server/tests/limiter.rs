//! The limiter: failed logins are counted, nothing else is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Answer, HOME, SECRET, Served, credential, serve, settings};
use std::time::Duration;

fn served(failures: u32, name_failures: u32) -> (Served, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings
        .access
        .credentials
        .push(credential("nas", "s3cret-of-the-nas", &["nas.example.net"]));
    settings.limits.failures = failures;
    settings.limits.failure_period = Duration::from_secs(3600);
    settings.limits.name_failures = name_failures;
    settings.limits.name_failure_period = Duration::from_secs(3600);
    (serve(settings), folder)
}

fn login(served: &Served, from: &str, name: &str, secret: &str) -> Answer {
    let target =
        format!("/nic/update?hostname={HOME}&myip=203.0.113.7&username={name}&password={secret}");
    served.ask(&format!("GET {target} HTTP/1.1\r\nX-Forwarded-For: {from}"))
}

#[test]
fn a_caller_is_refused_after_its_failures() {
    let (served, _folder) = served(3, 1000);
    for _ in 0..4 {
        let answer = login(&served, "198.51.100.1", "router", "wr0ng");
        assert_eq!((answer.status, answer.body.as_str()), (401, "badauth\n"));
    }
    for secret in ["wr0ng", SECRET] {
        let answer = login(&served, "198.51.100.1", "router", secret);
        assert_eq!((answer.status, answer.body.as_str()), (503, "911\n"));
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3601).contains(&wait));
    }
    assert_eq!(login(&served, "198.51.100.2", "router", SECRET).status, 200);
    let challenge = served.ask("GET /nic/update HTTP/1.1\r\nX-Forwarded-For: 198.51.100.1");
    assert_eq!(challenge.status, 401);
    let page = served.ask("GET /myip HTTP/1.1\r\nX-Forwarded-For: 198.51.100.1");
    assert_eq!(page.status, 200);
    let other = served
        .ask("GET /update?domains=home&token=wr0ng HTTP/1.1\r\nX-Forwarded-For: 198.51.100.1");
    assert_eq!((other.status, other.body.as_str()), (503, "KO"));
    assert!(
        served
            .stop()
            .contains("too many failed logins: refused for ")
    );
}

#[test]
fn a_network_of_ipv6_is_one_caller() {
    let (served, _folder) = served(1, 1000);
    for last in ["1", "2"] {
        login(&served, &format!("2001:db8::{last}"), "router", "wr0ng");
    }
    assert_eq!(login(&served, "2001:db8::3", "router", SECRET).status, 503);
    assert_eq!(
        login(&served, "2001:db8:0:1::1", "router", SECRET).status,
        200
    );
}

#[test]
fn requests_without_a_login_and_good_ones_never_count() {
    let (served, _folder) = served(1, 1);
    for _ in 0..20 {
        let challenge = served.ask(
            "GET /nic/update?hostname=home.example.net HTTP/1.1\r\nX-Forwarded-For: 198.51.100.1",
        );
        assert_eq!(challenge.status, 401);
        assert_eq!(login(&served, "198.51.100.1", "router", SECRET).status, 200);
    }
}

#[test]
fn an_attack_on_a_name_locks_out_attackers_only() {
    let (served, _folder) = served(100, 5);
    for last in 1..=50 {
        let from = format!("198.51.100.{last}");
        // A host counts as the same name in any spelling.
        let name = ["home.example.net", "HOME.example.net", "home.example.net."][last % 3];
        assert_eq!(login(&served, &from, name, "wr0ng").status, 401);
    }
    assert_eq!(login(&served, "198.51.100.50", HOME, "wr0ng").status, 503);
    assert_eq!(login(&served, "203.0.113.1", "router", SECRET).status, 200);
    assert_eq!(login(&served, "198.51.100.1", "router", SECRET).status, 200);
}

/// OpenWrt fails once a minute for hours, ddns three times within six seconds.
#[test]
fn clients_that_fail_now_and_then_are_not_punished() {
    let limits = dyn53_server::Limits::default();
    assert!(limits.failure_period <= Duration::from_secs(60));
    let folder = tempfile::tempdir().unwrap();
    let served = serve(settings(folder.path()));
    for _ in 0..10 {
        assert_eq!(
            login(&served, "198.51.100.1", "router", "wr0ng").status,
            401
        );
    }
    assert_eq!(login(&served, "198.51.100.1", "router", SECRET).status, 200);
}
