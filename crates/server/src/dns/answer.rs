//! Answers: what a DNS message is replied to, from embedded zones alone.

use crate::embedded::{EmbeddedZone, Key, Node, Records, key, upwards, wire};
use dyn53_core::{Host, RecordData, RecordType as Stored};
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Edns, LowerQuery, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, HINFO, NS, SOA, TXT};
use hickory_server::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_server::proto::serialize::binary::BinEncoder;
use hickory_server::server::Request;
use hickory_server::zone_handler::MessageResponseBuilder;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// The largest answer over UDP, whatever the asker would take (DNS flag day 2020).
const MAX_UDP: u16 = 1232;
/// Times of the SOA record in seconds: refresh, retry, expire (RIPE-203); nobody transfers the zone.
const SOA_TIMES: [i32; 3] = [3600, 600, 1_209_600];

/// Answers questions about embedded zones.
#[derive(Default)]
pub struct Answers {
    zones: HashMap<Key, Arc<EmbeddedZone>>,
}

/// The sections of a reply, and its code.
struct Found {
    code: ResponseCode,
    authoritative: bool,
    answers: Vec<Record>,
    authority: Vec<Record>,
}

impl Found {
    fn refused() -> Self {
        Self::bare(ResponseCode::Refused, false)
    }

    fn bare(code: ResponseCode, authoritative: bool) -> Self {
        Self {
            code,
            authoritative,
            answers: Vec::new(),
            authority: Vec::new(),
        }
    }

    fn records(answers: Vec<Record>) -> Self {
        Self {
            answers,
            ..Self::bare(ResponseCode::NoError, true)
        }
    }

    /// NXDOMAIN or NODATA with the SOA record for negative caching (RFC 2308 section 3).
    fn nothing(code: ResponseCode, soa: Record) -> Self {
        Self {
            authority: vec![soa],
            ..Self::bare(code, true)
        }
    }
}

impl Answers {
    /// Answers for these zones.
    #[must_use]
    pub fn new(zones: impl IntoIterator<Item = Arc<EmbeddedZone>>) -> Self {
        let zones = zones.into_iter();
        Self {
            zones: zones
                .map(|zone| (key(&zone.settings().apex), zone))
                .collect(),
        }
    }

    /// The reply to a message, if it gets any: replies to replies would never end.
    pub fn reply(&self, message: &[u8], from: SocketAddr, protocol: Protocol) -> Option<Vec<u8>> {
        let head = Head::read(message)?;
        if head.opcode != 0 {
            return Some(head.reply(ResponseCode::NotImp));
        }
        if head
            .counts
            .iter()
            .zip([1, 0, 1, 3])
            .any(|(count, most)| *count > most)
            || head.counts[0] == 0
        {
            return Some(head.reply(ResponseCode::FormErr));
        }
        match Request::from_bytes(message.to_vec(), from, protocol) {
            Ok(request) => Some(
                self.reply_to(&request)
                    .unwrap_or_else(|| head.reply(ResponseCode::ServFail)),
            ),
            Err(_) => Some(head.reply(ResponseCode::FormErr)),
        }
    }

    fn reply_to(&self, request: &Request) -> Option<Vec<u8>> {
        let asked = request.edns.as_ref();
        let too_new = asked.is_some_and(|edns| edns.version() > 0);
        let found = match (too_new, request.queries.queries()) {
            (true, _) => Found::bare(ResponseCode::BADVERS, false),
            (false, [query]) => self.find(query),
            _ => Found::bare(ResponseCode::FormErr, false),
        };
        let edns = asked.map(|asked| own_edns(asked, found.code));
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = found.code;
        metadata.authoritative = found.authoritative;
        let builder = MessageResponseBuilder::new(&request.queries, edns.as_ref());
        let response = builder.build(metadata, &found.answers, &found.authority, [], []);
        let mut bytes = Vec::with_capacity(512);
        let mut encoder = BinEncoder::new(&mut bytes);
        encoder.set_max_size(match request.protocol() {
            Protocol::Udp => request.max_payload().min(MAX_UDP),
            _ => u16::MAX,
        });
        response.destructive_emit(&mut encoder).ok()?;
        Some(bytes)
    }

