//! A wrong configuration: one sentence with file, line and remedy, and exit code 2.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

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
    "unknown field `htp`, expected one of `http`, `dns`, `data`, `allow_private`, `trusted_proxies`, `zone`, `credential`, `status`, `history`; correct this line or remove it"
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
fn before_the_tables(#[case] first: &str, #[case] line: u32, #[case] what: &str) {
    check(&format!("{first}\n{ZONE}{CREDENTIAL}"), line, what);
}

#[rstest]
#[case(
    "name = \"example\"",
    "the host name needs its domain too, as in home.example.com",
    2
)]
#[case(
    "name = \"*.example.net\"",
    "a zone's name has no *: write the name of the whole zone",
    2
)]
#[case(
    "name = \"example.org\"",
    "home.example.net lies in no configured zone: add a [[zone]] for it, or correct the name",
    6
)]
#[case(
    "name = \"example.net\"\nttl = 0",
    "the ttl is not between 1 and 86400 seconds: 60 fits most",
    3
)]
#[case(
    "name = \"example.net\"\nttl = 86401",
    "the ttl is not between 1 and 86400 seconds: 60 fits most",
    3
)]
#[case(
    "name = \"example.net\"\nstore = \"disk\"",
    "unknown variant `disk`, expected `embedded` or `route53`; correct this line or remove it",
    3
)]
#[case(
    "name = \"example.net\"\nid = \"Z1\"",
    "an embedded zone has no id: remove it, or write store = \"route53\"",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = []",
    "a zone has at least one name server: name one, or remove the line",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [\"ns.example.org\", \"ns1.example.net\"]",
    "the name server ns1.example.net lies in its own zone, where nobody else knows its address: write nameservers = [{ name = \"ns1.example.net\", addresses = [\"192.0.2.53\"] }] with its own addresses",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [{ name = \"ns1.example.net\", addresses = [] }]",
    "the name server ns1.example.net has no address: write nameservers = [{ name = \"ns1.example.net\", addresses = [\"192.0.2.53\"] }] with its own addresses",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [{ name = \"ns1.example.net\", addresses = [\"0.0.0.0\"] }]",
    "`0.0.0.0` is no address of a name server: write it like 192.0.2.53",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [{ name = \"ns1.example.net\", addresses = [\"::1\", \"::1\"] }]",
    "the address ::1 of ns1.example.net is listed twice: remove one of the two",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [{ name = \"ns.example.org\", addresses = [\"192.0.2.53\"] }]",
    "the name server ns.example.org lies outside of the zone example.net, which cannot tell its addresses: write \"ns.example.org\" alone",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [\n  \"ns.example.org\",\n  \"NS.example.org.\"]",
    "the name server ns.example.org is listed twice: remove one of the two",
    5
)]
#[case(
    "name = \"example.net\"\nnameservers = [\"*.example.org\"]",
    "a name server has no *: write its whole name",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [1]",
    "a name server is neither a text nor a table: write nameservers = [{ name = \"ns1.example.net\", addresses = [\"192.0.2.53\"] }]",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [{ name = \"ns1.example.net\", address = \"192.0.2.53\" }]",
    "unknown field `address`, expected `name` or `addresses`; write the name server like { name = \"ns1.example.net\", addresses = [\"192.0.2.53\"] }",
    3
)]
#[case(
    "name = \"example.net\"\nnameservers = [{ name = \"home.example.net\", addresses = [\"192.0.2.53\"] }]",
    "home.example.net is a name server of the zone example.net, whose addresses are in nameservers: remove it here, or give the name server another name",
    7
)]
#[case(
    "name = \"example.net\"\n[[zone]]\nname = \"example.org\"\nnameservers = [\"ns7.example.net\"]",
    "the name server ns7.example.net lies in the zone example.net, which does not know its address: add { name = \"ns7.example.net\", addresses = [\"192.0.2.53\"] } to the nameservers of example.net, with its own addresses",
    5
)]
#[case(
    "name = \"example.net\"\n[[zone]]\nname = \"aws.example.net\"\nstore = \"route53\"\nid = \"Z1\"",
    "the zone aws.example.net of Route 53 lies in the embedded zone example.net, which answers for all names in it and would deny these: embed aws.example.net as well, or move example.net to Route 53",
    4
)]
#[case(
    "name = \"example.net\"\n[[zone]]\nname = \"Example.NET.\"",
    "the zone example.net is listed twice: remove one of the two",
    4
)]
#[case(
    "name = \"example.net\"\nstore = \"route53\"",
    "a route53 zone needs its id: copy it from the zone's page in the console, id = \"Z0123456789ABC\"",
    2
)]
#[case(
    "name = \"example.net\"\nstore = \"route53\"\nid = \"Z1\"\nnameservers = [{ name = \"ns.example.org\" }]",
    "a name server of a route53 zone is a text, a name or an address: write it like \"ns-1.awsdns-01.org\"",
    5
)]
#[case(
    "name = \"example.net\"\nstore = \"route53\"\nid = \"example.net\"",
    "the hosted zone id is not one: it looks like Z0123456789ABC; copy it from the zone's page in the Route 53 console",
    4
)]
#[case(
    "name = \"example.net\"\nvalidation_persist = [{ name = \"home.example.org\", value = \"ca.example; accounturi=https://a.example/1\" }]",
    "home.example.org is not a name of the zone example.net: write one, without *; the value says whether wildcards count",
    3
)]
#[case(
    "name = \"example.net\"\nvalidation_persist = [\n{ name = \"home.example.net\", value = \"v=spf1 -all\" }]",
    "the value is not like \"letsencrypt.org; accounturi=https://...\", perhaps with \"; policy=wildcard\" after it: copy it from your client",
    4
)]
#[case(
    "name = \"example.net\"\nvalidation_persist = [\n{ name = \"a.example.net\", value = \"ca.example; accounturi=https://a.example/1\" },\n{ name = \"A.example.net\", value = \"ca.example; accounturi=https://a.example/2\" }]",
    "this name has a lasting proof already: remove one of the two",
    5
)]
#[case(
    "name = \"example.net\"\nstore = \"route53\"\nid = \"Z0123456789ABC\"\nvalidation_persist = [{ name = \"example.net\", value = \"ca.example; accounturi=https://a.example/1\" }]",
    "validation_persist is for embedded zones: in Route 53 add the TXT record _validation-persist yourself",
    5
)]
fn zones(#[case] zone: &str, #[case] what: &str, #[case] line: u32) {
    check(&format!("[[zone]]\n{zone}\n{CREDENTIAL}"), line, what);
}

