//! The metrics: who may read them, what is counted, and that nothing a client sent is in them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Answer, HOME, SECRET, Served, credential, serve, settings};
use rstest::rstest;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A server that shows its metrics to these networks; its tests come from a trusted proxy.
fn served(allow: &[&str]) -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.access.metrics = allow.iter().map(|text| text.parse().unwrap()).collect();
    let quiet = credential("quiet", "s3cret-of-nobody", &["quiet.example.net"]);
    settings.access.credentials.push(quiet);
    settings.limits.failures = 2;
    (serve(settings), folder)
}

fn metrics(served: &Served) -> Answer {
    let answer = served.get("/metrics");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn value(text: &str, series: &str) -> Option<f64> {
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|number| number.parse().unwrap())
}

#[track_caller]
fn check(text: &str, series: &str, expected: f64) {
    assert_eq!(value(text, series), Some(expected), "{series} in\n{text}");
}

#[test]
fn requests_are_counted_by_dialect_and_status() {
    let (served, _folder) = served(&["127.0.0.0/8"]);
    for _ in 0..3 {
        let update = format!("/?secret={SECRET}&newip=203.0.113.7");
        assert_eq!(served.get(&update).body, "OK");
    }
    let bad = format!("/nic/update?username=router&password={SECRET}&hostname={HOME}&myip=x");
    assert_eq!(served.get(&bad).body, "badip\n");
    served.get("/myip");
    served.get("/nothing-here");
    served.get("/status");
    let text = metrics(&served).body;
    let requests = |dialect: &str, status: u16| {
        format!("dyn53_requests_total{{dialect=\"{dialect}\",status=\"{status}\"}}")
    };
    for (dialect, status, expected) in [
        ("plain", 200, 3.0),
        ("dyndns2", served.get(&bad).status, 1.0),
        ("myip", 200, 1.0),
        ("none", 404, 1.0),
        ("status", 200, 1.0),
    ] {
        check(&text, &requests(dialect, status), expected);
    }
    let durations = "dyn53_request_duration_seconds";
    check(
        &text,
        &format!("{durations}_count{{dialect=\"plain\"}}"),
        3.0,
    );
    check(
        &text,
        &format!("{durations}_bucket{{dialect=\"plain\",le=\"+Inf\"}}"),
        3.0,
    );
    check(&text, "dyn53_zone_calls_total", 0.0);
    check(
        &metrics(&served).body,
        "dyn53_requests_total{dialect=\"metrics\",status=\"200\"}",
        1.0,
    );
}

#[test]
fn refused_logins_are_counted_wherever_they_were_tried() {
    let (served, _folder) = served(&["127.0.0.1/32"]);
    let refused = |reason: &str| format!("dyn53_refused_logins_total{{reason=\"{reason}\"}}");
    let text = metrics(&served).body;
    check(&text, &refused("wrong"), 0.0);
    check(&text, &refused("throttled"), 0.0);
    served.get("/?newip=203.0.113.7");
    let basic = common::base64(b"router:wr0ng");
    served.ask(&format!(
        "GET /status.json HTTP/1.1\r\nAuthorization: Basic {basic}"
    ));
    for _ in 0..4 {
        served.get("/?secret=wr0ng&newip=203.0.113.7");
    }
    served.ask(&format!(
        "GET /status.json HTTP/1.1\r\nAuthorization: Basic {basic}"
    ));
    let text = metrics(&served).body;
    check(&text, &refused("wrong"), 3.0);
    check(&text, &refused("throttled"), 3.0);
}

