//! DNS messages: the question for one record set, and what an answer to it means (RFC 1035 section 4).
//!
//! Read and written by hand: a library for all of DNS takes 58 KB more in `bootstrap`.

use dyn53_core::{Host, RecordData, RecordSet, RecordType, Text, Wanted};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of a header.
const HEADER: usize = 12;

/// The class IN.
const IN: u16 = 1;

/// EDNS without options (RFC 6891 section 6.1.2): the root, type OPT, 1232 bytes, no flags.
const OPT: [u8; 11] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];

/// What a message means for what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The authority shows this record set; `None`: there is none.
    Shown(Option<RecordSet>),
    /// An answer to our question that shows nothing of the kind.
    Doubt,
    /// Not an answer to our question: forged, or late.
    NotOurs,
}

/// The question for a name and type, with EDNS and without recursion.
#[must_use]
pub fn question(id: u16, wanted: &Wanted) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + 270);
    message.extend(id.to_be_bytes());
    message.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    message.extend(wire(&wanted.host));
    message.extend(number(wanted.record_type).to_be_bytes());
    message.extend(IN.to_be_bytes());
    message.extend(OPT);
    message
}

/// What `message` means as the answer to the question `id` for `wanted`.
#[must_use]
pub fn judge(message: &[u8], id: u16, wanted: &Wanted) -> Answer {
    let mut reader = Reader { message, at: 0 };
    if reader.u16() == Some(id) {
        read(&mut reader, wanted).unwrap_or(Answer::Doubt)
    } else {
        Answer::NotOurs
    }
}

/// What it says, with authority and in full, that there is of this name and type: records with one TTL,
/// or none. `None`: it does not say, or cannot be read.
fn read(reader: &mut Reader, wanted: &Wanted) -> Option<Answer> {
    let (flags, questions, answers) = (reader.u16()?, reader.u16()?, reader.u16()?);
    reader.at = HEADER;
    let response = flags & 0xf800 == 0x8000;
    if !response || questions != 1 || !reader.is_about(wanted)? {
        return Some(Answer::NotOurs);
    }
    let (authority, cut, code) = (flags & 0x0400, flags & 0x0200, flags & 0x000f);
    if authority == 0 || cut != 0 || !matches!(code, 0 | 3) {
        return None;
    }
    let mut values = Vec::new();
    let mut common = None;
    for _ in 0..answers {
        let own = reader.is_about(wanted)?;
        let ttl = reader.u32()?;
        let length = reader.u16()?;
        let data = reader.take(length.into())?;
        if !own || *common.get_or_insert(ttl) != ttl {
            return None;
        }
        values.push(data_of(wanted.record_type, data)?);
    }
    let Some(ttl) = common else {
        return Some(Answer::Shown(None));
    };
    let set = RecordSet::new(wanted.host.clone(), wanted.record_type, ttl, values)?;
    Some(Answer::Shown(Some(set)))
}

fn data_of(record_type: RecordType, data: &[u8]) -> Option<RecordData> {
    match record_type {
        RecordType::A => {
            let octets: [u8; 4] = data.try_into().ok()?;
            Some(RecordData::A(Ipv4Addr::from(octets)))
        }
        RecordType::Aaaa => {
            let octets: [u8; 16] = data.try_into().ok()?;
            Some(RecordData::Aaaa(Ipv6Addr::from(octets)))
        }
        // One string, as this program writes it.
        RecordType::Txt => {
            let (length, text) = data.split_first()?;
            let text = str::from_utf8(text).ok()?;
            let whole = usize::from(*length) == text.len();
            whole.then(|| Text::parse(text))?.map(RecordData::Txt)
        }
    }
}

fn number(record_type: RecordType) -> u16 {
    match record_type {
        RecordType::A => 1,
        RecordType::Txt => 16,
        RecordType::Aaaa => 28,
    }
}

/// The wire form of a name; a `Host` is in lower case.
fn wire(host: &Host) -> Vec<u8> {
    let mut wire = Vec::with_capacity(host.as_str().len() + 2);
    for label in host.as_str().split('.') {
        wire.push(u8::try_from(label.len()).unwrap_or_default());
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    wire
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.message.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Reads name, type and class; whether they are those of `wanted`.
    fn is_about(&mut self, wanted: &Wanted) -> Option<bool> {
        let (name, kind, class) = (self.name()?, self.u16()?, self.u16()?);
        Some(name == wire(&wanted.host) && kind == number(wanted.record_type) && class == IN)
    }

    /// A name in wire form and lower case: letters compare without their case (RFC 4343). A pointer
    /// leads to what stands before it, so that none leads in a circle.
    fn name(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        let mut after = None;
        let mut limit = self.at;
        loop {
            let length = *self.take(1)?.first()?;
            match length {
                0 => break,
                1..=63 => {
                    name.push(length);
                    let label = self.take(length.into())?;
                    name.extend(label.iter().map(u8::to_ascii_lowercase));
                }
                192..=255 => {
                    let low = *self.take(1)?.first()?;
                    after.get_or_insert(self.at);
                    let to = usize::from(length & 0x3f) << 8 | usize::from(low);
                    if to >= limit {
                        return None;
                    }
                    limit = to;
                    self.at = to;
                }
                _ => return None,
            }
            if name.len() > 255 {
                return None;
            }
        }
        name.push(0);
        self.at = after.unwrap_or(self.at);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyn53_testkit::contract::{grant, set};
    use rstest::rstest;

    fn wanted() -> Wanted {
        grant(&["home.example.net"], &["192.0.2.1"]).wanted()[0].clone()
    }

    /// An answer whose record has a name that points to the question's.
    fn answer(name: &[u8]) -> Vec<u8> {
        let mut message = question(7, &wanted());
        message.truncate(message.len() - OPT.len());
        message[2..12].copy_from_slice(&[0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
        message.extend(name);
        message.extend([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
        message
    }

    #[test]
    fn a_compressed_name_and_one_in_capitals() {
        let expected = Answer::Shown(Some(set("home.example.net", 60, "192.0.2.1")));
        assert_eq!(judge(&answer(&[0xc0, 12]), 7, &wanted()), expected);
        let capitals = b"\x04HOME\x07Example\x03net\x00";
        assert_eq!(judge(&answer(capitals), 7, &wanted()), expected);
        assert_eq!(judge(&answer(b"\x04home\xc0\x11"), 7, &wanted()), expected);
    }

    #[rstest]
    #[case::to_itself(&[0xc0, 34])]
    #[case::forwards(&[0xc0, 60])]
    #[case::beyond_the_end(&[0xff, 0xff])]
    #[case::other_form(&[0x40])]
    fn a_name_that_cannot_be_read_is_a_doubt(#[case] name: &[u8]) {
        assert_eq!(judge(&answer(name), 7, &wanted()), Answer::Doubt);
    }

    #[test]
    fn a_message_that_ends_too_early_is_a_doubt() {
        let whole = answer(&[0xc0, 12]);
        for end in 2..whole.len() {
            let verdict = judge(&whole[..end], 7, &wanted());
            assert_eq!(verdict, Answer::Doubt, "cut at {end}");
        }
    }
}
