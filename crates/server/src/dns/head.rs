//! Head: what every reply needs of a message, also of one that cannot be read to its end.

use hickory_server::proto::op::ResponseCode;

/// The largest reply over UDP, whatever the asker would take (DNS flag day 2020).
pub(crate) const MAX_UDP: u16 = 1232;
/// TC, in the first octet of the flags (RFC 1035 section 4.1.1).
const TRUNCATED: u8 = 0x02;
/// The type of an OPT record (RFC 6891 section 6.1.1).
const OPT: u16 = 41;

/// The header of a question (RFC 1035 section 4.1.1), its question section if that can be read, and
/// its OPT record.
pub(crate) struct Head<'a> {
    id: [u8; 2],
    flags: [u8; 2],
    /// How many records the sections have: question, answer, authority, additional.
    counts: [u16; 4],
    question: Option<&'a [u8]>,
    opt: Option<Opt>,
}

/// What an OPT record says.
struct Opt {
    version: u8,
    dnssec_ok: bool,
}

impl<'a> Head<'a> {
    /// Reads the header of a question; `None` if it is none or a reply.
    pub(crate) fn read(message: &'a [u8]) -> Option<Self> {
        let (head, rest) = message.split_first_chunk::<12>()?;
        let [id0, id1, flags0, flags1, counts @ ..] = *head;
        let is_reply = flags0 & 0x80 != 0;
        let [q0, q1, an0, an1, ns0, ns1, ar0, ar1] = counts;
        let counts = [[q0, q1], [an0, an1], [ns0, ns1], [ar0, ar1]].map(u16::from_be_bytes);
        (!is_reply).then(|| Self {
            id: [id0, id1],
            flags: [flags0, flags1],
            counts,
            question: (counts[0] == 1).then(|| question(rest)).flatten(),
            opt: opt(rest, counts),
        })
    }

    /// What is to be refused without reading further. Only standard queries are answered, and the
    /// sections have as many records as those of a question may: one question, the record of IXFR,
    /// and what belongs to the message itself (OPT, TSIG).
    pub(crate) fn refusal(&self) -> Option<ResponseCode> {
        let [questions, answers, authority, additional] = self.counts;
        if self.flags[0] & 0x78 != 0 {
            Some(ResponseCode::NotImp)
        } else if questions != 1 || answers > 0 || authority > 1 || additional > 3 {
            Some(ResponseCode::FormErr)
        } else {
            None
        }
    }

    /// Whether it speaks a version of EDNS that is not ours (RFC 6891 section 6.1.3).
    pub(crate) fn is_too_new(&self) -> bool {
        self.opt.as_ref().is_some_and(|opt| opt.version > 0)
    }

    /// A reply that says this code alone. It is never longer than the message.
    pub(crate) fn reply(&self, code: ResponseCode) -> Vec<u8> {
        self.bare(code, 0)
    }

    /// A reply that makes the asker come back over TCP. It is never longer than the message.
    pub(crate) fn truncated(&self) -> Vec<u8> {
        self.bare(ResponseCode::NoError, TRUNCATED)
    }

    /// The header, the question as it was asked, and an OPT record if the message has one (RFC 6891
    /// section 6.1.1).
    fn bare(&self, code: ResponseCode, more: u8) -> Vec<u8> {
        // The opcode and RD come back (RFC 1035 section 4.1.1), CD too (RFC 4035 section 3.1.6).
        let flags0 = 0x80 | self.flags[0] & 0x79 | more;
        let flags1 = self.flags[1] & 0x10 | code.low();
        let count = |present: bool| [0, u8::from(present)];
        let mut reply = Vec::with_capacity(64);
        reply.extend(self.id);
        reply.extend([flags0, flags1]);
        reply.extend(count(self.question.is_some()));
        reply.extend([0; 4]);
        reply.extend(count(self.opt.is_some()));
        reply.extend(self.question.unwrap_or_default());
        if let Some(opt) = &self.opt {
            let [size0, size1] = MAX_UDP.to_be_bytes();
            let dnssec_ok = u8::from(opt.dnssec_ok) << 7;
            let [kind0, kind1] = OPT.to_be_bytes();
            reply.extend([0, kind0, kind1, size0, size1]);
            reply.extend([code.high(), 0, dnssec_ok, 0, 0, 0]);
        }
        reply
    }
}

