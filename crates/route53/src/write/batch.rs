//! Batch: changes of several updates that go to Route 53 in one call.
//!
//! A change is a compare-and-swap: DELETE of the set as it is taken to be, CREATE of the new one. Route 53
//! makes all changes of a batch or none, and a DELETE must match name, type, TTL and values exactly
//! (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html>).

use crate::api::text::written;
use dyn53_core::{Host, RecordKey, RecordSet, Step};
use std::collections::HashMap;
use std::fmt::Write;

/// What a batch costs against the limits of ChangeResourceRecordSets: an element is a value of a
/// record set in a CREATE or a DELETE
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
    /// What the changes among these steps cost together.
    #[must_use]
    pub fn of<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Self {
        let changes = steps.into_iter().filter(|step| step.is_change());
        let sets = changes.flat_map(|step| step.before.iter().chain(&step.after));
        let values = sets.flat_map(|set| &set.values);
        values.fold(Self::default(), |size, value| Self {
            elements: size.elements + 1,
            characters: size.characters + written(value).chars().count(),
        })
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

/// The changes of these updates, in their order, one at most for a name and type: from the first old
/// set to the last new one. Route 53 refuses a batch that deletes a set twice.
pub(crate) fn merge<'a>(updates: impl Iterator<Item = &'a [Step]>) -> Vec<Step> {
    let mut merged: Vec<Step> = Vec::new();
    let mut places: HashMap<RecordKey, usize> = HashMap::new();
    for step in updates.flatten().filter(|step| step.is_change()) {
        match places
            .get(&step.key())
            .and_then(|place| merged.get_mut(*place))
        {
            Some(older) => older.after.clone_from(&step.after),
            None => {
                places.insert(step.key(), merged.len());
                merged.push(step.clone());
            }
        }
    }
    merged
}

/// The body of ChangeResourceRecordSets; elements in the order of its syntax. Names and types have no
/// character that XML would want escaped.
pub(crate) fn body(changes: &[Step]) -> String {
    let mut xml = String::with_capacity(500 * (changes.len() + 1));
    xml += concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">"#,
        "<ChangeBatch><Comment>dyn53 ",
        env!("CARGO_PKG_VERSION"),
        "</Comment><Changes>"
    );
    for change in changes {
        if let Some(old) = &change.before {
            write_set(&mut xml, "DELETE", old);
        }
        if let Some(new) = &change.after {
            write_set(&mut xml, "CREATE", new);
        }
    }
    xml + "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
}

fn write_set(xml: &mut String, action: &str, set: &RecordSet) {
    let (host, record_type, ttl) = (&set.host, set.record_type, set.ttl);
    let _infallible = write!(
        xml,
        "<Change><Action>{action}</Action><ResourceRecordSet><Name>{host}.</Name>\
         <Type>{record_type}</Type><TTL>{ttl}</TTL><ResourceRecords>"
    );
    for value in &set.values {
        let value = written(value).replace('&', "&amp;").replace('<', "&lt;");
        let _infallible = write!(
            xml,
            "<ResourceRecord><Value>{value}</Value></ResourceRecord>"
        );
    }
    *xml += "</ResourceRecords></ResourceRecordSet></Change>";
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
