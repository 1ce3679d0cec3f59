//! Records: the data of the types that this program changes.

use crate::host::Host;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordType {
    /// An IPv4 address (RFC 1035 section 3.4.1).
    A,
    /// An IPv6 address (RFC 3596).
    Aaaa,
    /// A text (RFC 1035 section 3.3.14).
    Txt,
}

impl RecordType {
    /// The type of the record that holds `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::A,
            IpAddr::V6(_) => Self::Aaaa,
        }
    }

    /// Its name, as in `AAAA`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Txt => "TXT",
        }
    }

    /// The type of this name, which is written in capitals.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::A, Self::Aaaa, Self::Txt]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text of a TXT record: one character-string of 1 to 255 printable ASCII characters.
///
/// RFC 1035 allows several strings and any octet. What this program writes never needs them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(String);

impl Text {
    /// Checks `text`; `None` if it does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|b| matches!(b, 32..=126));
        fits.then(|| Self(text.to_owned()))
    }

    /// The characters, without quotes or escapes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The data of one record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordData {
    /// Of an A record.
    A(Ipv4Addr),
    /// Of an AAAA record.
    Aaaa(Ipv6Addr),
    /// Of a TXT record.
    Txt(Text),
}

impl RecordData {
    /// The type of the record that holds it.
    #[must_use]
    pub fn record_type(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Txt(_) => RecordType::Txt,
        }
    }

    /// Reads the data of a record of this type: an address, or a text without quotes or escapes.
    #[must_use]
    pub fn parse(record_type: RecordType, text: &str) -> Option<Self> {
        match record_type {
            RecordType::A => text.parse().ok().map(Self::A),
            RecordType::Aaaa => text.parse().ok().map(Self::Aaaa),
            RecordType::Txt => Text::parse(text).map(Self::Txt),
        }
    }
}

impl From<IpAddr> for RecordData {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::A(address),
            IpAddr::V6(address) => Self::Aaaa(address),
        }
    }
}

/// The form that [`RecordData::parse`] reads.
impl fmt::Display for RecordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => address.fmt(f),
            Self::Aaaa(address) => address.fmt(f),
            Self::Txt(text) => f.write_str(text.as_str()),
        }
    }
}

/// All records of one name and type: nothing but name, type, TTL and values. The order of the values
/// means nothing, so sets with the same values are equal; it is kept all the same, because an
/// API may compare them one by one.
#[derive(Clone, Debug)]
pub struct RecordSet {
    /// The owner.
    pub host: Host,
    /// The type.
    pub record_type: RecordType,
    /// Time to live in seconds.
    pub ttl: u32,
    /// The values, all of `record_type`, at least one.
    pub values: Vec<RecordData>,
}

impl RecordSet {
    /// A record set of these values; `None` if there is none, or one of another type.
    #[must_use]
    pub fn new(
        host: Host,
        record_type: RecordType,
        ttl: u32,
        values: Vec<RecordData>,
    ) -> Option<Self> {
        let fits = values.iter().all(|data| data.record_type() == record_type);
        (fits && !values.is_empty()).then_some(Self {
            host,
            record_type,
            ttl,
            values,
        })
    }

    /// Its name and type.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        (self.host.clone(), self.record_type)
    }
}

impl PartialEq for RecordSet {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |set: &Self| {
            let mut values = set.values.clone();
            values.sort_unstable();
            values
        };
        (&self.host, self.record_type, self.ttl) == (&other.host, other.record_type, other.ttl)
            && (self.values == other.values || sorted(self) == sorted(other))
    }
}

impl Eq for RecordSet {}

/// How many values a record set has at most to which values are added: two certificates for a name and its
/// wildcard under way at once. A zone that does not keep the order of values (Route 53 promises none) may let
/// another one than the oldest go, but never the newest.
pub const MOST_VALUES: usize = 4;

/// What tells one record set of a zone from the others.
pub type RecordKey = (Host, RecordType);

/// What one record set shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The owner.
    pub host: Host,
    /// The type.
    pub record_type: RecordType,
    /// Time to live in seconds.
    pub ttl: u32,
    /// What it shall hold.
    pub values: Values,
}

/// What a record set shall hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// This value and no other.
    Only(RecordData),
    /// Nothing: there shall be no such record set.
    None,
    /// This value, last, beside those that are there already; the first ones give way where there are
    /// more than [`MOST_VALUES`].
    With(RecordData),
    /// Those that are there already without this one; no record set if none is left.
    Without(RecordData),
}

impl Wanted {
    /// The record set that is wanted in place of `current`; `None` if there shall be none.
    #[must_use]
    pub fn after(&self, current: Option<&RecordSet>) -> Option<RecordSet> {
        let held = current.map_or(&[][..], |set| &set.values);
        let values = match &self.values {
            Values::Only(data) => vec![data.clone()],
            Values::None => Vec::new(),
            Values::With(data) => with(held, data),
            Values::Without(data) if held.contains(data) => without(held, data),
            // What is not there needs no change, not even of the TTL.
            Values::Without(_) => return current.cloned(),
        };
        RecordSet::new(self.host.clone(), self.record_type, self.ttl, values)
    }