/// The reply to a message while no other may be sent: a question is told to come back over TCP. It is
/// never longer than the message.
pub(crate) fn shortest(message: &[u8]) -> Option<Vec<u8>> {
    let head = Head::read(message)?;
    let unreadable = || head.question.is_none().then_some(ResponseCode::FormErr);
    Some(match head.refusal().or_else(unreadable) {
        Some(code) => head.reply(code),
        None => head.truncated(),
    })
}

/// The question that follows a header: a name without pointers, a type, a class.
fn question(rest: &[u8]) -> Option<&[u8]> {
    let mut end = 0;
    loop {
        match *rest.get(end)? {
            0 if end < 255 => return rest.get(..end + 5),
            length @ 1..=63 => end += usize::from(length) + 1,
            _ => return None,
        }
    }
}

/// The first OPT record of what follows a header.
fn opt(mut rest: &[u8], counts: [u16; 4]) -> Option<Opt> {
    let [questions, answers, authority, additional] = counts;
    for _ in 0..questions {
        rest = after_name(rest)?.get(4..)?;
    }
    for _ in 0..u32::from(answers) + u32::from(authority) {
        (_, rest) = record(rest)?;
    }
    for _ in 0..additional {
        let (fixed, after) = record(rest)?;
        let [kind0, kind1, _, _, _, version, flags, ..] = *fixed;
        if u16::from_be_bytes([kind0, kind1]) == OPT {
            return Some(Opt {
                version,
                dnssec_ok: flags & 0x80 != 0,
            });
        }
        rest = after;
    }
    None
}

/// Type, class, TTL and length of a record, and what follows the record.
fn record(rest: &[u8]) -> Option<(&[u8; 10], &[u8])> {
    let (fixed, rest) = after_name(rest)?.split_first_chunk::<10>()?;
    let [.., length0, length1] = *fixed;
    let length = usize::from(u16::from_be_bytes([length0, length1]));
    Some((fixed, rest.get(length..)?))
}

/// What follows a name (RFC 1035 section 4.1.4).
fn after_name(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (length, after) = rest.split_first()?;
        rest = match *length {
            0 => return Some(after),
            1..=63 => after.get(usize::from(*length)..)?,
            0xc0.. => return after.get(1..),
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUESTION: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04home\x07example\x03net\x00\x00\x01\x00\x01";
    const OPT_ASKED: &[u8] = b"\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x00";
    const OPT_OURS: &[u8] = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00";

    fn with_opt() -> Vec<u8> {
        let mut message = [QUESTION, OPT_ASKED].concat();
        message[11] = 1;
        message
    }

    #[test]
    fn a_truncated_reply_is_its_question_with_tc() {
        let reply = shortest(QUESTION).unwrap();
        assert_eq!(
            reply[..12],
            *b"\x12\x34\x83\x00\x00\x01\x00\x00\x00\x00\x00\x00"
        );
        assert_eq!(reply[12..], QUESTION[12..]);
        let reply = shortest(&with_opt()).unwrap();
        assert_eq!(reply[12..], [&QUESTION[12..], OPT_OURS].concat());
        assert_eq!(reply.len(), with_opt().len());
        assert_eq!(shortest(&reply), None);
        assert_eq!(shortest(&QUESTION[..11]), None);
        assert_eq!(shortest(&QUESTION[..20]).unwrap()[3] & 0x0f, 1, "FORMERR");
    }

    #[test]
    fn a_code_that_needs_edns_is_in_the_opt_record() {
        let message = with_opt();
        let reply = Head::read(&message).unwrap().reply(ResponseCode::BADVERS);
        assert_eq!((reply[3] & 0x0f, reply[reply.len() - 6]), (0, 1));
    }

    #[test]
    fn no_bare_reply_is_longer_than_its_message() {
        let anything = proptest::collection::vec(any::<u8>(), 0..80);
        proptest!(|(rest in anything, opt in any::<bool>())| {
            let message = [if opt { with_opt() } else { QUESTION.to_vec() }, rest].concat();
            for cut in 0..message.len() {
                if let Some(head) = Head::read(&message[..cut]) {
                    prop_assert!(head.truncated().len() <= cut);
                }
            }
        });
    }
}
