//! DNS messages.

use dyn53_core::{Plan, Reading, Zone};
use dyn53_route53::guess::message::{Answer, judge};
use dyn53_server::dns::{Answers, Protocol};
use dyn53_server::{EmbeddedSettings, EmbeddedZone, NameServer};
use dyn53_testkit::contract;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static ANSWERS: LazyLock<Answers> = LazyLock::new(answers);

/// A message to the DNS server, over UDP and TCP: every reply is one, to this question, small enough,
/// and says nothing about other zones.
pub fn dns_question(data: &[u8]) {
    let from = SocketAddr::from(([192, 0, 2, 1], 5353));
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let Some(reply) = ANSWERS.reply(data, from, protocol) else {
            continue;
        };
        assert!(reply.len() <= 1232 && reply.len() >= 12);
        let [id0, id1, flags, code, _, _, answers0, answers1, ..] = reply[..] else {
            panic!("no header");
        };
        assert_eq!([id0, id1], data[..2], "the id of another question");
        assert_eq!(data[2] & 0x80, 0, "a reply to a reply");
        assert_eq!(
            (flags & 0x80, code & 0x80),
            (0x80, 0),
            "not a reply, or recursion offered"
        );
        let refused = code & 0x0f == 5;
        assert!(!refused || [answers0, answers1] == [0, 0]);
    }
}

/// An answer to a glance. Only one with authority shows anything, and only what is in it; under another
/// id it is no answer at all.
pub fn glance(data: &[u8]) {
    let Some(id) = data.first_chunk::<2>().map(|id| u16::from_be_bytes(*id)) else {
        return;
    };
    for address in ["192.0.2.1", "2001:db8::1"] {
        let grant = contract::grant(&["home.example.net"], &[address]);
        let wanted = grant.wanted().first().unwrap();
        assert_eq!(judge(data, !id, wanted), Answer::NotOurs);
        let octets = match address.parse().unwrap() {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        if let Answer::Shown(Some(set)) = judge(data, id, wanted)
            && wanted.is_met_by(Some(&set))
        {
            // QR and AA are set, opcode, TC and the code are zero (RFC 1035 section 4.1.1).
            assert_eq!((data[2] & 0xfe, data[3] & 0x0f), (0x84, 0));
            assert!(data.windows(octets.len()).any(|part| part == octets));
        }
    }
}

fn answers() -> Answers {
    let folder = tempfile::tempdir().unwrap();
    let settings = EmbeddedSettings {
        apex: contract::host("example.net"),
        ttl: 60,
        name_servers: vec![
            NameServer {
                host: contract::host("ns1.example.net"),
                addresses: vec![
                    "192.0.2.53".parse().unwrap(),
                    "2001:db8::53".parse().unwrap(),
                ],
            },
            NameServer {
                host: contract::host("ns.example.org"),
                addresses: vec![],
            },
        ],
        below: vec![contract::host("deep.z.example.net")],
        fixed: Vec::new(),
    };
    let (zone, _) = EmbeddedZone::open(folder.path(), settings).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    for name in ["home.example.net", "*.home.example.net", "a.b.example.net"] {
        let grant = contract::grant(&[name], &["192.0.2.1", "2001:db8::1"]);
        zone.apply(&Plan::new(&grant, &Reading::default()), deadline)
            .unwrap();
    }
    Answers::new([Arc::new(zone)])
}
