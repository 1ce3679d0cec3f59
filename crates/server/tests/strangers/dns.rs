//! Questions over DNS.

use super::*;

/// Asks over UDP; the reply.
fn dig(served: &Served, name: &str, kind: u16, flags: u16, edns: bool) -> Vec<u8> {
    let question = question(name, kind, flags, edns);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    socket.send_to(&question, served.dns).unwrap();
    let mut reply = vec![0; 65_535];
    let length = socket.recv(&mut reply).unwrap();
    reply.truncate(length);
    reply
}

fn question(name: &str, kind: u16, flags: u16, edns: bool) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34];
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 0, 0, u8::from(edns)]);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1]);
    if edns {
        // 4096 octets, and DNSSEC if there is any (RFC 6891, RFC 3225).
        bytes.extend([0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0]);
    }
    bytes
}

#[test]
fn dns_replies_are_hardly_larger_than_questions() {
    let (served, _folder) = served();
    served.get(&format!(
        "/?secret={SECRET}&newip={BEFORE}&newip6=2001:db8::1"
    ));
    let (mut worst, mut of) = (0.0_f64, String::new());
    for name in ["example.net", HOME, "a.example.net", "example.org", "."] {
        for kind in (1..=260).chain([32_768, 32_769, 65_535]) {
            for edns in [false, true] {
                let reply = dig(&served, name, kind, 0x0100, edns).len();
                let asked = question(name, kind, 0x0100, edns).len();
                assert!(reply <= 1232);
                let times = reply as f64 / asked as f64;
                if times > worst {
                    (worst, of) = (
                        times,
                        format!("{name} type {kind}, {asked} bytes -> {reply}"),
                    );
                }
            }
        }
    }
    println!("largest amplification: {worst:.1} ({of})");
    assert!(worst < 4.0, "{worst:.1}: {of}");
}

#[test]
fn no_foreign_name_is_looked_up() {
    let (served, _folder) = served();
    for name in [
        "example.org",
        "www.google.com",
        ".",
        "net",
        "notexample.net",
    ] {
        for flags in [0x0000, 0x0100, 0x0110] {
            let reply = dig(&served, name, 1, flags, true);
            let (recursion_available, code) = (reply[3] & 0x80, reply[3] & 0x0f);
            let sections = &reply[6..10];
            assert_eq!(
                (recursion_available, code, sections),
                (0, 5, &[0; 4][..]),
                "{name}"
            );
        }
    }
}