#[test]
fn each_host_and_family_has_its_last_call_and_its_last_change() {
    let (served, _folder) = served(&["127.0.0.1/32"]);
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap().as_secs() as f64
    };
    let (start, asked) = (now(), "&hostname=home.example.net");
    let update = |address: &str| {
        let login = format!("username=router&password={SECRET}");
        served.get(&format!("/nic/update?{login}{asked}&myip={address}"))
    };
    assert_eq!(update("203.0.113.7").body, "good 203.0.113.7\n");
    let series = |what: &str, host: &str, family: &str| {
        format!("dyn53_last_{what}_timestamp_seconds{{host=\"{host}\",family=\"{family}\"}}")
    };
    let text = metrics(&served).body;
    for what in ["call", "change"] {
        let at = value(&text, &series(what, HOME, "ipv4")).unwrap();
        assert!((start..=now()).contains(&at), "{text}");
        for (host, family) in [(HOME, "ipv6"), ("quiet.example.net", "ipv4")] {
            assert_eq!(value(&text, &series(what, host, family)), None, "{text}");
        }
    }
    let changed = value(&text, &series("change", HOME, "ipv4"));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(update("203.0.113.7").body, "nochg 203.0.113.7\n");
    update("not-an-address");
    let text = metrics(&served).body;
    assert_eq!(value(&text, &series("change", HOME, "ipv4")), changed);
    assert!(value(&text, &series("call", HOME, "ipv4")) > changed);
    assert_eq!(update("2001:db8::7").body, "good 2001:db8::7\n");
    let text = metrics(&served).body;
    assert!(value(&text, &series("call", HOME, "ipv6")) >= changed);
}

/// Names of all kinds in all places of a request, and the labels stay those of the configuration.
#[test]
fn nothing_that_a_client_sent_is_in_it() {
    let (served, _folder) = served(&["127.0.0.1/32"]);
    for number in 0..50 {
        let sent = format!("foreign{number}.example.net");
        served.ask(&format!("FOREIGN{number} /{sent} HTTP/1.1"));
        served.get(&format!("/{sent}?hostname={sent}"));
        served.get(&format!(
            "/nic/update?username=router&password={SECRET}&hostname={sent}&myip=203.0.113.7"
        ));
        served.ask(&format!("GET /?secret={SECRET}&newip=203.0.113.7 HTTP/1.1\r\nUser-Agent: {sent}\r\nX-Forwarded-For: 198.51.100.{number}"));
    }
    let text = metrics(&served).body;
    for word in ["oreign", "FOREIGN", "s3cret", "203.0.113", "198.51.100"] {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series < 120, "{series} series:\n{text}");
}

#[rstest]
#[case(&[], "", false)]
#[case(&["198.51.100.0/24"], "", false)]
#[case(&["198.51.100.0/24"], "198.51.100.9", true)]
#[case(&["127.0.0.1/32"], "198.51.100.9", false)]
#[case(&["127.0.0.1/32"], "127.0.0.1, 198.51.100.9", false)]
#[case(&["127.0.0.1/32"], "", true)]
fn only_the_named_callers_see_that_there_is_a_page(
    #[case] allow: &[&str],
    #[case] forwarded: &str,
    #[case] shown: bool,
) {
    let (served, _folder) = served(allow);
    for line in ["GET", "HEAD", "POST", "PUT"] {
        let ask = |path: &str| {
            served.ask(&format!(
                "{line} {path} HTTP/1.1\r\nX-Forwarded-For: {forwarded}"
            ))
        };
        let (answer, unknown) = (ask("/metrics"), ask("/nothing"));
        if shown {
            let expected = if matches!(line, "GET" | "HEAD") {
                200
            } else {
                405
            };
            assert_eq!(answer.status, expected);
            assert_eq!(answer.body.contains("dyn53_"), line == "GET");
        } else {
            let told = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                headers.retain(|(name, _)| name != "date");
                (answer.status, headers, answer.body.clone())
            };
            assert_eq!(told(&answer), told(&unknown));
            assert_eq!(answer.status, 404);
        }
    }
}

#[rstest]
#[case("*/*", "text/plain; version=0.0.4; charset=utf-8", false)]
#[case(
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
    true
)]
fn it_is_written_as_the_caller_reads_it(
    #[case] accept: &str,
    #[case] content_type: &str,
    #[case] ends: bool,
) {
    let (served, _folder) = served(&["127.0.0.1/32"]);
    let answer = served.ask(&format!("GET /metrics HTTP/1.1\r\nAccept: {accept}"));
    assert_eq!(answer.header("content-type"), Some(content_type));
    assert_eq!(answer.body.ends_with("# EOF\n"), ends, "{}", answer.body);
    let kind = if ends { "" } else { "_total" };
    assert!(
        answer
            .body
            .contains(&format!("# TYPE dyn53_zone_calls{kind} counter\n"))
    );
}