#[rstest]
#[case("0.0.0.0:53", "0.0.0.0:53")]
#[case("127.0.0.1:53\", \"[::]:53", "[::]:53")]
fn a_zone_without_name_servers_needs_one_address(#[case] dns: &str, #[case] all: &str) {
    let what = format!(
        "the zone example.net needs the address of its name server, and dns = \"{all}\" does not say which it is: write nameservers = [{{ name = \"ns1.example.net\", addresses = [\"192.0.2.53\"] }}] with its own addresses"
    );
    check(&format!("dns = [\"{dns}\"]\n{ZONE}{CREDENTIAL}"), 3, &what);
}

#[test]
fn a_name_too_long_for_its_name_server() {
    let label = "x".repeat(61);
    let name = format!("{label}.{label}.{label}.{label}.net");
    let what = format!(
        "the name {name} is too long for a name server ns1 in it: write nameservers = [\"...\"] with a server outside of the zone"
    );
    check(
        &format!("[[zone]]\nname = \"{name}\"\n{CREDENTIAL}"),
        2,
        &what,
    );
}

#[rstest]
#[case(
    "secret = \"s3cret-of-the-router\"",
    "missing field `hosts`; correct this line or remove it",
    3
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = []",
    "this credential has no hosts: name those that it may change",
    3
)]
#[case(
    "hosts = [\"home.example.net\"]",
    "this credential has neither secret nor secret_sha256: `dyn53 secret` prints a new pair",
    3
)]
#[case(
    "secret = []\nhosts = [\"home.example.net\"]",
    "this credential has neither secret nor secret_sha256: `dyn53 secret` prints a new pair",
    3
)]
#[case(
    "secret = [\"s3cret-1\", \"s3cret-2\", \"s3cret-3\"]\nhosts = [\"home.example.net\"]",
    "this credential has more than two secrets: keep the newest, and the one before while it is being replaced",
    3
)]
#[case(
    "secret = 53\nhosts = [\"home.example.net\"]",
    "secret is neither a text nor a list of texts: write secret = \"...\"",
    4
)]
#[case(
    "secret = \"short\"\nhosts = [\"home.example.net\"]",
    "the secret has fewer than 6 characters: `dyn53 secret` prints a good one",
    4
)]
#[case(
    "secret_sha256 = \"abc\"\nhosts = [\"home.example.net\"]",
    "secret_sha256 is not 64 hexadecimal digits: `dyn53 secret` prints a new pair",
    4
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = [\n\"home.example.net\",\n\"b\u{fc}cher.example.net\"]",
    "the host name has letters outside ASCII: write it in its Punycode form, which begins with xn--",
    7
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = [{ name = \"nas.example.net\", interface_id = \"10\" }]",
    "the interface_id `10` is no part of an IPv6 address: write it like ::10",
    5
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = [{ name = \"nas.example.net\", interface_id = \"::\" }]",
    "the interface_id `::` is no part of an IPv6 address: write it like ::10",
    5
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = [\n\"home.example.net\",\n\"Home.example.net.\"]",
    "the host home.example.net is listed twice: remove one of the two",
    7
)]
#[case(
    "secret_sha256 = \"+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a\"\nhosts = [\"home.example.net\"]",
    "secret_sha256 is not 64 hexadecimal digits: `dyn53 secret` prints a new pair",
    4
)]
#[case(
    "secret = [\"s3cret-of-the-router\", \"s3cret-of-the-router\"]\nhosts = [\"home.example.net\"]",
    "a secret of this credential is listed twice: give each credential its own, `dyn53 secret` prints one",
    3
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = [{ name = \"nas.example.net\" }]",
    "missing field `interface_id`; write the host like { name = \"nas.example.net\", interface_id = \"::10\" }",
    5
)]
#[case(
    "secret = \"s3cret-of-the-router\"\nhosts = [5]",
    "a host is neither a text nor a table: write it like \"home.example.net\"",
    5
)]
#[case(
    "name = \"a:b\"\nsecret = \"s3cret-of-the-router\"\nhosts = [\"home.example.net\"]",
    "a credential's name is not empty and has no colon: choose another one",
    4
)]
#[case(
    "secret = \"s3cret-of-the-router\"\ncertificates = true\nhosts = [\"_acme-challenge.home.example.net\"]",
    "a name that begins with _acme-challenge or _validation-persist is for certificates alone: remove it, and set certificates = true at the credential",
    6
)]
fn credentials(#[case] credential: &str, #[case] what: &str, #[case] line: u32) {
    check(&format!("{ZONE}[[credential]]\n{credential}\n"), line, what);
}

