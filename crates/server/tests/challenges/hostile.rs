//! Bodies and headers that are made to confuse.

use super::*;

#[rstest]
fn a_body_of_a_megabyte(#[values("/present", "/cleanup", "/update", "/register")] path: &str) {
    let (served, _folder) = served();
    let long = challenge(HOME, &value(1))
        .replace('{', &format!("{{\"more\":\"{}\",", "x".repeat(1 << 20)));
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Api-User: router\r\nX-Api-Key: {SECRET}\r\nAuthorization: Basic {}\r\nContent-Length: {}\r\n\r\n",
        base64(format!("router:{SECRET}").as_bytes()),
        long.len()
    );
    let mut stream = served.connect();
    // The server may close before it has read everything.
    let _closed_early = std::io::Write::write_all(
        &mut stream,
        [head.as_bytes(), long.as_bytes()].concat().as_slice(),
    );
    assert_eq!(Answer::read_one(&mut stream).status, 413);
    sees(
        &served,
        &format!("_acme-challenge.{HOME} TXT"),
        "NXDOMAIN",
        &[],
    );
}

/// Whatever stands in a header or in the JSON: one reply, our headers alone, no change, nothing in the log.
#[test]
fn headers_and_json_inject_nothing() {
    const MARK: &str = "m4rk";
    let (served, _folder) = served();
    let good = value(1);
    let bodies = [
        format!(r#"{{"fqdn":"_acme-challenge.{HOME}.\r\n{MARK}: 1","value":"{good}"}}"#),
        format!(
            r#"{{"fqdn":"_acme-challenge.{HOME}.","value":"{}\"{MARK}"}}"#,
            &good[5..]
        ),
        format!(
            r#"{{"fqdn":"_acme-challenge.{HOME}.","value":"{}\u0022{MARK}"}}"#,
            &good[5..]
        ),
        format!(
            r#"{{"fqdn":"_acme-challenge.{HOME}.","value":"{}\" \"{MARK}"}}"#,
            &good[7..]
        ),
        format!(r#"{{"fqdn":"_acme-challenge.{HOME}.","value":"{good}","fqdn":"{MARK}"}}"#),
        format!(r#"{{"fqdn":"_acme-challenge.{HOME}.","value":"{good}","{MARK}":{{}}}}"#),
        format!(r#"{{"fqdn":["_acme-challenge.{HOME}."],"value":"{good}","x":"{MARK}"}}"#),
        format!(
            "{}\n{{\"level\":\"ERROR\",\"x\":\"{MARK}\"}}",
            challenge(HOME, &good)
        ),
        format!("\u{feff}{} {MARK}", challenge(HOME, &good)),
        "[".repeat(16_000) + MARK,
        "{\"fqdn\":".repeat(1_500) + MARK,
    ];
    let keys = ["\"}{", "\t", "%0d%0a", "\u{e9}", "'; --", "\u{1}"];
    for body in &bodies {
        harmless(&ask(&served, "/present", body), body, MARK);
        let swapped = body.replace("fqdn", "subdomain").replace("value", "txt");
        let swapped = swapped
            .replace("_acme-challenge.", "")
            .replace("net.", "net");
        harmless(&update(&served, "router", SECRET, &swapped), &swapped, MARK);
    }
    let body = format!(r#"{{"subdomain":"{HOME}","txt":"{good}"}}"#);
    for key in keys {
        let marked = format!("{key}{MARK}");
        harmless(&update(&served, &marked, &marked, &body), &marked, MARK);
        harmless(&update(&served, "router", &marked, &body), &marked, MARK);
    }
    sees(
        &served,
        &format!("_acme-challenge.{HOME} TXT"),
        "NXDOMAIN",
        &[],
    );
    let log = served.stop();
    assert!(!log.contains(MARK), "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"] == "INFO" || line["level"] == "WARN", "{line}");
    }
}

fn update(served: &Served, user: &str, key: &str, body: &str) -> Answer {
    let length = body.len();
    served.say(format!("POST /update HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Api-User: {user}\r\nX-Api-Key: {key}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes())
}

#[track_caller]
fn harmless(answer: &Answer, what: &str, mark: &str) {
    let what: String = what.chars().take(200).collect();
    assert!(
        (400..500).contains(&answer.status),
        "{} for {what}",
        answer.status
    );
    assert!(!answer.body.contains(mark), "{what}: {}", answer.body);
    let mut headers = answer.headers.iter();
    assert!(
        !headers.any(|(name, value)| name.contains(mark) || value.contains(mark)),
        "{what}"
    );
    if answer.header("content-type") == Some("application/json") {
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert!(
            body["error"].is_string() && body.as_object().unwrap().len() == 1,
            "{what}"
        );
    }
}
