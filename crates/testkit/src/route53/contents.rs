//! What a hosted zone holds, in the order in which Route 53 lists it.

use std::collections::BTreeMap;
use std::ops::Bound;

/// A record set of any kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The owner in lower case without final dot, as in `*.home.example.com`.
    pub name: String,
    /// The type, as in `CNAME`.
    pub kind: String,
    /// Time to live; an alias has none.
    pub ttl: Option<u32>,
    /// The values.
    pub values: Vec<String>,
    /// The target of an alias.
    pub alias: Option<String>,
    /// What tells sets of one name and type apart that are not simple.
    pub identifier: Option<String>,
    /// How they differ: element and text, as in `("Weight", "10")`.
    pub policy: Option<(String, String)>,
    /// The comment of a protection; such a set cannot be changed.
    pub protection: Option<String>,
}

impl Record {
    /// A simple record set.
    #[must_use]
    pub fn simple(name: &str, kind: &str, ttl: u32, values: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            ttl: Some(ttl),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// An alias.
    #[must_use]
    pub fn alias(name: &str, kind: &str, target: &str) -> Self {
        Self {
            ttl: None,
            alias: Some(target.to_owned()),
            ..Self::simple(name, kind, 0, &[])
        }
    }

    /// The same as one of several, as in `.one_of("blue", "Weight", "10")`.
    #[must_use]
    pub fn one_of(mut self, identifier: &str, element: &str, text: &str) -> Self {
        self.identifier = Some(identifier.to_owned());
        self.policy = Some((element.to_owned(), text.to_owned()));
        self
    }

    /// The same, protected.
    #[must_use]
    pub fn protected(mut self, comment: &str) -> Self {
        self.protection = Some(comment.to_owned());
        self
    }

    fn key(&self) -> Key {
        Key {
            labels: labels(&self.name),
            kind: self.kind.clone(),
            identifier: self.identifier.clone().unwrap_or_default(),
        }
    }
}

/// Labels from the right, then the type, then the identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    labels: Vec<String>,
    kind: String,
    identifier: String,
}

fn labels(name: &str) -> Vec<String> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    labels.rev().map(str::to_owned).collect()
}

/// A hosted zone.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Its name in lower case without final dot.
    pub apex: String,
    sets: BTreeMap<Key, Record>,
}

impl Contents {
    /// A zone with its SOA and NS records; `server` is its name server.
    #[must_use]
    pub fn new(apex: &str, server: &str) -> Self {
        let apex = apex.trim_end_matches('.').to_ascii_lowercase();
        let soa = format!("{server}. hostmaster.{apex}. 1 7200 900 1209600 86400");
        let mut zone = Self {
            sets: BTreeMap::new(),
            apex: apex.clone(),
        };
        zone.put(Record::simple(
            &apex,
            "NS",
            172_800,
            &[&format!("{server}.")],
        ));
        zone.put(Record::simple(&apex, "SOA", 900, &[&soa]));
        zone
    }

    /// Puts a record set in, unchecked, in place of the one with the same name, type and identifier.
    pub fn put(&mut self, record: Record) {
        self.sets.insert(record.key(), record);
    }

    /// Takes it out.
    pub fn remove(&mut self, record: &Record) -> Option<Record> {
        self.sets.remove(&record.key())
    }

    /// The record set with the same name, type and identifier.
    #[must_use]
    pub fn same_key(&self, record: &Record) -> Option<&Record> {
        self.sets.get(&record.key())
    }

    /// All record sets of a name.
    pub fn at(&self, name: &str) -> impl Iterator<Item = &Record> {
        self.from(name, "", "")
            .take_while(move |set| set.name == name)
    }

    /// The record sets from there on, as a list call shows them.
    pub fn from<'a>(
        &'a self,
        name: &str,
        kind: &str,
        identifier: &str,
    ) -> impl Iterator<Item = &'a Record> + use<'a> {
        let first = Key {
            labels: labels(name),
            kind: kind.to_owned(),
            identifier: identifier.to_owned(),
        };
        let range = self.sets.range((Bound::Included(first), Bound::Unbounded));
        range.map(|(_, record)| record)
    }

    /// All record sets.
    pub fn all(&self) -> impl Iterator<Item = &Record> {
        self.sets.values()
    }

    /// Whether a name is the apex or lies below it.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let below = name.strip_suffix(&self.apex);
        below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// A name as the API writes it: everything but `a-z 0-9 - _` as `\ooo`, with final dot.
#[must_use]
pub(crate) fn escaped(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(byte.into()),
            _ => text += &format!("\\{byte:03o}"),
        }
    }
    text + "."
}

/// A name as it is sent, in lower case, octal codes decoded, without final dot.
#[must_use]
pub(crate) fn unescaped(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.trim_end_matches('.').as_bytes();
    while let [first, others @ ..] = rest {
        let code = others
            .get(..3)
            .and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 8).ok());
        match (first, code) {
            (b'\\', Some(byte)) => {
                bytes.push(byte);
                rest = &others[3..];
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).to_ascii_lowercase()
}
