//! Answers: what a DNS message is replied to, from embedded zones alone.

use super::head::Head;
use super::message::Found;
use super::names::spelled;
use crate::embedded::{EmbeddedZone, Key, NameServer, Node, Records, key, upwards, wire};
use dyn53_core::{RecordData, RecordType as Stored};
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{LowerQuery, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, HINFO, NS, SOA, TXT};
use hickory_server::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_server::server::Request;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Times of the SOA record in seconds: refresh, retry, expire (RIPE-203); nobody transfers the zone.
const SOA_TIMES: [i32; 3] = [3600, 600, 1_209_600];

/// Answers questions about embedded zones.
#[derive(Default)]
pub struct Answers {
    zones: HashMap<Key, Arc<EmbeddedZone>>,
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
        if let Some(code) = head.refusal() {
            return Some(head.reply(code));
        }
        let request = Request::from_bytes(message.to_vec(), from, protocol);
        Some(match &request {
            Ok(_) if head.is_too_new() => head.reply(ResponseCode::BADVERS),
            Ok(request) => self.reply_to(request, &head),
            Err(_) => head.reply(ResponseCode::FormErr),
        })
    }

    fn reply_to(&self, request: &Request, head: &Head<'_>) -> Vec<u8> {
        let [query] = request.queries.queries() else {
            return head.reply(ResponseCode::FormErr);
        };
        let written = self.find(query).write(request, query, head);
        written.unwrap_or_else(|_| head.reply(ResponseCode::ServFail))
    }

    fn find(&self, query: &LowerQuery) -> Found {
        let kind = query.query_type();
        let transfer = matches!(kind, RecordType::AXFR | RecordType::IXFR);
        if query.query_class() != DNSClass::IN || transfer {
            return Found::refused();
        }
        let asked = query.original().name();
        let name = wire(asked.iter());
        match self.holding(&name, kind) {
            Some(zone) => zone.with(|records| find_in(zone, records, asked, &name, kind)),
            None => Found::refused(),
        }
    }

    /// The zone that answers for `name`: the one with the longest name. But DS records belong to
    /// the side above a cut (RFC 4035 section 3.1.4.1), if that is here too.
    fn holding(&self, name: &[u8], kind: RecordType) -> Option<&Arc<EmbeddedZone>> {
        let mut zones = upwards(name).filter_map(|above| self.zones.get(above));
        let lowest = zones.next()?;
        let above_cut = kind == RecordType::DS && *name == *key(&lowest.settings().apex);
        above_cut.then(|| zones.next()).flatten().or(Some(lowest))
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
    let soa = || soa(zone, records.serial, asked);
    if *name == *key(&settings.apex) {
        match kind {
            RecordType::SOA => return Found::records(vec![soa()], Vec::new()),
            RecordType::NS => return name_servers(zone, asked),
            _ => {}
        }
    }
    let Some(node) = records.lookup(name) else {
        return Found::nothing(ResponseCode::NXDomain, soa());
    };
    let is_apex = *name == *key(&settings.apex);
    let answers = match kind {
        RecordType::A => stored(node, Stored::A, asked),
        RecordType::AAAA => stored(node, Stored::Aaaa, asked),
        RecordType::TXT => stored(node, Stored::Txt, asked),
        // RFC 8482 section 4.2: one small record in place of everything.
        RecordType::ANY if is_apex || node.has_records() => vec![record(
            asked.clone(),
            settings.ttl,
            RData::HINFO(HINFO::new("RFC8482".into(), String::new())),
        )],
        _ => Vec::new(),
    };
    if answers.is_empty() {
        Found::nothing(ResponseCode::NoError, soa())
    } else {
        Found::records(answers, Vec::new())
    }
}

fn stored(node: &Node, record_type: Stored, asked: &Name) -> Vec<Record> {
    let Some(set) = node.set(record_type) else {
        return Vec::new();
    };
    let values = set.values.iter();
    values
        .map(|value| record(asked.clone(), set.ttl, written(value)))
        .collect()
}

fn written(value: &RecordData) -> RData {
    match value {
        RecordData::A(address) => RData::A(A(*address)),
        RecordData::Aaaa(address) => RData::AAAA(AAAA(*address)),
        RecordData::Txt(text) => RData::TXT(TXT::new(vec![text.as_str().to_owned()])),
    }
}

/// The NS records of the apex, and the addresses of the servers that have one in this zone: without
/// them nobody finds a server whose name lies in the zone that it answers for.
fn name_servers(zone: &EmbeddedZone, asked: &Name) -> Found {
    let settings = zone.settings();
    let ttl = settings.ttl;
    let servers = settings.name_servers.iter();
    let names = servers.clone().map(|server| {
        let name = RData::NS(NS(spelled(&server.host, asked)));
        record(asked.clone(), ttl, name)
    });
    let glue = servers.flat_map(|NameServer { host, addresses }| {
        let owner = spelled(host, asked);
        let addresses = addresses.iter();
        addresses.map(move |ip| record(owner.clone(), ttl, written(&RecordData::from(*ip))))
    });
    Found::records(names.collect(), glue.collect())
}

fn soa(zone: &EmbeddedZone, serial: u32, asked: &Name) -> Record {
    let settings = zone.settings();
    let apex = spelled(&settings.apex, asked);
    let first = settings.name_servers.first();
    let first = first.map_or_else(Name::root, |server| spelled(&server.host, asked));
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

#[cfg(test)]
mod tests {
    use super::super::head::{MAX_UDP, shortest};
    use super::*;
    use crate::embedded::EmbeddedSettings;
    use dyn53_testkit::contract;
    use proptest::prelude::*;

    const QUESTION: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04home\x07example\x03net\x00\x00\x01\x00\x01";

    fn answers(folder: &std::path::Path) -> Answers {
        let settings = EmbeddedSettings {
            apex: contract::host("example.net"),
            ttl: 60,
            name_servers: vec![NameServer {
                host: contract::host("ns1.example.net"),
                addresses: vec![
                    "192.0.2.53".parse().unwrap(),
                    "2001:db8::53".parse().unwrap(),
                ],
            }],
            below: Vec::new(),
            fixed: Vec::new(),
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
    fn nothing_from_outside_panics() {
        let folder = tempfile::tempdir().unwrap();
        let answers = answers(folder.path());
        let anything = proptest::collection::vec(any::<u8>(), 0..600);
        proptest!(|(bytes in anything)| {
            answers.reply(&bytes, from(), Protocol::Udp);
            shortest(&bytes);
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
            shortest(&bytes);
        });
    }
}
