//! Master file: record sets as the plain text that all name servers read (RFC 1035 section 5).

use dyn53_core::{Host, RecordData, RecordKey, RecordSet, RecordType};
use hickory_proto::rr::{DNSClass, Name, RData, Record};
use hickory_proto::serialize::txt::Parser;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many records an error names.
const NAMED: usize = 5;

/// What a file means for a zone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Master {
    /// The record sets, sorted by name and type.
    pub(crate) sets: Vec<RecordSet>,
    /// SOA and NS of the zone itself, which the server makes from its configuration.
    pub(crate) left_out: Vec<String>,
}

/// The text for these record sets of the zone `apex`.
pub(crate) fn print(apex: &Host, serial: u32, sets: &[RecordSet]) -> String {
    let mut text = format!(
        "; {apex}, serial {serial}. The server makes SOA and NS itself.\n$ORIGIN {apex}.\n$TTL 60\n"
    );
    for set in sets {
        for value in &set.values {
            let (host, ttl, kind) = (&set.host, set.ttl, set.record_type);
            let value = match value {
                RecordData::Txt(text) => quoted(text.as_str()),
                RecordData::A(_) | RecordData::Aaaa(_) => value.to_string(),
            };
            let _infallible = writeln!(text, "{host}. {ttl} IN {kind} {value}");
        }
    }
    text
}

/// Reads the text of a master file.
///
/// # Errors
/// What is wrong with it, without a dot at the end.
pub(crate) fn read(text: &str, apex: &Host) -> Result<Master, String> {
    let origin = Name::from_ascii(format!("{apex}.")).map_err(|error| error.to_string())?;
    let parsed = Parser::new(text, None, Some(origin)).parse();
    let (_, found) = parsed.map_err(|error| error.to_string())?;
    let mut master = Master::default();
    let (mut refused, mut values) = (Vec::new(), BTreeMap::<RecordKey, (u32, Vec<_>)>::new());
    let records = found.values().flat_map(|set| set.records_without_rrsigs());
    for record in records {
        let name = label(record);
        match meant(record, apex) {
            Meant::Kept(host, data) => {
                let entry = values.entry((host, data.record_type())).or_default();
                entry.0 = record.ttl;
                entry.1.push(data);
            }
            Meant::LeftOut => master.left_out.push(name),
            Meant::Refused => refused.push(name),
        }
    }
    if let Some(sentence) = sentence(&refused, apex) {
        return Err(sentence);
    }
    let sets = values
        .into_iter()
        .filter_map(|((host, record_type), (ttl, values))| {
            RecordSet::new(host, record_type, ttl, values)
        });
    master.sets = sets.collect();
    Ok(master)
}

enum Meant {
    Kept(Host, RecordData),
    LeftOut,
    Refused,
}

fn meant(record: &Record, apex: &Host) -> Meant {
    let host = Host::parse(record.name.to_ascii().trim_end_matches('.'));
    let Some(host) = host.ok().filter(|host| host.is_within(apex)) else {
        return Meant::Refused;
    };
    if record.dns_class != DNSClass::IN {
        return Meant::Refused;
    }
    let data = match &record.data {
        RData::SOA(_) | RData::NS(_) if host == *apex => return Meant::LeftOut,
        RData::A(address) => Some(RecordData::A(address.0)),
        RData::AAAA(address) => Some(RecordData::Aaaa(address.0)),
        RData::TXT(text) => match &*text.txt_data {
            [one] => std::str::from_utf8(one)
                .ok()
                .and_then(|one| RecordData::parse(RecordType::Txt, one)),
            _ => None,
        },
        _ => None,
    };
    data.map_or(Meant::Refused, |data| Meant::Kept(host, data))
}

fn label(record: &Record) -> String {
    format!("{} {}", record.name, record.record_type())
}

fn sentence(refused: &[String], apex: &Host) -> Option<String> {
    let first = refused
        .get(..NAMED.min(refused.len()))
        .filter(|first| !first.is_empty())?;
    let rest = refused.len() - first.len();
    let rest = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    Some(format!(
        "an embedded zone holds A, AAAA and TXT (one string of up to 255 printable ASCII characters) of names in {apex} and nothing else: remove {}{rest}",
        first.join(", ")
    ))
}

/// A character-string in quotes.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn apex() -> Host {
        Host::parse("example.net").unwrap()
    }

    fn set(name: &str, kind: RecordType, ttl: u32, values: &[&str]) -> RecordSet {
        let values = values
            .iter()
            .map(|text| RecordData::parse(kind, text).unwrap());
        RecordSet::new(Host::parse(name).unwrap(), kind, ttl, values.collect()).unwrap()
    }

    #[test]
    fn there_and_back() {
        let every: String = (32..=126).map(char::from).collect();
        let mut sets = vec![
            set(
                "*.example.net",
                RecordType::A,
                60,
                &["192.0.2.1", "192.0.2.2"],
            ),
            set(
                "_acme-challenge.home.example.net",
                RecordType::Txt,
                1,
                &[&every, "; $ORIGIN (", "\\065"],
            ),
            set("example.net", RecordType::Aaaa, 86_400, &["2001:db8::1"]),
            set("home.example.net", RecordType::Txt, 60, &[" "]),
        ];
        sets.sort_by_key(RecordSet::key);
        let text = print(&apex(), 7, &sets);
        let master = read(&text, &apex()).unwrap();
        assert_eq!(
            master,
            Master {
                sets,
                left_out: vec![]
            }
        );
    }

    #[test]
    fn what_other_servers_write() {
        let text = "$ORIGIN example.net.\n$TTL 1h\n@ SOA ns1 host.example.net. (\n 1 2 3 4 5 ) ; comment\n  NS ns1\nhome 60 A 192.0.2.1\n     IN TXT one\n$ORIGIN lan.example.net.\nNAS AAAA 2001:db8::1\n";
        let master = read(text, &apex()).unwrap();
        let expected = [
            set("home.example.net", RecordType::A, 60, &["192.0.2.1"]),
            set("home.example.net", RecordType::Txt, 3600, &["one"]),
            set(
                "nas.lan.example.net",
                RecordType::Aaaa,
                3600,
                &["2001:db8::1"],
            ),
        ];
        assert_eq!(master.sets, expected);
        assert_eq!(master.left_out.len(), 2);
    }

    #[rstest]
    #[case("mail 60 MX 10 mail.example.net.", "remove mail.example.net. MX")]
    #[case("home.example.org. 60 A 192.0.2.1", "remove home.example.org. A")]
    #[case("sub 60 NS ns1.example.net.", "remove sub.example.net. NS")]
    #[case("home 60 TXT \"one\" \"two\"", "remove home.example.net. TXT")]
    #[case("home 60 CH A 192.0.2.1", "remove home.example.net. A")]
    #[case("home 60 A 192.0.2.256", "invalid IPv4 address syntax")]
    fn what_is_refused(#[case] text: &str, #[case] reason: &str) {
        let error = read(text, &apex()).unwrap_err();
        assert!(error.ends_with(reason), "{error}");
    }
}