    /// Whether `current` is as wanted already; another TTL is a difference.
    #[must_use]
    pub fn is_met_by(&self, current: Option<&RecordSet>) -> bool {
        self.after(current).as_ref() == current
    }

    /// Its name and type.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        (self.host.clone(), self.record_type)
    }
}

fn with(held: &[RecordData], data: &RecordData) -> Vec<RecordData> {
    if held.contains(data) {
        return held.to_vec();
    }
    let first = (held.len() + 1).saturating_sub(MOST_VALUES);
    held.iter().skip(first).chain([data]).cloned().collect()
}

fn without(held: &[RecordData], data: &RecordData) -> Vec<RecordData> {
    let others = held.iter().filter(|held| *held != data);
    others.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn host() -> Host {
        Host::parse("home.example.com").unwrap()
    }

    #[rstest]
    #[case("a", true)]
    #[case(&"a".repeat(255), true)]
    #[case(&"a".repeat(256), false)]
    #[case("", false)]
    #[case("two words and \"quotes\"", true)]
    #[case("line\nbreak", false)]
    #[case("ü", false)]
    fn texts(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(Text::parse(text).is_some(), fits);
    }

    #[rstest]
    #[case(RecordType::A, "192.0.2.1", true)]
    #[case(RecordType::A, "2001:db8::1", false)]
    #[case(RecordType::Aaaa, "2001:db8::1", true)]
    #[case(RecordType::Txt, "192.0.2.1", true)]
    fn data(#[case] kind: RecordType, #[case] text: &str, #[case] fits: bool) {
        let data = RecordData::parse(kind, text);
        assert_eq!(data.is_some(), fits);
        if let Some(data) = data {
            assert_eq!(
                (data.record_type(), data.to_string().as_str()),
                (kind, text)
            );
        }
    }

    #[test]
    fn the_order_of_values_means_nothing() {
        let set = |values: [&str; 2]| {
            let values = values.map(|text| RecordData::parse(RecordType::A, text).unwrap());
            RecordSet::new(host(), RecordType::A, 60, values.to_vec())
        };
        assert_eq!(
            set(["192.0.2.2", "192.0.2.1"]),
            set(["192.0.2.1", "192.0.2.2"])
        );
    }

    fn texts_of(values: &[&str]) -> Option<RecordSet> {
        let values = values
            .iter()
            .map(|text| RecordData::parse(RecordType::Txt, text).unwrap());
        RecordSet::new(host(), RecordType::Txt, 60, values.collect())
    }

    fn wanted(values: fn(RecordData) -> Values, text: &str) -> Wanted {
        Wanted {
            host: host(),
            record_type: RecordType::Txt,
            ttl: 60,
            values: values(RecordData::parse(RecordType::Txt, text).unwrap()),
        }
    }

    fn in_order(set: Option<RecordSet>) -> Vec<String> {
        let values = set.map(|set| set.values).unwrap_or_default();
        values.iter().map(ToString::to_string).collect()
    }

    #[rstest]
    #[case(&[], &["new"])]
    #[case(&["a"], &["a", "new"])]
    #[case(&["new", "a"], &["new", "a"])]
    #[case(&["a", "b", "c"], &["a", "b", "c", "new"])]
    #[case(&["a", "b", "c", "d"], &["b", "c", "d", "new"])]
    #[case(&["a", "b", "c", "d", "e", "f"], &["d", "e", "f", "new"])]
    fn a_value_more(#[case] held: &[&str], #[case] expected: &[&str]) {
        let (held, wanted) = (texts_of(held), wanted(Values::With, "new"));
        let after = wanted.after(held.as_ref());
        assert_eq!(in_order(after.clone()), expected);
        assert!(wanted.is_met_by(after.as_ref()));
    }

    #[rstest]
    #[case(&[], &[])]
    #[case(&["old"], &[])]
    #[case(&["a", "b"], &["a", "b"])]
    #[case(&["a", "old", "b"], &["a", "b"])]
    fn a_value_less(#[case] held: &[&str], #[case] expected: &[&str]) {
        let (held, wanted) = (texts_of(held), wanted(Values::Without, "old"));
        let after = wanted.after(held.as_ref());
        assert_eq!(in_order(after.clone()), expected);
        assert!(wanted.is_met_by(after.as_ref()));
    }

    #[test]
    fn a_value_that_is_not_there_leaves_the_ttl_alone() {
        let held = texts_of(&["a"]).map(|set| RecordSet { ttl: 300, ..set });
        assert!(wanted(Values::Without, "old").is_met_by(held.as_ref()));
        assert!(!wanted(Values::With, "a").is_met_by(held.as_ref()));
    }

    #[test]
    fn a_set_has_values_of_its_type() {
        let v6 = RecordData::Aaaa(Ipv6Addr::LOCALHOST);
        assert_eq!(RecordSet::new(host(), RecordType::A, 60, vec![v6]), None);
        assert_eq!(RecordSet::new(host(), RecordType::A, 60, vec![]), None);
    }
}
