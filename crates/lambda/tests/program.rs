//! `bootstrap` as a program: its start, its events, its log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod shared;

use dyn53_testkit::function_url;
use dyn53_testkit::route53::{Authority, Options, Record, Route53, Trouble};
use dyn53_testkit::runtime_api::Posted;
use rstest::rstest;
use serde_json::{Value, json};
use shared::{Function, KEY_SECRET, TOKEN, ZONE, environment, get, route53};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn values(route53: &Route53) -> Vec<(String, Vec<String>)> {
    let records = route53.records(ZONE).into_iter();
    records.map(|record| (record.kind, record.values)).collect()
}

fn parsed(lines: &[String]) -> Vec<Value> {
    let lines = lines.iter();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[rstest]
#[case("HOSTED_ZONE_ID", "", "HOSTED_ZONE_ID is not set: give it the id")]
#[case(
    "RECORD_NAMES",
    "home",
    "RECORD_NAMES has `home`: the host name needs its domain"
)]
#[case("SECRET", "", "SECRET is not set")]
#[case("TTL", "soon", "TTL is not a number of seconds")]
#[case("AWS_REGION", "", "AWS_REGION is not set")]
#[case(
    "AWS_CA_BUNDLE",
    "/nonexistent.pem",
    "/nonexistent.pem, which cannot be read"
)]
#[case("AWS_CA_BUNDLE", "Cargo.toml", "AWS_CA_BUNDLE")]
#[case("AWS_ENDPOINT_URL_ROUTE_53", "route 53", "the Route 53 endpoint")]
fn a_wrong_environment_is_one_sentence(
    #[case] name: &'static str,
    #[case] value: &str,
    #[case] sentence: &str,
) {
    let mut environment = environment(&route53("example.com"));
    environment.push((name, value.to_owned()));
    let function = Function::start(&environment);
    let Posted::Error(kind, body) = function.api().failed_start() else {
        panic!("not an error");
    };
    assert_eq!(kind, "Runtime.WrongEnvironment");
    let body: Value = serde_json::from_str(&body).unwrap();
    let said = body["errorMessage"].as_str().unwrap();
    assert!(said.contains(sentence), "{said}");
    let (code, lines) = function.end();
    assert_eq!(code, Some(1));
    let lines = parsed(&lines);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["level"], &lines[0]["reason"]),
        (&json!("ERROR"), &json!(said))
    );
}

/// Keys that are out of date do not get newer in this process: it ends after its reply, and Lambda starts
/// another one.
#[test]
fn it_ends_when_its_keys_are_out_of_date() {
    let route53 = route53("example.com");
    route53.trouble([Trouble::Answer {
        status: 403,
        code: "ExpiredToken",
        message: "The security token included in the request is expired",
    }]);
    let function = Function::start(&environment(&route53));
    let reply = function.say(&get("/?secret=s3cret&newip=192.0.2.1"));
    assert_eq!((reply.status, &*reply.body), (503, "911"));
    let (code, lines) = function.end();
    assert_eq!(code, Some(1));
    let last = lines.last().unwrap();
    assert!(last.contains("out of date: it ends"), "{last}");
}

#[test]
fn outside_of_lambda_it_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("elsewhere use `dyn53 serve`"), "{said}");
}

#[test]
fn it_ends_when_the_runtime_api_is_gone() {
    let mut environment = environment(&route53("example.com"));
    environment.push(("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1".into()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    let output = command.env_clear().envs(environment).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("the Runtime API at AWS_LAMBDA_RUNTIME_API cannot be used"),
        "{said}"
    );
}

#[rstest]
#[case(b"", "not JSON")]
#[case(b"{\"rawPath\"", "not JSON")]
#[case(b"\xff\xff", "not JSON")]
#[case(b"{}", "no requestContext.http.method")]
#[case(b"[[[]]]", "no requestContext.http.method")]
#[case(
    br#"{"Records": [{"eventSource": "aws:sqs"}]}"#,
    "no requestContext.http.method"
)]
fn an_event_of_another_kind_is_an_error_and_the_next_one_is_answered(
    #[case] event: &[u8],
    #[case] sentence: &str,
) {
    let function = Function::start(&environment(&route53("example.com")));
    let told = function.invoke(event);
    let Posted::Error(kind, body) = told.posted else {
        panic!("not an error: {:?}", told.posted);
    };
    assert_eq!(kind, "Function.UnreadableEvent");
    assert!(body.contains(sentence), "{body}");
    assert_eq!(function.say(&get("/myip")).body, "203.0.113.77");
    let lines = parsed(&function.log());
    assert_eq!(lines[0]["id"], json!(told.id));
    assert!(lines[0]["reason"].as_str().unwrap().contains(sentence));
}

