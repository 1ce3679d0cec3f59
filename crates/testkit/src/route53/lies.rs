//! Lies: what the name server can be made to say.

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record};
use std::net::Ipv4Addr;

/// What is wrong with an answer of the name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Nothing is.
    None,
    /// There is none.
    Silence,
    /// It has another id; nothing else comes.
    ForgedId,
    /// One with another id and another address comes first, then the right one.
    ForgedFirst,
    /// Its question is another one.
    OtherQuestion,
    /// Its records belong to another name.
    OtherOwner,
    /// It is not authoritative.
    NotAuthoritative,
    /// It is cut short.
    Truncated,
    /// A CNAME stands before its address.
    Cname,
    /// Its records live this long.
    Ttl(u32),
    /// It has one more address.
    OneMore,
    /// It is an error.
    ServFail,
    /// It is empty.
    Empty,
    /// It is no DNS message.
    Garbage,
}

impl Lie {
    /// The messages that are sent in place of the right one.
    pub(crate) fn tell(&self, mut right: Message) -> Vec<Vec<u8>> {
        let elsewhere = Name::from_ascii("elsewhere.example.org.").unwrap();
        match self {
            Self::None => {}
            Self::Silence => return Vec::new(),
            Self::Garbage => return vec![b"\xff\xff garbage".to_vec()],
            Self::ForgedId => right.metadata.id ^= 0x5555,
            Self::ForgedFirst => {
                let mut forged = right.clone();
                forged.metadata.id ^= 0x5555;
                forged
                    .answers
                    .iter_mut()
                    .for_each(|record| record.data = other_address());
                return vec![forged.to_vec().unwrap(), right.to_vec().unwrap()];
            }
            Self::OtherQuestion => {
                let kind = right.queries[0].query_type();
                right.queries = vec![Query::query(elsewhere, kind)];
            }
            Self::OtherOwner => right
                .answers
                .iter_mut()
                .for_each(|record| record.name = elsewhere.clone()),
            Self::NotAuthoritative => right.metadata.authoritative = false,
            Self::Truncated => right.metadata.truncation = true,
            Self::Cname => {
                let owner = right.queries[0].name().clone();
                let cname = RData::CNAME(CNAME(elsewhere.clone()));
                right
                    .answers
                    .iter_mut()
                    .for_each(|record| record.name = elsewhere.clone());
                right
                    .answers
                    .insert(0, Record::from_rdata(owner, 60, cname));
            }
            Self::Ttl(ttl) => right
                .answers
                .iter_mut()
                .for_each(|record| record.ttl = *ttl),
            Self::OneMore => {
                let owner = right.queries[0].name().clone();
                right
                    .answers
                    .push(Record::from_rdata(owner, 60, other_address()));
            }
            Self::ServFail => right.metadata.response_code = ResponseCode::ServFail,
            Self::Empty => right.answers.clear(),
        }
        vec![right.to_vec().unwrap()]
    }
}

fn other_address() -> RData {
    RData::A(A(Ipv4Addr::new(203, 0, 113, 66)))
}
