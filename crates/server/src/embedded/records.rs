//! Records: what an embedded zone holds, in the form in which DNS asks for it.

use dyn53_core::{Host, RecordKey, RecordSet, RecordType};
use std::collections::HashMap;

/// A name in wire form and lower case, without the root label (RFC 1035 section 3.1).
pub(crate) type Key = Vec<u8>;

/// The wire form of a host.
pub(crate) fn key(host: &Host) -> Key {
    wire(host.as_str().split('.').map(str::as_bytes))
}

/// The wire form of labels, in lower case.
pub(crate) fn wire<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Key {
    let mut key = Vec::with_capacity(64);
    for label in labels {
        key.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        key.extend(label.iter().map(u8::to_ascii_lowercase));
    }
    key
}

/// `name` itself, then each name above it, the root last.
pub(crate) fn upwards(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(name), |name| {
        let (length, rest) = name.split_first()?;
        Some(rest.get(usize::from(*length)..).unwrap_or_default())
    })
}

/// A name that exists: it has records, or names below it have.
#[derive(Debug, Default)]
pub(crate) struct Node {
    sets: Vec<RecordSet>,
    /// The addresses of the zone's name server of this name, or another record of the configuration; then
    /// `sets` do not count.
    own: Vec<RecordSet>,
    /// How many names with records, of name servers or of zones are this one or lie below it.
    uses: usize,
}

impl Node {
    /// Whether the name has records, or only names below it have (an empty non-terminal).
    pub(crate) fn has_records(&self) -> bool {
        !self.sets.is_empty() || !self.own.is_empty()
    }

    /// The record set of this type.
    pub(crate) fn set(&self, record_type: RecordType) -> Option<&RecordSet> {
        let sets = if self.own.is_empty() {
            &self.sets
        } else {
            &self.own
        };
        sets.iter().find(|set| set.record_type == record_type)
    }
}

/// All names of one zone.
#[derive(Debug)]
pub(crate) struct Records {
    apex: Key,
    nodes: HashMap<Key, Node>,
    /// How many record sets there are.
    pub(crate) count: usize,
    /// The serial of the SOA record.
    pub(crate) serial: u32,
}

impl Records {
    /// A zone that holds `own`: the addresses of its name servers, and other records of the configuration. The zones `below` exist as names:
    /// those between them and the apex are empty non-terminals (RFC 8020 section 2), and no wildcard
    /// covers them.
    pub(crate) fn new(apex: &Host, own: Vec<RecordSet>, below: &[Host], serial: u32) -> Self {
        let mut records = Self {
            apex: key(apex),
            nodes: HashMap::new(),
            count: 0,
            serial,
        };
        records.hold(&key(apex));
        below.iter().for_each(|zone| records.hold(&key(zone)));
        for set in own {
            let name = key(&set.host);
            records.hold(&name);
            records.nodes.entry(name).or_default().own.push(set);
        }
        records
    }

    /// The record set of this name and type.
    pub(crate) fn find(&self, host: &Host, record_type: RecordType) -> Option<&RecordSet> {
        self.nodes.get(&key(host))?.set(record_type)
    }

    /// All record sets, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &RecordSet> {
        let nodes = self.nodes.values();
        nodes.flat_map(|node| &node.sets)
    }

    /// Puts `set` in the place of the one of this name and type; `None` takes it out.
    pub(crate) fn put(&mut self, (host, record_type): RecordKey, set: Option<RecordSet>) {
        let name = key(&host);
        let node = self.nodes.get_mut(&name);
        let place = node.and_then(|node| {
            let place = node.sets.iter().position(|s| s.record_type == record_type);
            place.map(|place| node.sets.swap_remove(place))
        });
        let (before, now) = (place.is_some(), set.is_some());
        if now && !before {
            self.hold(&name);
            self.count += 1;
        }
        if let Some(set) = set {
            self.nodes.entry(name.clone()).or_default().sets.push(set);
        }
        if before && !now {
            self.release(&name);
            self.count -= 1;
        }
    }

    /// What exists at `name`, by itself or through a wildcard (RFC 4592 section 3.3.1).
    pub(crate) fn lookup(&self, name: &[u8]) -> Option<&Node> {
        if let Some(node) = self.nodes.get(name) {
            return Some(node);
        }
        let encloser = upwards(name).find(|above| self.nodes.contains_key(*above))?;
        let wildcard = [&[1, b'*'], encloser].concat();
        self.nodes.get(&wildcard)
    }

    fn hold(&mut self, name: &[u8]) {
        for above in within(&self.apex, name) {
            self.nodes.entry(above.to_vec()).or_default().uses += 1;
        }
    }

    fn release(&mut self, name: &[u8]) {
        for above in within(&self.apex, name) {
            if let Some(node) = self.nodes.get_mut(above) {
                node.uses -= 1;
                if node.uses == 0 {
                    self.nodes.remove(above);
                }
            }
        }
    }
}

