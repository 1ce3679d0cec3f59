//! Found: what the API has listed, and what of it must not be overwritten.

use crate::api::answer::Listed;
use crate::api::text;
use crate::guess::known::Known;
use dyn53_aws::{Fault, Remedy};
use dyn53_core::{Host, RecordKey, RecordSet, RecordType};
use std::collections::{HashMap, HashSet};
use std::time::Instant;

/// What the zone holds of some names and types, or all of it.
pub(crate) struct Found {
    zone_id: String,
    /// By name.
    pub(super) sets: HashMap<String, Vec<Listed>>,
    /// What was looked up; `None`: the whole zone.
    keys: Option<HashSet<RecordKey>>,
    began: Instant,
}

impl Found {
    /// Nothing yet, of these or of the whole zone: its list begins.
    pub(crate) fn new(zone_id: &str, keys: Option<&[RecordKey]>) -> Self {
        Self {
            zone_id: zone_id.to_owned(),
            sets: HashMap::new(),
            keys: keys.map(|keys| keys.iter().cloned().collect()),
            began: Instant::now(),
        }
    }

    pub(crate) fn covers(&self, key: &RecordKey) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(key))
    }

    fn of(&self, host: &Host) -> &[Listed] {
        self.sets.get(host.as_str()).map_or(&[], Vec::as_slice)
    }

    /// The record set of exactly this name and type; `filled`: one shall be there.
    pub(crate) fn find(&self, key: &RecordKey, filled: bool) -> Result<Option<RecordSet>, Fault> {
        let (host, record_type) = key;
        let here = self.of(host);
        let obstacle = |kind: &str, what: &str| {
            let zone_id = &self.zone_id;
            let sentence = format!(
                "{host} {kind} in hosted zone {zone_id} is {what}, and dyn53 never overwrites it: delete it in the Route 53 console, or use another name"
            );
            Err(Fault::new(Remedy::Operator, sentence))
        };
        if filled && here.iter().any(|set| set.kind == "CNAME") {
            return obstacle("CNAME", "a CNAME, beside which no other record can be");
        }
        let Some(listed) = here.iter().find(|set| set.kind == record_type.name()) else {
            return Ok(None);
        };
        if let Some(special) = listed.special {
            return obstacle(&listed.kind, special);
        }
        match simple(listed) {
            Some(set) => Ok(Some(set)),
            None => obstacle(&listed.kind, "a record with a value that dyn53 cannot read"),
        }
    }

    /// Tells `known` what was listed, and which of `keys` are not there.
    pub(crate) fn teach(&self, known: &Known, keys: &[RecordKey]) {
        for set in self.sets.values().flatten().filter_map(simple) {
            known.listed(set.key(), Some(set), self.began);
        }
        for key in keys {
            let mut here = self.of(&key.0).iter();
            if !here.any(|set| set.kind == key.1.name()) {
                known.listed(key.clone(), None, self.began);
            }
        }
    }
}

/// A listed set as one that may be changed, if it is simple and its values can be read.
fn simple(listed: &Listed) -> Option<RecordSet> {
    let host = Host::parse(&listed.name).ok()?;
    let record_type = RecordType::parse(&listed.kind)?;
    let values = listed.values.iter();
    let values = values.map(|value| text::read(record_type, value.trim()));
    let values = values.collect::<Option<_>>()?;
    let set = RecordSet::new(host, record_type, listed.ttl, values);
    set.filter(|_| listed.special.is_none())
}
