//! DNS: what `dig` sees of embedded zones, and messages that no `dig` sends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{HOME, SECRET, Served, embedded, serve, settings};
use dyn53_core::Host;
use rstest::rstest;
use std::io::{Read, Write};
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

fn served() -> (Served, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.zones.push(embedded("sub.example.net"));
    settings.zones.push(embedded("deep.q.example.net"));
    settings.access.credentials[0].hosts.extend(
        common::credential(
            "x",
            SECRET,
            &["a.b.example.net", "example.net", "sub.example.net"],
        )
        .hosts,
    );
    let served = serve(settings);
    let update = format!("/?secret={SECRET}&newip=203.0.113.7&newip6=2001:db8::7");
    assert_eq!(served.get(&update).body, "OK");
    (served, folder)
}

/// What `dig` prints; it must be there.
fn dig(served: &Served, args: &[&str]) -> String {
    let mut command = Command::new("dig");
    command
        .arg("@127.0.0.1")
        .args(["-p", &served.dns.port().to_string(), "+tries=1", "+time=20"]);
    let output = command
        .args(args)
        .output()
        .expect("dig of Debian's bind9-dnsutils");
    String::from_utf8(output.stdout).unwrap()
}

/// The status, the flags, and the records of a section, each run of spaces made one.
fn parts(said: &str, section: &str) -> (String, String, Vec<String>) {
    let between = |start: &str, end: &str| {
        let rest = said
            .split_once(start)
            .unwrap_or_else(|| panic!("no {start} in {said}"))
            .1;
        rest.split_once(end).unwrap().0.to_owned()
    };
    let records = said
        .split(&format!(";; {section} SECTION:\n"))
        .nth(1)
        .unwrap_or_default();
    let records = records.lines().take_while(|line| !line.is_empty());
    let tidy = records.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    (
        between("status: ", ","),
        between(";; flags: ", ";"),
        tidy.collect(),
    )
}

#[rstest]
#[case("home.example.net A", "home.example.net. 60 IN A 203.0.113.7")]
#[case("home.example.net AAAA", "home.example.net. 60 IN AAAA 2001:db8::7")]
#[case("example.net A", "example.net. 60 IN A 203.0.113.7")]
#[case("sub.example.net A", "sub.example.net. 60 IN A 203.0.113.7")]
#[case("sub.example.net NS", "sub.example.net. 60 IN NS ns1.sub.example.net.")]
#[case("example.net NS", "example.net. 60 IN NS ns1.example.net.")]
#[case("ns1.example.net A", "ns1.example.net. 60 IN A 192.0.2.53")]
#[case("NS1.example.net AAAA", "NS1.example.net. 60 IN AAAA 2001:db8::53")]
#[case("x.home.example.net A", "x.home.example.net. 60 IN A 203.0.113.7")]
#[case(
    "y.x.home.example.net AAAA",
    "y.x.home.example.net. 60 IN AAAA 2001:db8::7"
)]
#[case("*.home.example.net A", "*.home.example.net. 60 IN A 203.0.113.7")]
#[case("HoMe.ExAmPlE.nEt A", "HoMe.ExAmPlE.nEt. 60 IN A 203.0.113.7")]
#[case(
    "home.example.net ANY",
    "home.example.net. 60 IN HINFO \"RFC8482\" \"\""
)]
fn answers(
    #[case] question: &str,
    #[case] record: &str,
    #[values("+notcp", "+tcp", "+noedns")] how: &str,
) {
    let (served, _folder) = served();
    let question: Vec<&str> = question.split(' ').chain([how]).collect();
    let (status, flags, records) = parts(&dig(&served, &question), "ANSWER");
    assert_eq!((status.as_str(), flags.as_str()), ("NOERROR", "qr aa rd"));
    assert_eq!(records, [record]);
}

#[rstest]
fn name_servers_come_with_their_addresses(#[values("+notcp", "+tcp")] how: &str) {
    let (served, _folder) = served();
    let said = dig(&served, &["example.net", "NS", how]);
    let (_, _, records) = parts(&said, "ADDITIONAL");
    let glue = [
        "ns1.example.net. 60 IN A 192.0.2.53",
        "ns1.example.net. 60 IN AAAA 2001:db8::53",
    ];
    assert_eq!(records, glue, "{said}");
}

