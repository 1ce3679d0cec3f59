//! Line: one line of a zone's file. Each line is a JSON object that ends with its own checksum, so that
//! damage is found wherever it is.

use dyn53_core::{Host, RecordData, RecordKey, RecordSet, RecordType};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the first line of a file says it is.
pub(super) const FORMAT: &str = "dyn53 zone";
/// The version that this program writes; it reads version 1 too.
pub(super) const VERSION: u32 = 2;

/// The start of the checksum, the last member of a line.
const SUM: &[u8] = b",\"sum\":\"";
/// Its hexadecimal digits.
const DIGITS: usize = 16;
/// What follows them.
const END: &[u8] = b"\"}";

/// The first line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) zone: String,
    pub(super) generation: u64,
    pub(super) snapshot: usize,
    pub(super) serial: u32,
}

/// Every further line: record sets as they are from this serial on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Grows with each rewrite of the file: lines of two generations do not belong together.
    pub(super) generation: u64,
    /// How many lines after the first one are the snapshot, one record set each.
    pub(super) snapshot: usize,
    /// The number of this line; the first one is 1.
    pub(super) line: usize,
    /// The serial of the zone.
    pub(super) serial: u32,
    /// What changed.
    pub(super) sets: Vec<Stored>,
}

/// A record set in the file; without values: deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    host: String,
    r#type: String,
    ttl: u32,
    values: Vec<String>,
}

/// What one name and type holds from now on.
pub(crate) type Change = (RecordKey, Option<RecordSet>);

impl Stored {
    /// As it is written.
    pub(super) fn of((host, record_type): &RecordKey, set: Option<&RecordSet>) -> Self {
        let values = set.map(|set| set.values.iter().map(ToString::to_string).collect());
        Self {
            host: host.to_string(),
            r#type: record_type.name().to_owned(),
            ttl: set.map_or(0, |set| set.ttl),
            values: values.unwrap_or_default(),
        }
    }

    /// What it means; `None` if it is no record set of the zone `apex`.
    pub(super) fn change(&self, apex: &Host) -> Option<Change> {
        let host = Host::parse(&self.host).ok()?;
        let record_type = RecordType::parse(&self.r#type)?;
        let values = self.values.iter();
        let values: Option<Vec<RecordData>> = values
            .map(|text| RecordData::parse(record_type, text))
            .collect();
        let key = (host.clone(), record_type);
        let set = RecordSet::new(host, record_type, self.ttl, values?);
        key.0.is_within(apex).then_some((key, set))
    }
}

/// A line with its checksum and its end.
pub(super) fn seal(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.pop();
    let sum = sum(&line);
    line.extend_from_slice(SUM);
    line.extend_from_slice(sum.as_bytes());
    line.extend_from_slice(END);
    line.push(b'\n');
    Ok(line)
}

/// The value of a line without its end, if its checksum is right.
pub(super) fn unseal<T: for<'a> Deserialize<'a>>(line: &[u8]) -> Option<T> {
    let (body, tail) = line.split_at_checked(line.len().checked_sub(SUM.len() + DIGITS + 2)?)?;
    let written = tail.strip_prefix(SUM)?.strip_suffix(END)?;
    if sum(body).as_bytes() != written {
        return None;
    }
    serde_json::from_slice(line).ok()
}

/// 64 bits of SHA-256: damage gets past it once in 10^19 times.
fn sum(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    let first = hash.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}
