//! Looking record sets up in the API, and refusing what must not be overwritten.

use crate::answer::{Listed, Page};
use crate::api::{Api, Tries};
use crate::name::percent_encode;
use dyn53_core::{Host, RecordData, RecordSet, RecordType, Values, Wanted};
use std::time::Instant;

/// Pages of one name; only very many record sets of one name and type fill more than one.
const MOST_PAGES: u32 = 4;

/// More items are on no page.
pub(crate) const FULL_PAGE: usize = 300;

/// What the zone holds for what is `wanted` of one host, in the same order.
///
/// The list begins at the name and its first type and has as many items as types are wanted: the API
/// sorts types by name, A and AAAA first, and a CNAME has no neighbours, so nothing that matters can
/// stand behind them. A page may end early; then the next one is asked for.
pub(crate) fn lookup(
    api: &Api,
    wanted: &[&Wanted],
    deadline: Instant,
    tries: &mut Tries,
) -> Result<Vec<Option<RecordSet>>, String> {
    let Some(first) = wanted.iter().min_by_key(|wanted| wanted.record_type) else {
        return Ok(Vec::new());
    };
    let host = &first.host;
    let mut sets: Vec<Listed> = Vec::new();
    let mut query = query(host.as_str(), first.record_type.name(), wanted.len());
    for _ in 0..MOST_PAGES {
        let page = api.list(&query, deadline, tries);
        let Page { sets: more, next } = page.map_err(|fault| fault.sentence)?;
        sets.extend(more);
        let next = next.filter(|_| sets.len() < wanted.len());
        let Some((name, kind, identifier)) = next else {
            break;
        };
        if crate::name::decode(&name) != host.as_str() {
            break;
        }
        query = next_query(&name, &kind, &identifier, wanted.len() - sets.len());
    }
    find_all(api, wanted, &sets)
}

/// Each of `wanted` among `sets`, which hold all that the zone has of their host.
pub(crate) fn find_all(
    api: &Api,
    wanted: &[&Wanted],
    sets: &[Listed],
) -> Result<Vec<Option<RecordSet>>, String> {
    let found = wanted.iter().map(|wanted| find(api, wanted, sets));
    found.collect()
}

/// The first page of a whole zone.
pub(crate) fn query_all() -> String {
    format!("maxitems={FULL_PAGE}")
}

/// Parameters in the order of their names, as the signature wants them.
fn query(name: &str, kind: &str, items: usize) -> String {
    format!(
        "maxitems={items}&name={}&type={}",
        percent_encode(name),
        percent_encode(kind)
    )
}

pub(crate) fn next_query(name: &str, kind: &str, identifier: &str, items: usize) -> String {
    match identifier {
        "" => query(name, kind, items),
        _ => format!(
            "identifier={}&{}",
            percent_encode(identifier),
            query(name, kind, items)
        ),
    }
}

/// The record set of exactly this name and type.
fn find(api: &Api, wanted: &Wanted, sets: &[Listed]) -> Result<Option<RecordSet>, String> {
    let Wanted {
        host, record_type, ..
    } = wanted;
    let here = || sets.iter().filter(|set| set.name == host.as_str());
    if wanted.values != Values::None && here().any(|set| set.kind == "CNAME") {
        return Err(obstacle(
            api,
            host,
            "CNAME",
            "a CNAME, beside which no address can stand",
        ));
    }
    let Some(listed) = here().find(|set| set.kind == record_type.name()) else {
        return Ok(None);
    };
    if let Some(special) = listed.special {
        return Err(obstacle(api, host, &listed.kind, special));
    }
    match values(listed, *record_type) {
        Some(values) => Ok(RecordSet::new(
            host.clone(),
            *record_type,
            listed.ttl,
            values,
        )),
        None => Err(obstacle(
            api,
            host,
            &listed.kind,
            "a record with a value that is no address",
        )),
    }
}

fn values(listed: &Listed, record_type: RecordType) -> Option<Vec<RecordData>> {
    let values = listed.values.iter();
    let values = values.map(|value| RecordData::parse(record_type, value.trim()));
    let values = values.collect::<Option<Vec<RecordData>>>()?;
    (!values.is_empty()).then_some(values)
}

/// A listed set as one that may be changed, if it is simple and holds addresses.
pub(crate) fn simple(listed: &Listed) -> Option<RecordSet> {
    let record_type = RecordType::parse(&listed.kind)?;
    let host = Host::parse(&listed.name).ok()?;
    let values = values(listed, record_type).filter(|_| listed.special.is_none())?;
    RecordSet::new(host, record_type, listed.ttl, values)
}

fn obstacle(api: &Api, host: &Host, kind: &str, what: &str) -> String {
    format!(
        "{host} {kind} in hosted zone {} is {what}, and dyn53 never overwrites it: delete it in the Route 53 console, or use another name",
        api.zone_id
    )
}