    fn find(&self, query: &LowerQuery) -> Found {
        match query.query_type() {
            _ if query.query_class() != DNSClass::IN => return Found::refused(),
            RecordType::AXFR | RecordType::IXFR => return Found::refused(),
            _ => {}
        }
        let asked = query.original().name();
        let name = wire(asked.iter());
        let Some(zone) = upwards(&name).find_map(|above| self.zones.get(above)) else {
            return Found::refused();
        };
        zone.with(|records| find_in(zone, records, asked, &name, query.query_type()))
    }
}

fn find_in(
    zone: &EmbeddedZone,
    records: &Records,
    asked: &Name,
    name: &[u8],
    kind: RecordType,
) -> Found {
    let settings = zone.settings();
    let soa = || soa(zone, records.serial);
    if *name == *key(&settings.apex) {
        match kind {
            RecordType::SOA => return Found::records(vec![soa()]),
            RecordType::NS => return Found::records(name_servers(zone)),
            _ => {}
        }
    }
    let Some(node) = records.lookup(name) else {
        return Found::nothing(ResponseCode::NXDomain, soa());
    };
    let answers = match kind {
        RecordType::A => stored(node, Stored::A, asked),
        RecordType::AAAA => stored(node, Stored::Aaaa, asked),
        RecordType::TXT => stored(node, Stored::Txt, asked),
        // RFC 8482 section 4.2: one small record in place of everything.
        RecordType::ANY => vec![record(
            asked.clone(),
            settings.ttl,
            RData::HINFO(HINFO::new("RFC8482".into(), String::new())),
        )],
        _ => Vec::new(),
    };
    match answers.is_empty() {
        true => Found::nothing(ResponseCode::NoError, soa()),
        false => Found::records(answers),
    }
}

fn stored(node: &Node, record_type: Stored, asked: &Name) -> Vec<Record> {
    let Some(set) = node.set(record_type) else {
        return Vec::new();
    };
    let values = set.values.iter().map(|value| match value {
        RecordData::A(address) => RData::A(A(*address)),
        RecordData::Aaaa(address) => RData::AAAA(AAAA(*address)),
        RecordData::Txt(text) => RData::TXT(TXT::new(vec![text.as_str().to_owned()])),
    });
    values
        .map(|value| record(asked.clone(), set.ttl, value))
        .collect()
}

fn name_servers(zone: &EmbeddedZone) -> Vec<Record> {
    let settings = zone.settings();
    let servers = settings.name_servers.iter();
    servers
        .map(|host| {
            record(
                name(&settings.apex),
                settings.ttl,
                RData::NS(NS(name(host))),
            )
        })
        .collect()
}

fn soa(zone: &EmbeddedZone, serial: u32) -> Record {
    let settings = zone.settings();
    let apex = name(&settings.apex);
    let first = settings.name_servers.first().map_or_else(Name::root, name);
    let mailbox =
        Name::from_labels([b"hostmaster".as_slice()]).and_then(|label| label.append_name(&apex));
    let [refresh, retry, expire] = SOA_TIMES;
    let mailbox = mailbox.unwrap_or_else(|_| apex.clone());
    let soa = SOA::new(first, mailbox, serial, refresh, retry, expire, settings.ttl);
    record(apex, settings.ttl, RData::SOA(soa))
}

fn record(owner: Name, ttl: u32, data: RData) -> Record {
    Record::from_rdata(owner, ttl, data)
}

fn name(host: &Host) -> Name {
    let labels = host.as_str().split('.').map(str::as_bytes);
    Name::from_labels(labels).unwrap_or_else(|_| Name::root())
}

/// Every reply to a message with EDNS has it too, with its own size (RFC 6891 section 6.1.1).
fn own_edns(asked: &Edns, code: ResponseCode) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(MAX_UDP);
    edns.set_dnssec_ok(asked.flags().dnssec_ok);
    edns.set_rcode_high(code.high());
    edns
}

/// What every reply needs of a message, readable or not (RFC 1035 section 4.1.1).
struct Head {
    id: [u8; 2],
    opcode: u8,
    recursion_desired: u8,
    counts: [u16; 4],
}