/// `name` and the names above it, down from `name` to `apex`.
fn within<'a>(apex: &Key, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let length = apex.len();
    upwards(name).take_while(move |above| above.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::super::NameServer;
    use super::*;
    use dyn53_testkit::contract::{host, set};
    use rstest::rstest;

    fn zone() -> Records {
        let server = NameServer {
            host: host("ns1.example.net"),
            addresses: vec!["192.0.2.53".parse().unwrap()],
        };
        let below = [host("deep.z.wild.example.net")];
        let mut records = Records::new(&host("example.net"), server.sets(60), &below, 1);
        put(&mut records, "home.example.net", "192.0.2.1");
        put(&mut records, "*.wild.example.net", "192.0.2.2");
        put(&mut records, "a.b.wild.example.net", "192.0.2.3");
        records
    }

    fn put(records: &mut Records, name: &str, address: &str) {
        let set = set(name, 60, address);
        records.put(set.key(), Some(set));
    }

    fn at(records: &Records, name: &str) -> Option<String> {
        let node = records.lookup(&wire(name.split('.').map(str::as_bytes)))?;
        let set = node.set(RecordType::A);
        Some(set.map_or("nothing".into(), |set| set.values[0].to_string()))
    }

    #[rstest]
    #[case("home.example.net", Some("192.0.2.1"))]
    #[case("example.net", Some("nothing"))]
    #[case("ns1.example.net", Some("192.0.2.53"))]
    #[case("absent.example.net", None)]
    #[case("below.home.example.net", None)]
    #[case("wild.example.net", Some("nothing"))]
    #[case("x.wild.example.net", Some("192.0.2.2"))]
    #[case("x.y.wild.example.net", Some("192.0.2.2"))]
    #[case("*.wild.example.net", Some("192.0.2.2"))]
    #[case("a.b.wild.example.net", Some("192.0.2.3"))]
    #[case("b.wild.example.net", Some("nothing"))]
    #[case("c.b.wild.example.net", None)]
    #[case("x.*.wild.example.net", None)]
    #[case("z.wild.example.net", Some("nothing"))]
    #[case("deep.z.wild.example.net", Some("nothing"))]
    #[case("x.z.wild.example.net", None)]
    fn lookups(#[case] name: &str, #[case] found: Option<&str>) {
        assert_eq!(at(&zone(), name).as_deref(), found);
    }

    #[test]
    fn a_name_goes_with_its_last_record() {
        let mut records = zone();
        put(&mut records, "home.example.net", "2001:db8::1");
        let gone = |record_type| (host("home.example.net"), record_type);
        records.put(gone(RecordType::A), None);
        assert_eq!(at(&records, "home.example.net").as_deref(), Some("nothing"));
        records.put(gone(RecordType::Aaaa), None);
        records.put(gone(RecordType::Aaaa), None);
        assert_eq!(at(&records, "home.example.net"), None);
        assert_eq!(records.count, 2);
    }

    #[test]
    fn a_name_server_keeps_its_own_addresses() {
        let mut records = zone();
        let name = "ns1.example.net";
        put(&mut records, name, "192.0.2.66");
        assert_eq!(at(&records, name).as_deref(), Some("192.0.2.53"));
        records.put((host(name), RecordType::A), None);
        assert_eq!(at(&records, name).as_deref(), Some("192.0.2.53"));
    }
}
