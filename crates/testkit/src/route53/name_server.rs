//! The zone's name server over UDP, from the same contents.

use super::contents::{Contents, Record};
use super::lies::Lie;
use super::state::{Shared, State};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record as DnsRecord};
use std::net::{SocketAddr, UdpSocket};
use std::thread;

/// Answers until the stand-in is dropped.
pub(crate) fn serve(shared: &Shared, socket: &UdpSocket) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        if shared.is_closed() {
            return;
        }
        let Ok(question) = Message::from_vec(&buffer[..length]) else {
            continue;
        };
        let (right, lie) = {
            let mut state = shared.lock();
            state.calls.questions += 1;
            let lie = state.lies.pop_front().or_else(|| state.steady_lie.clone());
            (answer(&state, &question), lie.unwrap_or(Lie::None))
        };
        let Some(socket) = socket.try_clone().ok() else {
            return;
        };
        let (latency, messages) = (shared.options.dns_latency, lie.tell(right));
        let send = move || {
            thread::sleep(latency);
            for message in messages {
                let _lost = socket.send_to(&message, from);
            }
        };
        if latency.is_zero() {
            send()
        } else {
            drop(thread::spawn(send))
        }
    }
}

pub(crate) fn wake(address: SocketAddr) {
    if let Ok(socket) = UdpSocket::bind("127.0.0.1:0") {
        let _lost = socket.send_to(&[0], address);
    }
}

fn answer(state: &State, question: &Message) -> Message {
    let mut reply = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
    reply.queries.clone_from(&question.queries);
    if question.edns.is_some() {
        reply.set_edns(Edns::new());
    }
    let Some(query) = question.queries.first() else {
        reply.metadata.response_code = ResponseCode::FormErr;
        return reply;
    };
    let asked = query.name().to_ascii();
    let name = super::contents::unescaped(&asked);
    let Some(zone) = state.zones.values().find(|zone| zone.covers(&name)) else {
        reply.metadata.response_code = ResponseCode::Refused;
        return reply;
    };
    reply.metadata.authoritative = true;
    let (records, exists) = find(state, zone, &name);
    let kind = query.query_type().to_string();
    let fitting = records
        .iter()
        .filter(|record| record.kind == kind || record.kind == "CNAME");
    reply.answers = fitting
        .flat_map(|record| wire(record, query.name()))
        .collect();
    if reply.answers.is_empty() {
        let server = Name::from_ascii("ns-1.example.org.").unwrap();
        let soa = SOA::new(server.clone(), server, 1, 7200, 900, 1_209_600, 86400);
        let apex = Name::from_ascii(&zone.apex).unwrap();
        reply.authorities = vec![DnsRecord::from_rdata(apex, 900, RData::SOA(soa))];
        if !exists {
            reply.metadata.response_code = ResponseCode::NXDomain;
        }
    }
    reply
}

/// The records of a name, or of the wildcard that covers it (RFC 4592), and whether it exists.
fn find(state: &State, zone: &Contents, name: &str) -> (Vec<Record>, bool) {
    let own = state.view.at(zone, name);
    if !own.is_empty() {
        return (own, true);
    }
    if exists(zone, name) {
        return (own, true);
    }
    let mut rest = name;
    while let Some((_, above)) = rest.split_once('.') {
        let wildcard = state.view.at(zone, &format!("*.{above}"));
        if !wildcard.is_empty() || exists(zone, above) {
            return (wildcard.clone(), !wildcard.is_empty());
        }
        rest = above;
    }
    (Vec::new(), false)
}

/// Whether there is a record of this name or below it.
fn exists(zone: &Contents, name: &str) -> bool {
    let next = zone.from(name, "", "").next();
    let rest = next.and_then(|record| record.name.strip_suffix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn wire(record: &Record, owner: &Name) -> Vec<DnsRecord> {
    let ttl = record.ttl.unwrap_or(60);
    let data = record
        .values
        .iter()
        .filter_map(|value| match record.kind.as_str() {
            "A" => value.parse().ok().map(|address| RData::A(A(address))),
            "AAAA" => value.parse().ok().map(|address| RData::AAAA(AAAA(address))),
            "CNAME" => Name::from_ascii(value)
                .ok()
                .map(|name| RData::CNAME(CNAME(name))),
            "TXT" => Some(RData::TXT(TXT::new(vec![
                value.trim_matches('"').to_owned(),
            ]))),
            "NS" => Name::from_ascii(value).ok().map(|name| RData::NS(NS(name))),
            _ => None,
        });
    data.map(|data| DnsRecord::from_rdata(owner.clone(), ttl, data))
        .collect()
}
