//! Records: what the zones hold of a host now, and since when.

use super::words::age;
use crate::calls::Call;
use crate::history::Change;
use crate::live::Live;
use dyn53_core::{Host, RecordData, RecordSet, RecordType, Values, Wanted, Zone, ZoneError};
use serde::Serialize;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How long the zone may take to say what it holds.
const PATIENCE: Duration = Duration::from_secs(4);

/// One record set of a host, as its zone answers now.
#[derive(Serialize)]
pub(super) struct RecordView {
    #[serde(rename = "type")]
    pub(super) record_type: &'static str,
    pub(super) addresses: Vec<String>,
    pub(super) ttl: Option<u32>,
    /// Since it became so, where the history knows.
    pub(super) age_seconds: Option<u64>,
    /// The address that the last successful call of this family came from, if it is another one.
    pub(super) called_from: Option<IpAddr>,
}

/// What the zones hold: of embedded ones from memory, of Route 53 what its name servers say. Where the
/// history knows an address, the zone is asked for that one, so that an answer that shows it is enough.
pub(super) fn read(
    hosts: &[&Host],
    known: &HashMap<&String, &Vec<Change>>,
    live: &Live,
) -> Result<Vec<RecordSet>, ZoneError> {
    let mut wanted = Vec::new();
    for host in hosts {
        let changes = known.get(&host.to_string()).copied();
        let before = wanted.len();
        for record_type in [RecordType::Aaaa, RecordType::A] {
            let last = changes.and_then(|all| newest(all, record_type.name()));
            let value = last.and_then(|last| RecordData::parse(record_type, &last.new));
            // What is not there costs a call of Route 53 to be sure of: one question is enough then.
            let is_alone = record_type == RecordType::A && wanted.len() == before;
            if value.is_some() || is_alone || live.zones.is_embedded(host) {
                wanted.push(Wanted {
                    host: (*host).clone(),
                    record_type,
                    ttl: live.ttl(host),
                    values: value.map_or(Values::None, Values::Only),
                });
            }
        }
    }
    let reading = live.zones.read(&wanted, Instant::now() + PATIENCE)?;
    Ok(reading.sets)
}

/// The last change of this type.
pub(super) fn newest<'a>(changes: &'a [Change], record_type: &str) -> Option<&'a Change> {
    changes
        .iter()
        .rev()
        .find(|change| change.r#type == record_type)
}

/// The record sets of a host, A first; `calls` are the last ones about it, the newest one first.
pub(super) fn records(
    host: &Host,
    sets: &[RecordSet],
    changes: Option<&Vec<Change>>,
    calls: &[Arc<Call>],
    now: SystemTime,
) -> Vec<RecordView> {
    let types = [RecordType::A, RecordType::Aaaa];
    let view = |record_type: RecordType| {
        let set = sets
            .iter()
            .find(|set| set.key() == (host.clone(), record_type));
        let addresses: Vec<String> = set
            .map(|set| set.values.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        let last = changes.and_then(|all| newest(all, record_type.name()));
        let last = last.filter(|last| last.new == addresses.join(" "));
        let mut good = calls
            .iter()
            .filter(|call| call.level == "INFO" && RecordType::of(call.caller) == record_type);
        let called_from = good.next().map(|call| call.caller.to_canonical());
        RecordView {
            record_type: record_type.name(),
            ttl: set.map(|set| set.ttl),
            age_seconds: last.map(|last| age(now, last.at)),
            called_from: called_from
                .filter(|from| set.is_some() && !addresses.contains(&from.to_string())),
            addresses,
        }
    };
    types.into_iter().map(view).collect()
}
