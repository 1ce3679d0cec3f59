//! `dyn53 serve` in front of Route 53, with keys from where the official tools look for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Running, dyn53};
use dyn53_testkit::route53::{Key, Options, Record, Route53};
use std::path::Path;
use std::process::Command;

const ZONE: &str = "Z0123456789ABC";
const SECRET: &str = "s3cret-of-the-router";
const CONFIGURATION: &str = r#"
[[zone]]
name = "example.test"

[[zone]]
name = "example.net"
store = "route53"
id = "Z0123456789ABC"
ttl = 30

[[credential]]
name = "router"
secret = "s3cret-of-the-router"
hosts = ["home.example.test", "home.example.net", "nas.example.net"]

[metrics]
allow = ["127.0.0.1"]
"#;

fn key() -> Key {
    Options::default().keys.remove(0)
}

fn serve(folder: &Path, standin: &Route53) -> Command {
    std::fs::write(folder.join("dyn53.toml"), CONFIGURATION).unwrap();
    let mut command = dyn53(folder);
    command
        .args(["serve", "--config", "dyn53.toml"])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_ROUTE_53", standin.url())
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_CONFIG_FILE", folder.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("credentials"));
    command
}

fn with_keys(mut command: Command) -> Command {
    command
        .env("AWS_ACCESS_KEY_ID", key().id)
        .env("AWS_SECRET_ACCESS_KEY", key().secret);
    command
}

fn update(running: &Running, address: &str) -> String {
    running.get(&format!("/?secret={SECRET}&newip={address}"))
}

fn addresses(standin: &Route53) -> Vec<(String, Option<u32>, Vec<String>)> {
    let records = standin.records(ZONE).into_iter();
    records
        .map(|record| (record.name, record.ttl, record.values))
        .collect()
}

#[test]
fn one_update_of_two_zones_is_one_batch_in_each() {
    let standin = Route53::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&mut with_keys(serve(folder.path(), &standin)));
    assert_eq!(update(&running, "203.0.113.7"), "OK");
    assert_eq!(running.look_up("home.example.test"), Some([203, 0, 113, 7]));
    assert_eq!(running.look_up("home.example.net"), None);
    let expected = ["home.example.net", "nas.example.net"]
        .map(|name| (name.to_owned(), Some(30), vec!["203.0.113.7".to_owned()]));
    assert_eq!(addresses(&standin), expected);
    assert_eq!(standin.calls().change, 1);
    let metrics = running.get("/metrics");
    let mut counted = metrics.lines();
    let counted = counted.find_map(|line| line.strip_prefix("dyn53_zone_calls_total "));
    let (code, log) = running.terminate();
    assert_eq!(code, Some(0), "{log}");
    let (_, told) = log.split_once("\"calls\":").unwrap();
    assert_eq!(counted, told.split(',').next());
    assert_ne!(counted, Some("0"));
    assert!(
        !log.contains(SECRET) && !log.contains(&key().secret),
        "{log}"
    );
}

#[test]
fn an_alias_is_left_alone_and_named_in_the_log() {
    let standin = Route53::start(Options::default());
    let alias = Record::alias("nas.example.net", "A", "home.example.net");
    standin.put(ZONE, alias);
    let before = addresses(&standin);
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&mut with_keys(serve(folder.path(), &standin)));
    assert_eq!(update(&running, "203.0.113.7"), "911");
    assert_eq!(addresses(&standin), before);
    let (code, log) = running.terminate();
    assert_eq!(code, Some(0));
    assert!(
        log.contains("\"level\":\"ERROR\"") && log.contains("alias"),
        "{log}"
    );
}

#[test]
fn keys_come_from_a_profile() {
    let standin = Route53::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let Key { id, secret, .. } = key();
    let text = format!("[ddns]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    std::fs::write(folder.path().join("credentials"), text).unwrap();
    let mut command = serve(folder.path(), &standin);
    let running = Running::start(command.env("AWS_PROFILE", "ddns"));
    assert_eq!(update(&running, "203.0.113.7"), "OK");
}

#[test]
fn without_keys_the_log_says_what_to_do() {
    let standin = Route53::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&mut serve(folder.path(), &standin));
    assert_eq!(update(&running, "203.0.113.7"), "911");
    assert_eq!(running.look_up("home.example.test"), None);
    assert_eq!(standin.calls().all(), 0);
    let (_, log) = running.terminate();
    assert!(log.contains("no AWS access key was found: "), "{log}");
    assert!(
        log.contains("; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
        "{log}"
    );
}

#[test]
fn a_wrong_key_is_refused_by_the_api_and_not_logged() {
    let standin = Route53::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut command = serve(folder.path(), &standin);
    let wrong = "wr0ngSecretOfNobody";
    command
        .env("AWS_ACCESS_KEY_ID", key().id)
        .env("AWS_SECRET_ACCESS_KEY", wrong);
    let running = Running::start(&mut command);
    assert_eq!(update(&running, "203.0.113.7"), "911");
    let (_, log) = running.terminate();
    assert!(
        log.contains("\"level\":\"ERROR\"") && !log.contains(wrong),
        "{log}"
    );
}