impl Head {
    /// The header of a question; `None` if it is none or a reply.
    fn read(message: &[u8]) -> Option<Self> {
        let [id0, id1, flags, _, counts @ ..] = message.first_chunk::<12>()?;
        let is_reply = flags & 0x80 != 0;
        let [q0, q1, an0, an1, ns0, ns1, ar0, ar1] = *counts;
        let pairs = [[q0, q1], [an0, an1], [ns0, ns1], [ar0, ar1]];
        (!is_reply).then(|| Self {
            id: [*id0, *id1],
            opcode: (flags >> 3) & 0x0f,
            recursion_desired: flags & 0x01,
            counts: pairs.map(u16::from_be_bytes),
        })
    }

    /// A reply that says nothing but this code.
    fn reply(&self, code: ResponseCode) -> Vec<u8> {
        let [id0, id1] = self.id;
        let flags = 0x80 | self.opcode << 3 | self.recursion_desired;
        vec![id0, id1, flags, code.low(), 0, 0, 0, 0, 0, 0, 0, 0]
    }
}

/// A reply that makes the asker come back over TCP: its question and TC, no longer than what came.
pub(crate) fn truncated(message: &[u8]) -> Option<Vec<u8>> {
    let head = Head::read(message).filter(|head| head.opcode == 0)?;
    let mut reply = head.reply(ResponseCode::NoError);
    *reply.get_mut(2)? |= 0x02;
    *reply.get_mut(5)? = 1;
    reply.extend(question(message.get(12..)?)?);
    Some(reply)
}

/// The first question of what follows a header: a name, a type, a class.
fn question(rest: &[u8]) -> Option<&[u8]> {
    let mut end = 0;
    loop {
        match *rest.get(end)? {
            0 => return rest.get(..end + 5),
            length @ 1..=63 => end += usize::from(length) + 1,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::EmbeddedSettings;
    use dyn53_testkit::contract;
    use proptest::prelude::*;

    const QUESTION: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04home\x07example\x03net\x00\x00\x01\x00\x01";

    fn answers(folder: &std::path::Path) -> Answers {
        let settings = EmbeddedSettings {
            apex: contract::host("example.net"),
            ttl: 60,
            name_servers: vec![contract::host("ns1.example.net")],
        };
        let (zone, _) = EmbeddedZone::open(folder, settings).unwrap();
        contract::update(
            &zone,
            &contract::grant(&["home.example.net", "*.example.net"], &["192.0.2.1"]),
        );
        Answers::new([Arc::new(zone)])
    }

    fn from() -> SocketAddr {
        ([192, 0, 2, 9], 53).into()
    }

    #[test]
    fn a_truncated_reply_is_its_question_with_tc() {
        let reply = truncated(QUESTION).unwrap();
        assert_eq!(
            reply[..12],
            *b"\x12\x34\x83\x00\x00\x01\x00\x00\x00\x00\x00\x00"
        );
        assert_eq!(reply[12..], QUESTION[12..]);
        let with_edns = [QUESTION, b"\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"].concat();
        assert_eq!(truncated(&with_edns).unwrap(), reply);
        assert_eq!(truncated(&reply), None);
        assert_eq!(truncated(&QUESTION[..20]), None);
    }

    #[test]
    fn nothing_from_outside_panics() {
        let folder = tempfile::tempdir().unwrap();
        let answers = answers(folder.path());
        let anything = proptest::collection::vec(any::<u8>(), 0..600);
        proptest!(|(bytes in anything)| {
            answers.reply(&bytes, from(), Protocol::Udp);
            truncated(&bytes);
        });
        let changes = proptest::collection::vec((0..60_usize, any::<u8>()), 1..6);
        proptest!(|(changes in changes, rest in proptest::collection::vec(any::<u8>(), 0..40))| {
            let mut bytes = [QUESTION, &rest].concat();
            for (place, byte) in changes {
                if let Some(old) = bytes.get_mut(place) {
                    *old = byte;
                }
            }
            if let Some(reply) = answers.reply(&bytes, from(), Protocol::Udp) {
                prop_assert_eq!(&reply[..2], &bytes[..2]);
                prop_assert!(reply.len() <= usize::from(MAX_UDP));
                prop_assert_eq!(reply[3] & 0x80, 0, "recursion is never offered");
            }
            truncated(&bytes);
        });
    }
}