#[test]
fn deep_and_large_events_do_not_end_it() {
    let function = Function::start(&environment(&route53("example.com")));
    let deep = "[".repeat(100_000);
    assert!(matches!(function.invoke(deep).posted, Posted::Error(..)));
    let mut event = function_url::event(&get("/"));
    event["headers"]["content-type"] = "application/x-www-form-urlencoded".into();
    event["body"] = "a=&".repeat(2_000_000).into();
    assert_eq!(function.reply(&event).status, 413);
    event["rawPath"] = "/".repeat(1_000_000).into();
    event["body"] = Value::Null;
    assert_eq!(function.reply(&event).status, 403);
}

#[rstest]
#[case("203.0.113.9", "203.0.113.9")]
#[case("203.0.113.9:50512", "203.0.113.9")]
#[case("2001:db8::9", "2001:db8::9")]
#[case("[2001:db8::9]:50512", "2001:db8::9")]
#[case("::ffff:203.0.113.9", "203.0.113.9")]
fn the_callers_address_in_any_form(#[case] source: &str, #[case] published: &str) {
    let route53 = route53("example.com");
    let function = Function::start(&environment(&route53));
    let mut event = function_url::event(&get("/?secret=s3cret"));
    event["requestContext"]["http"]["sourceIp"] = source.into();
    assert_eq!(function.reply(&event).body, "OK");
    let kind = if published.contains(':') { "AAAA" } else { "A" };
    assert_eq!(
        values(&route53),
        [(kind.to_owned(), vec![published.to_owned()])]
    );
}

#[test]
fn an_unknown_caller_may_still_say_its_address() {
    let route53 = route53("example.com");
    let function = Function::start(&environment(&route53));
    let mut event = function_url::event(&get("/?secret=s3cret"));
    event["requestContext"]["http"]["sourceIp"] = Value::Null;
    assert_eq!(function.reply(&event).body, "badip");
    event["rawQueryString"] = "secret=s3cret&newip=198.51.100.9".into();
    assert_eq!(function.reply(&event).body, "OK");
    assert_eq!(values(&route53).len(), 1);
}

#[test]
fn a_form_in_base64() {
    let route53 = route53("example.com");
    let function = Function::start(&environment(&route53));
    let mut event = function_url::event(&get("/"));
    event["requestContext"]["http"]["method"] = "POST".into();
    event["headers"]["content-type"] = "application/x-www-form-urlencoded; charset=utf-8".into();
    event["isBase64Encoded"] = true.into();
    event["body"] = "c2VjcmV0PXMzY3JldCZuZXdpcD0xOTguNTEuMTAwLjk=".into();
    assert_eq!(function.reply(&event).body, "OK");
    assert_eq!(
        values(&route53),
        [("A".to_owned(), vec!["198.51.100.9".to_owned()])]
    );
    event["body"] = "not base64!".into();
    assert!(matches!(
        function.invoke(event.to_string()).posted,
        Posted::Error(..)
    ));
}

#[test]
fn the_log_line_tells_what_happened() {
    let route53 = route53("example.com");
    route53.put(
        ZONE,
        Record::simple("home.example.com", "A", 60, &["192.0.2.1"]),
    );
    let function = Function::start(&environment(&route53));
    let event = function_url::event(&get("/?newip=198.51.100.9&secret=s3cret")).to_string();
    let told = function.invoke(event);
    let lines = parsed(&function.log());
    let line = &lines[0];
    assert_eq!(lines.len(), 1);
    assert_eq!(line["id"], json!(told.id));
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["caller"], "203.0.113.77");
    assert_eq!(line["outcome"], "OK");
    assert_eq!(line["hosts"], json!(["home.example.com"]));
    let change =
        json!({"host": "home.example.com", "type": "A", "old": "192.0.2.1", "new": "198.51.100.9"});
    assert_eq!(line["changes"], json!([change]));
    assert_eq!(line["calls"], 1);
    let time = line["timestamp"].as_str().unwrap();
    assert!(
        time.len() == 24 && time.ends_with('Z') && time.starts_with("20"),
        "{time}"
    );
}

