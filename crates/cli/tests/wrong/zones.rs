//! Wrong zones.

use crate::{CREDENTIAL, ZONE, check};
use rstest::rstest;

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