#[test]
fn no_wildcard_covers_a_zone_below() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.zones.push(embedded("a.b.example.net"));
    settings.access.credentials = vec![common::credential("x", SECRET, &["*.example.net"])];
    let served = serve(settings);
    let update = format!("/?secret={SECRET}&newip=203.0.113.7");
    assert_eq!(served.get(&update).body, "OK");
    let found = |name| parts(&dig(&served, &[name, "A"]), "ANSWER");
    assert_eq!(found("x.example.net").2.len(), 1);
    for (name, status) in [
        ("b.example.net", "NOERROR"),
        ("x.b.example.net", "NXDOMAIN"),
        ("a.b.example.net", "NOERROR"),
    ] {
        let (code, _, records) = found(name);
        assert_eq!((code.as_str(), records.len()), (status, 0), "{name}");
    }
}

/// What does not fit comes over TCP; over UDP nothing of it does, also not behind what is counted.
#[test]
fn a_set_is_sent_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let mut zone = common::embedded_settings("example.net");
    let server = zone.name_servers[0].clone();
    zone.name_servers = (0..20)
        .map(|number| {
            let mut server = server.clone();
            server.host =
                Host::parse(&format!("a-long-name-of-a-server-{number}.example.net")).unwrap();
            server
        })
        .collect();
    settings.zones = vec![dyn53_server::ZoneSettings::Embedded(zone)];
    let served = serve(settings);
    let question =
        b"\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03net\x00\x00\x02\x00\x01";
    let reply = ask_udp(&served, question, true).unwrap();
    assert_eq!(reply[2] & 0x02, 0x02, "TC");
    assert_eq!(reply[4..], question[4..]);
    let said = dig(&served, &["example.net", "NS", "+noedns"]);
    let (_, flags, records) = parts(&said, "ANSWER");
    assert_eq!((flags.as_str(), records.len()), ("qr aa rd", 20));
    assert_eq!(parts(&said, "ADDITIONAL").2.len(), 40);
    // With room for the names alone, the addresses are left out.
    let said = dig(&served, &["example.net", "NS", "+bufsize=4096", "+ignore"]);
    let (_, flags, records) = parts(&said, "ANSWER");
    assert_eq!((flags.as_str(), records.len()), ("qr aa rd", 20));
    assert!(parts(&said, "ADDITIONAL").2.is_empty());
}

#[rstest]
#[case("absent.example.net A", "NXDOMAIN", "example.net.")]
#[case("ns1x.example.net A", "NXDOMAIN", "example.net.")]
#[case("c.a.b.example.net A", "NXDOMAIN", "example.net.")]
#[case("absent.sub.example.net A", "NXDOMAIN", "sub.example.net.")]
#[case("b.example.net A", "NOERROR", "example.net.")]
#[case("b.example.net ANY", "NOERROR", "example.net.")]
#[case("ns1.example.net TXT", "NOERROR", "example.net.")]
#[case("sub.example.net DS", "NOERROR", "example.net.")]
#[case("example.net DS", "NOERROR", "example.net.")]
#[case("deep.q.example.net A", "NOERROR", "deep.q.example.net.")]
#[case("q.example.net A", "NOERROR", "example.net.")]
#[case("q.example.net ANY", "NOERROR", "example.net.")]
#[case("x.q.example.net A", "NXDOMAIN", "example.net.")]
#[case("home.example.net MX", "NOERROR", "example.net.")]
#[case("home.example.net SOA", "NOERROR", "example.net.")]
#[case("x.home.example.net TXT", "NOERROR", "example.net.")]
fn nothing(#[case] question: &str, #[case] status: &str, #[case] apex: &str) {
    let (served, _folder) = served();
    let question: Vec<&str> = question.split(' ').collect();
    let said = dig(&served, &question);
    let (found, flags, records) = parts(&said, "AUTHORITY");
    assert_eq!((found.as_str(), flags.as_str()), (status, "qr aa rd"));
    assert!(
        records[0].starts_with(&format!("{apex} 60 IN SOA ns1.{apex} hostmaster.{apex} ")),
        "{said}"
    );
    assert!(
        records[0].ends_with(" 3600 600 1209600 60") && records.len() == 1,
        "{said}"
    );
    assert!(parts(&said, "ANSWER").2.is_empty());
}

#[rstest]
#[case(&["example.com", "A"], "REFUSED")]
#[case(&[".", "NS"], "REFUSED")]
#[case(&["net", "A"], "REFUSED")]
#[case(&["notexample.net", "A"], "REFUSED")]
#[case(&["version.bind", "CH", "TXT"], "REFUSED")]
#[case(&["home.example.net", "CH", "A"], "REFUSED")]
#[case(&["home.example.net", "A", "+opcode=notify"], "NOTIMP")]
#[case(&["home.example.net", "A", "+opcode=update"], "NOTIMP")]
#[case(&["home.example.net", "A", "+edns=1", "+noednsneg"], "BADVERS")]
fn refused(#[case] question: &[&str], #[case] status: &str) {
    let (served, _folder) = served();
    let said = dig(&served, question);
    let (found, flags, records) = parts(&said, "ANSWER");
    assert_eq!(found, status, "{said}");
    assert!(!flags.contains("aa") && !flags.contains("ra"), "{said}");
    assert!(records.is_empty());
}

