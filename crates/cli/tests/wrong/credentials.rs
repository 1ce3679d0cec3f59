//! Wrong credentials.

use crate::{CREDENTIAL, ZONE, check, serve};
use rstest::rstest;

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