/// In every place where a request can carry a secret, right and wrong ones.
#[test]
fn no_secret_is_logged() {
    let route53 = route53("example.com");
    let function = Function::start(&environment(&route53));
    let long = "s3cret-of-somebody";
    let basic = "Basic dXNlcjpzM2NyZXQtb2Ytc29tZWJvZHk=";
    for secret in ["s3cret", long] {
        for target in [
            format!("/?newip=198.51.100.9&secret={secret}"),
            format!("/?newip={secret}&secret=s3cret"),
            format!("/update?domains={secret}&token={secret}&ip=198.51.100.9"),
            format!(
                "/nic/update?username={secret}&password={secret}&hostname={secret}.example.com"
            ),
            format!("/nic/update/{secret}?{secret}"),
            format!("/{secret}"),
        ] {
            function.say(&get(&target));
            let mut request = get("/nic/update?myip=198.51.100.8");
            request.authorization = Some(format!("Bearer {secret}"));
            function.say(&request);
            request.path = "/".into();
            function.say(&request);
            request.authorization = Some(basic.into());
            function.say(&request);
            request.method = "POST".into();
            request.form = format!("secret={secret}&newip=198.51.100.7");
            function.say(&request);
            request.method = secret.into();
            function.say(&request);
        }
    }
    function.invoke(format!("{{\"{long}\""));
    function.invoke(json!({"body": long}).to_string());
    let log = function.log().join("\n");
    assert!(log.contains("\"changes\":[{") && log.contains("badauth") && log.contains("not JSON"));
    for secret in [
        "s3cret",
        "S3CRET",
        &basic[6..],
        KEY_SECRET,
        TOKEN,
        "Credential=",
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[rstest]
#[case(
    Record::alias("home.example.com", "A", "d123.cloudfront.net"),
    "an alias"
)]
#[case(Record::simple("home.example.com", "A", 60, &["192.0.2.1"]).one_of("blue", "Weight", "10"), "a weighted record")]
#[case(Record::simple("home.example.com", "CNAME", 60, &["other.example.com"]), "CNAME")]
fn what_is_not_simple_is_left_alone(#[case] record: Record, #[case] what: &str) {
    let route53 = route53("example.com");
    route53.put(ZONE, record.clone());
    let function = Function::start(&environment(&route53));
    let reply = function.say(&get("/?newip=198.51.100.9&secret=s3cret"));
    assert_eq!((reply.status, reply.body.as_ref()), (503, "911"));
    assert_eq!(route53.records(ZONE), [record]);
    let lines = parsed(&function.log());
    let reason = lines[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains(what) && reason.contains("home.example.com"),
        "{reason}"
    );
}

#[test]
fn one_connection_serves_many_requests() {
    let route53 = route53("example.com");
    let function = Function::start(&environment(&route53));
    for number in 1..20 {
        let reply = function.say(&get(&format!("/?newip=198.51.100.{number}&secret=s3cret")));
        assert_eq!(reply.body, "OK");
    }
    let calls = route53.calls();
    assert_eq!((calls.change, calls.connections), (19, 1));
}

/// Only the authorities of AWS_CA_BUNDLE are trusted, or without it only Amazon's.
#[test]
fn tls_to_an_authority_of_ones_own() {
    let authority = Authority::new();
    let route53 = Route53::start(Options {
        zones: vec![("example.com".into(), ZONE.into())],
        keys: Vec::new(),
        tls: Some(authority.issue(&["localhost"])),
        ..Options::default()
    });
    let bundle = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authority.pem");
    std::fs::write(&bundle, authority.pem()).unwrap();
    let mut environment = environment(&route53);
    let change = get("/?newip=198.51.100.9&secret=s3cret");
    let stranger = Function::start(&environment);
    assert_eq!(stranger.say(&change).body, "911");
    assert!(stranger.log().concat().contains("certificate"));
    assert_eq!(values(&route53), []);
    environment.push(("AWS_CA_BUNDLE", bundle.to_str().unwrap().to_owned()));
    assert_eq!(Function::start(&environment).say(&change).body, "OK");
    assert_eq!(values(&route53).len(), 1);
}

#[test]
fn it_answers_before_its_time_ends() {
    let route53 = route53("example.com");
    route53.steady_trouble(Some(Trouble::THROTTLING));
    let function = Function::start(&environment(&route53));
    let event = function_url::event(&get("/?newip=198.51.100.9&secret=s3cret")).to_string();
    let told = function.api().invoke_within(event, Duration::from_secs(2));
    assert!(told.latency < Duration::from_secs(2), "{:?}", told.latency);
    let Posted::Reply(reply) = told.posted else {
        panic!("not a reply");
    };
    assert!(reply.contains("\"statusCode\":503"), "{reply}");
}

#[test]
fn the_setup_page_is_built_in() {
    let function = Function::start(&environment(&route53("example.com")));
    let (reply, page) = (function.say(&get("/setup")), dyn53_setup::page());
    assert!(reply.body == page.body, "another page");
    for header in page.headers {
        assert!(reply.headers.contains(&header), "{header:?}");
    }
}