#[rstest]
#[case("AXFR")]
#[case("IXFR=1")]
fn no_transfer(#[case] kind: &str) {
    let (served, _folder) = served();
    let said = dig(&served, &["example.net", kind]);
    assert!(
        said.contains("Transfer failed") && !said.contains("203.0.113.7"),
        "{said}"
    );
}

#[test]
fn edns_is_answered_with_ours_and_only_then() {
    let (served, _folder) = served();
    let said = dig(&served, &[HOME, "A", "+dnssec", "+bufsize=4096"]);
    assert!(
        said.contains("EDNS: version: 0, flags: do; udp: 1232"),
        "{said}"
    );
    assert!(!dig(&served, &[HOME, "A", "+noedns"]).contains("EDNS"));
}

#[test]
fn the_serial_grows_with_each_change_only() {
    let (served, folder) = served();
    let serial = |served: &Served| -> u32 {
        let said = dig(served, &["example.net", "SOA", "+short"]);
        said.split(' ').nth(2).unwrap().parse().unwrap()
    };
    let first = serial(&served);
    let update = |served: &Served, address: &str| {
        let target = format!("/?secret={SECRET}&newip={address}");
        assert_eq!(served.get(&target).body, "OK");
    };
    update(&served, "203.0.113.7");
    assert_eq!(serial(&served), first);
    update(&served, "203.0.113.8");
    assert_eq!(serial(&served), first + 1);
    served.stop();
    let served = serve(settings(folder.path()));
    assert_eq!(serial(&served), first + 1);
}

/// The reply to a message; `None` if questions behind it are answered and it is not.
fn ask_udp(served: &Served, message: &[u8], replies: bool) -> Option<Vec<u8>> {
    const NEXT: &[u8] = b"\x00\x99\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01";
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    socket.send_to(message, served.dns).unwrap();
    for _ in 0..100 {
        if !replies {
            socket.send_to(NEXT, served.dns).unwrap();
        }
        let mut reply = [0; 4096];
        let length = socket.recv(&mut reply).unwrap();
        if !reply.starts_with(&NEXT[..2]) {
            return Some(reply[..length].to_vec());
        }
    }
    None
}

#[rstest]
#[case::too_short(b"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00", None)]
#[case::a_reply(
    b"\x00\x01\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01",
    None
)]
#[case::no_question(b"\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", Some(1))]
#[case::two_questions(
    b"\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x01\x00\x01",
    Some(1)
)]
#[case::cut_off(b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04home", Some(1))]
#[case::points_to_itself(
    b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01",
    Some(1)
)]
#[case::many_records(
    b"\x00\x01\x01\x00\x00\x01\xff\xff\xff\xff\xff\xff\x00\x00\x01\x00\x01",
    Some(1)
)]
#[case::status(
    b"\x00\x01\x10\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01",
    Some(4)
)]
#[case::root(
    b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01",
    Some(5)
)]
fn strange_messages(#[case] message: &[u8], #[case] code: Option<u8>) {
    let (served, _folder) = served();
    let reply = ask_udp(&served, message, code.is_some());
    assert_eq!(
        reply.as_ref().map(|reply| reply[3] & 0x0f),
        code,
        "{reply:02x?}"
    );
    if let Some(reply) = reply {
        assert_eq!(reply[..2], message[..2]);
        assert_eq!(reply[2], 0x80 | message[2]);
    }
    assert!(dig(&served, &[HOME, "A", "+short"]).contains("203.0.113.7"));
}

#[test]
fn the_question_comes_back_as_it_was_asked() {
    let (served, _folder) = served();
    let message = b"\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04hOmE\x07eXaMpLe\x03NeT\x00\x00\x01\x00\x01";
    let reply = ask_udp(&served, message, true).unwrap();
    assert_eq!(reply[12..message.len()], message[12..]);
    assert_eq!(reply[6..8], [0, 1]);
}

#[test]
fn tcp_takes_several_questions_and_lets_idle_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.limits.dns_idle = Duration::from_millis(300);
    settings.limits.dns_connections = 50;
    let served = serve(settings);
    let question = b"\x00\x1d\x00\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03net\x00\x00\x06\x00\x01";
    let idle: Vec<_> = (0..200).map(|_| common::connect(served.dns)).collect();
    let mut stream = common::connect(served.dns);
    for _ in 0..3 {
        stream.write_all(question).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut reply).unwrap();
        assert_eq!((reply[1], reply[7]), (7, 1));
    }
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    drop(idle);
}
