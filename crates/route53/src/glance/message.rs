//! DNS messages: the question for one record set, and what an answer to it means.

use dyn53_core::{Host, RecordData, RecordType, Values, Wanted};
use simple_dns::rdata::{OPT, RData};
use simple_dns::{CLASS, Name, OPCODE, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What a message means for what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The one record there is, as wanted, from the authority.
    AsWanted,
    /// An answer to our question, but not that.
    Doubt,
    /// Not an answer to our question: forged, or late.
    NotOurs,
}

/// The question for a name and type, with EDNS (RFC 6891) and without recursion.
#[must_use]
pub fn question(id: u16, wanted: &Wanted) -> Option<Vec<u8>> {
    ask(
        id,
        &wanted.host,
        kind(wanted.record_type),
        PacketFlag::empty(),
    )
}

pub(crate) fn ask(id: u16, host: &Host, kind: TYPE, flags: PacketFlag) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(flags);
    let name = Name::new(host.as_str()).ok()?;
    let question = Question::new(name, QTYPE::TYPE(kind), CLASS::IN.into(), false);
    packet.questions.push(question);
    *packet.opt_mut() = Some(OPT {
        opt_codes: Vec::new(),
        udp_packet_size: 1232,
        version: 0,
    });
    packet.build_bytes_vec().ok()
}

/// What `message` means as the answer to the question `id` for `wanted`.
#[must_use]
pub fn judge(message: &[u8], id: u16, wanted: &Wanted) -> Verdict {
    if message.get(..2) != Some(&id.to_be_bytes()) {
        return Verdict::NotOurs;
    }
    let Ok(packet) = Packet::parse(message) else {
        return Verdict::Doubt;
    };
    match answers(&packet, &wanted.host, kind(wanted.record_type)) {
        false => Verdict::NotOurs,
        true if shows(&packet, wanted) => Verdict::AsWanted,
        true => Verdict::Doubt,
    }
}

/// Whether it answers this very question.
pub(crate) fn answers(packet: &Packet, host: &Host, kind: TYPE) -> bool {
    let [question] = packet.questions.as_slice() else {
        return false;
    };
    packet.has_flags(PacketFlag::RESPONSE)
        && packet.opcode() == OPCODE::StandardQuery
        && question.qtype == QTYPE::TYPE(kind)
        && question.qclass == CLASS::IN.into()
        && is_host(&question.qname, host)
}

/// Whether it says, with authority and in full, that there is exactly what is wanted.
fn shows(packet: &Packet, wanted: &Wanted) -> bool {
    let [record] = packet.answers.as_slice() else {
        return false;
    };
    let address = match &record.rdata {
        RData::A(a) => RecordData::A(Ipv4Addr::from(a.address)),
        RData::AAAA(aaaa) => RecordData::Aaaa(Ipv6Addr::from(aaaa.address)),
        _ => return false,
    };
    packet.has_flags(PacketFlag::AUTHORITATIVE_ANSWER)
        && !packet.has_flags(PacketFlag::TRUNCATION)
        && packet.rcode() == RCODE::NoError
        && record.class == CLASS::IN
        && record.ttl == wanted.ttl
        && wanted.values == Values::Only(address)
        && is_host(&record.name, &wanted.host)
}

/// Names are equal label by label, whatever the case of their letters (RFC 4343).
pub(crate) fn is_host(name: &Name, host: &Host) -> bool {
    let mut labels = host.as_str().split('.');
    let same = name.as_bytes().all(|label| {
        labels
            .next()
            .is_some_and(|own| own.as_bytes().eq_ignore_ascii_case(label))
    });
    same && labels.next().is_none()
}

fn kind(record_type: RecordType) -> TYPE {
    match record_type {
        RecordType::A => TYPE::A,
        RecordType::Aaaa => TYPE::AAAA,
        RecordType::Txt => TYPE::TXT,
    }
}
