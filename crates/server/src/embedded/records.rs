//! Records: what an embedded zone holds, in the form in which DNS asks for it.

use dyn53_core::{Family, Host, RecordSet};
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
    v4: Option<RecordSet>,
    v6: Option<RecordSet>,
    /// How many names with records or of name servers are this one or lie below it.
    uses: usize,
}

impl Node {
    /// The record set of this type.
    pub(crate) fn set(&self, family: Family) -> Option<&RecordSet> {
        match family {
            Family::V4 => self.v4.as_ref(),
            Family::V6 => self.v6.as_ref(),
        }
    }

    fn slot(&mut self, family: Family) -> &mut Option<RecordSet> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
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
    /// An empty zone, in which its name servers' names exist.
    pub(crate) fn new(apex: &Host, name_servers: &[Host], serial: u32) -> Self {
        let mut records = Self {
            apex: key(apex),
            nodes: HashMap::new(),
            count: 0,
            serial,
        };
        records.hold(&key(apex));
        let own = name_servers.iter().filter(|host| host.is_within(apex));
        own.for_each(|host| records.hold(&key(host)));
        records
    }

    /// The record set of this name and type.
    pub(crate) fn find(&self, host: &Host, family: Family) -> Option<&RecordSet> {
        self.nodes.get(&key(host))?.set(family)
    }

    /// All record sets, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &RecordSet> {
        let nodes = self.nodes.values();
        nodes.flat_map(|node| node.v4.iter().chain(&node.v6))
    }

    /// Puts a record set in the place of the one of its name and type; one without values is none.
    pub(crate) fn put(&mut self, set: RecordSet) {
        let name = key(&set.host);
        let family = set.family;
        let new = Some(set).filter(|set| !set.values.is_empty());
        let old = self.nodes.get(&name).and_then(|node| node.set(family));
        match (old.is_some(), new.is_some()) {
            (false, true) => {
                self.hold(&name);
                self.count += 1;
            }
            (true, false) => {
                self.nodes
                    .entry(name.clone())
                    .or_default()
                    .slot(family)
                    .take();
                self.release(&name);
                self.count -= 1;
                return;
            }
            (false, false) => return,
            (true, true) => {}
        }
        *self.nodes.entry(name).or_default().slot(family) = new;
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
    use super::*;
    use dyn53_testkit::contract::{host, set};
    use rstest::rstest;

    fn zone() -> Records {
        let own = [host("ns1.example.net"), host("ns.example.org")];
        let mut records = Records::new(&host("example.net"), &own, 1);
        records.put(set("home.example.net", 60, "192.0.2.1"));
        records.put(set("*.wild.example.net", 60, "192.0.2.2"));
        records.put(set("a.b.wild.example.net", 60, "192.0.2.3"));
        records
    }

    fn at(records: &Records, name: &str) -> Option<String> {
        let node = records.lookup(&wire(name.split('.').map(str::as_bytes)))?;
        let set = node.set(Family::V4);
        Some(set.map_or("nothing".into(), |set| set.values[0].to_string()))
    }

    #[rstest]
    #[case("home.example.net", Some("192.0.2.1"))]
    #[case("example.net", Some("nothing"))]
    #[case("ns1.example.net", Some("nothing"))]
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
    fn lookups(#[case] name: &str, #[case] found: Option<&str>) {
        assert_eq!(at(&zone(), name).as_deref(), found);
    }

    #[test]
    fn a_name_goes_with_its_last_record() {
        let mut records = zone();
        records.put(set("home.example.net", 60, "2001:db8::1"));
        let gone = |address| RecordSet {
            values: vec![],
            ..set("home.example.net", 60, address)
        };
        records.put(gone("192.0.2.1"));
        assert_eq!(at(&records, "home.example.net").as_deref(), Some("nothing"));
        records.put(gone("2001:db8::1"));
        records.put(gone("2001:db8::1"));
        assert_eq!(at(&records, "home.example.net"), None);
        assert_eq!(records.count, 2);
    }
}
