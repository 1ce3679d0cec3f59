//! Batch: changes of several updates that go to Route 53 in one call.

use dyn53_core::{Host, RecordData, RecordKey, Step};
use std::collections::HashMap;
use std::fmt::Write;

/// What a batch costs against the limits of ChangeResourceRecordSets: an element is a value of a
/// record set, and UPSERT counts elements and characters twice
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// `ResourceRecord` elements.
    pub elements: usize,
    /// Characters in all `Value` elements.
    pub characters: usize,
}

/// The largest batch that Route 53 takes.
pub const LARGEST: Size = Size {
    elements: 1_000,
    characters: 32_000,
};

impl Size {
    /// What these changes cost together.
    #[must_use]
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Step>) -> Self {
        let each = changes.into_iter().map(Self::of_change);
        each.fold(Self::default(), Self::plus)
    }

    fn of_change(change: &Step) -> Self {
        let (times, set) = match (&change.after, &change.before) {
            (Some(set), _) => (2, set),
            (None, Some(set)) => (1, set),
            (None, None) => return Self::default(),
        };
        let characters = |value: &RecordData| value.to_string().len();
        Self {
            elements: times * set.values.len(),
            characters: times * set.values.iter().map(characters).sum::<usize>(),
        }
    }

    /// The cost of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            elements: self.elements + other.elements,
            characters: self.characters + other.characters,
        }
    }

    /// Whether it is within `limit`.
    #[must_use]
    pub fn fits(self, limit: Self) -> bool {
        self.elements <= limit.elements && self.characters <= limit.characters
    }
}

/// All changes of these updates, one at most for a name and type: the newest, which is the last.
/// Route 53 refuses a batch that deletes a record set twice.
pub(crate) fn merge<'a>(updates: impl Iterator<Item = &'a [Step]>) -> Vec<&'a Step> {
    let mut merged: Vec<&Step> = Vec::new();
    let mut places: HashMap<RecordKey, usize> = HashMap::new();
    for change in updates.flatten() {
        let key = change.key();
        match places.get(&key).and_then(|place| merged.get_mut(*place)) {
            Some(older) => *older = change,
            None => {
                places.insert(key, merged.len());
                merged.push(change);
            }
        }
    }
    merged
}

/// The body of ChangeResourceRecordSets; elements in the order of its syntax. Names, types and
/// addresses have no character that XML would want escaped.
pub(crate) fn body(changes: &[&Step]) -> String {
    let mut xml = String::with_capacity(300 * (changes.len() + 1));
    xml += concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">"#,
        "<ChangeBatch><Comment>dyn53 ",
        env!("CARGO_PKG_VERSION"),
        "</Comment><Changes>"
    );
    for change in changes {
        let (action, set) = match (&change.after, &change.before) {
            (Some(set), _) => ("UPSERT", set),
            (None, Some(set)) => ("DELETE", set),
            (None, None) => continue,
        };
        let (host, family, ttl) = (&set.host, set.record_type, set.ttl);
        let _infallible = write!(
            xml,
            "<Change><Action>{action}</Action><ResourceRecordSet><Name>{host}.</Name>\
             <Type>{family}</Type><TTL>{ttl}</TTL><ResourceRecords>"
        );
        for value in &set.values {
            let _infallible = write!(
                xml,
                "<ResourceRecord><Value>{value}</Value></ResourceRecord>"
            );
        }
        xml += "</ResourceRecords></ResourceRecordSet></Change>";
    }
    xml + "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
}

/// Whether a message of Route 53 names this host, as in `DNS name home.example.com. is not ..`.
pub(crate) fn is_named(message: &str, host: &Host) -> bool {
    let name = host.as_str().replace('*', "\\052");
    let of_a_name = |char: char| char.is_ascii_alphanumeric() || "-_.\\".contains(char);
    [name.as_str(), host.as_str()].iter().any(|name| {
        message.match_indices(name).any(|(start, _)| {
            let before = message.get(..start).unwrap_or_default();
            let after = message.get(start + name.len()..).unwrap_or_default();
            let after = after.strip_prefix('.').unwrap_or(after);
            !before.ends_with(of_a_name) && !after.starts_with(of_a_name)
        })
    })
}