#[rstest]
#[case("", 1, "there is no [[zone]]: add one with its name")]
#[case(
    ZONE,
    1,
    "there is no [[credential]]: add one with its secret and its hosts"
)]
fn nothing_there(#[case] configuration: &str, #[case] line: u32, #[case] what: &str) {
    check(configuration, line, what);
}

#[test]
fn a_name_for_two_credentials() {
    let what = "the name router is listed twice: choose another one";
    check(&format!("{ZONE}{CREDENTIAL}{CREDENTIAL}"), 8, what);
}

/// One request may change all hosts of a login, and Route 53 takes 1,000 elements a call.
#[rstest]
#[case(250, true)]
#[case(251, false)]
fn hosts_in_one_zone_of_route53(#[case] count: usize, #[case] accepted: bool) {
    let folder = tempfile::tempdir().unwrap();
    let hosts: Vec<String> = (0..count)
        .map(|n| format!("\"h{n}.example.org\""))
        .collect();
    let other: Vec<String> = (0..300).map(|n| format!("\"h{n}.example.net\"")).collect();
    let hosts = [hosts, other].concat().join(", ");
    let zone = "[[zone]]\nname = \"example.org\"\nstore = \"route53\"\nid = \"Z0123456789ABC\"\n";
    let credential =
        format!("[[credential]]\nsecret = \"s3cret-of-the-router\"\nhosts = [{hosts}]\n");
    let configuration = format!("{ZONE}{zone}{credential}");
    // What comes after the credentials is wrong, so that no server begins.
    let proxies = "trusted_proxies = [\"proxy\"]\n";
    let (code, error) = serve(folder.path(), &format!("{proxies}{configuration}"));
    assert_eq!(code, Some(2));
    let what = format!(
        "dyn53: dyn53.toml:8: this credential has {count} hosts in the zone example.org, and Route 53 takes the changes of 250 in one call: divide them among several credentials\n"
    );
    assert_eq!(error == what, !accepted, "{error}");
    assert_eq!(error.contains("`proxy` is neither"), accepted, "{error}");
}

#[test]
fn a_secret_for_two_credentials() {
    let what = "a secret of this credential is listed twice: give each credential its own, `dyn53 secret` prints one";
    let other = CREDENTIAL.replace("\"router\"", "\"nas\"");
    check(&format!("{ZONE}{CREDENTIAL}{other}"), 7, what);
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
