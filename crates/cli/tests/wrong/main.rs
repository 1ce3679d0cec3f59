//! A wrong configuration: one sentence with file, line and remedy, and exit code 2.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../common/mod.rs"]
mod common;
mod credentials;
mod zones;

use common::{dyn53, run, text};
use rstest::rstest;
use std::path::Path;

const ZONE: &str = "[[zone]]\nname = \"example.net\"\n";
const CREDENTIAL: &str = "[[credential]]\nname = \"router\"\nsecret = \"s3cret-of-the-router\"\nhosts = [\"home.example.net\"]\n";

fn serve(folder: &Path, configuration: &str) -> (Option<i32>, String) {
    std::fs::write(folder.join("dyn53.toml"), configuration).unwrap();
    let output = run(dyn53(folder).args(["serve", "--config", "dyn53.toml"]));
    (output.status.code(), text(&output.stderr))
}

#[track_caller]
fn check(configuration: &str, line: u32, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (code, error) = serve(folder.path(), configuration);
    assert_eq!(error, format!("dyn53: dyn53.toml:{line}: {what}\n"));
    assert_eq!(code, Some(2));
    assert!(!error.contains("s3cret"));
}

#[rstest]
#[case(
    "htp = \"127.0.0.1:0\"",
    1,
    "unknown field `htp`, expected one of `http`, `dns`, `data`, `allow_private`, `trusted_proxies`, `zone`, `credential`, `status`, `metrics`, `history`; correct this line or remove it"
)]
#[case(
    "\nhttp = \"8053\"",
    2,
    "`8053` is no address with a port: write it like 127.0.0.1:8053"
)]
#[case(
    "dns = \"localhost\"",
    1,
    "`localhost` is no address with a port: write it like 127.0.0.1:5053"
)]
#[case(
    "\ndns = [\"127.0.0.1:5053\", \"127.0.0.1:5053\"]",
    2,
    "127.0.0.1:5053 is listed twice: remove one of the two"
)]
#[case(
    "dns = []",
    1,
    "there is no address here: write one like 127.0.0.1:5053, or remove the line"
)]
#[case(
    "http = 8053",
    1,
    "http is neither a text nor a list of texts: write http = \"...\""
)]
#[case(
    "trusted_proxies = [\n  \"10.0.0.0/8\",\n  \"proxy\"]",
    3,
    "`proxy` is neither an address nor a network: write it like 192.0.2.1 or 192.0.2.0/24"
)]
#[case(
    "[metrics]\nallow = [\"everybody\"]",
    2,
    "`everybody` is neither an address nor a network: write it like 192.0.2.1 or 192.0.2.0/24"
)]
#[case(
    "[metrics]",
    1,
    "missing field `allow`; correct this line or remove it"
)]
fn before_the_tables(#[case] first: &str, #[case] line: u32, #[case] what: &str) {
    check(&format!("{first}\n{ZONE}{CREDENTIAL}"), line, what);
}

/// The parser's own words vary, the secret must not be in them.
#[rstest]
#[case("secret = s3cret-of-the-router")]
#[case("secret = \"s3cret-of-the-router")]
#[case("secret: s3cret-of-the-router")]
#[case("[s3cret-of-the-router")]
fn broken_syntax_tells_no_secret(#[case] line: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (code, error) = serve(
        folder.path(),
        &format!("{ZONE}[[credential]]\n{line}\nhosts = [\"home.example.net\"]\n"),
    );
    assert_eq!(code, Some(2));
    assert!(error.starts_with("dyn53: dyn53.toml:4: "), "{error}");
    assert!(
        error.ends_with("; correct this line or remove it\n"),
        "{error}"
    );
    assert!(
        !error.contains("s3cret") && error.lines().count() == 1,
        "{error}"
    );
}

#[test]
fn a_named_configuration_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(dyn53(folder.path()).args(["serve", "--config", "absent.toml"]));
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("dyn53: the configuration absent.toml cannot be read: "),
        "{error}"
    );
    assert!(
        error.ends_with("; name another one with --config\n"),
        "{error}"
    );
}

#[test]
fn a_wrong_environment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(dyn53(folder.path()).arg("serve").env("DYN53_HTTP", "x"));
    assert_eq!(output.status.code(), Some(2));
    let expected = "dyn53: --http or DYN53_HTTP: `x` is no address with a port: write it like 127.0.0.1:8053\n";
    assert_eq!(text(&output.stderr), expected);
}

/// None of these may be passed over in silence: the server would do something else than was asked for.
#[rstest]
#[case("DYN53_HTTP", "--http or DYN53_HTTP: the value is not UTF-8")]
#[case("DYN53_DNS", "--dns or DYN53_DNS: the value is not UTF-8")]
#[case("DYN53_LOG", "--log or DYN53_LOG: the value is not UTF-8")]
#[case(
    "AWS_ENDPOINT_URL_ROUTE_53",
    "AWS_ENDPOINT_URL_ROUTE_53 in the environment is not UTF-8: correct it, or unset it"
)]
#[case(
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL in the environment is not UTF-8: correct it, or unset it"
)]
fn an_environment_that_is_no_text(#[case] name: &str, #[case] what: &str) {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let value = std::ffi::OsStr::from_bytes(b"127.0.0.1:0\xff");
    let output = run(dyn53(folder.path()).arg("serve").env(name, value));
    assert_eq!(text(&output.stderr), format!("dyn53: {what}\n"));
    assert_eq!(output.status.code(), Some(2));
}

/// A path need not be UTF-8.
#[test]
fn a_path_of_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let value = std::ffi::OsStr::from_bytes(b"absent-\xff.toml");
    let output = run(dyn53(folder.path()).arg("serve").env("DYN53_CONFIG", value));
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("dyn53: the configuration absent-\u{fffd}.toml cannot be read: "),
        "{error}"
    );
}

#[rstest]
#[case(&["serve", "--http", "8053"])]
#[case(&["serve", "--log", "loud"])]
#[case(&["serv"])]
#[case(&[])]
#[case(&["router", "openwrt"])]
fn wrong_usage(#[case] args: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(dyn53(folder.path()).args(args)).status.code(), Some(2));
}
