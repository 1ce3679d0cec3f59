//! Lists: what the API holds of some names, or of the whole zone, page by page.

use super::found::Found;
use crate::api::Api;
use crate::api::answer::{Listed, Page};
use crate::api::text::decode;
use dyn53_aws::{Fault, Tries, percent_encode};
use dyn53_core::RecordKey;

/// Pages of one name; only very many record sets of one name and type fill more than one.
const MOST_PAGES_OF_A_NAME: u32 = 4;

/// More items are on no page.
const FULL_PAGE: usize = 300;

/// A zone with more than 15,000 record sets is not listed as a whole.
const MOST_PAGES: usize = 50;

/// What the zone holds of these names and types, those of one host together.
pub(crate) fn look_up(api: &Api, keys: &[RecordKey], tries: &mut Tries) -> Result<Found, Fault> {
    let mut found = Found::new(&api.zone_id, Some(keys));
    for of_one_host in keys.chunk_by(|one, other| one.0 == other.0) {
        look_up_host(api, of_one_host, &mut found, tries)?;
    }
    Ok(found)
}

/// Puts what the zone holds of `keys`, all of one host, into `found`.
///
/// The list begins at the name and its first type and has as many items as types are asked for: the
/// API sorts types by name, and a CNAME has no neighbours. A page may end early; then the next one is
/// asked for.
fn look_up_host(
    api: &Api,
    keys: &[RecordKey],
    found: &mut Found,
    tries: &mut Tries,
) -> Result<(), Fault> {
    let Some((host, first)) = keys.iter().min_by_key(|(_, record_type)| record_type) else {
        return Ok(());
    };
    let sets = found.sets.entry(host.to_string()).or_default();
    let mut query = query(host.as_str(), first.name(), "", keys.len());
    for _ in 0..MOST_PAGES_OF_A_NAME {
        let Page { sets: more, next } = api.list(&query, tries)?;
        sets.extend(more.into_iter().filter(|set| set.name == host.as_str()));
        let next = next.filter(|next| sets.len() < keys.len() && decode(&next.0) == host.as_str());
        let Some((name, kind, identifier)) = next else {
            break;
        };
        query = self::query(&name, &kind, &identifier, keys.len() - sets.len());
    }
    Ok(())
}

/// The whole zone, and how many pages it filled; `None`: too many.
pub(crate) fn list_zone(api: &Api, tries: &mut Tries) -> Result<Option<(Found, usize)>, Fault> {
    let mut found = Found::new(&api.zone_id, None);
    let mut query = format!("maxitems={FULL_PAGE}");
    for number in 1..=MOST_PAGES {
        let Page { sets: more, next } = api.list(&query, tries)?;
        for set in more {
            found.sets.entry(set.name.clone()).or_default().push(set);
        }
        let Some((name, kind, identifier)) = next else {
            return Ok(Some((found, number)));
        };
        query = self::query(&name, &kind, &identifier, FULL_PAGE);
    }
    Ok(None)
}

/// The names of the zone's own name servers: its apex is listed first.
pub(crate) fn name_servers(api: &Api, mut tries: Tries) -> Option<Vec<String>> {
    let sets = api.list("maxitems=20", &mut tries).ok()?.sets;
    let apex = sets.first()?.name.clone();
    let own = |set: &Listed| set.kind == "NS" && set.name == apex;
    sets.into_iter().find(own).map(|set| set.values)
}

/// Parameters in the order of their names, as the signature wants them.
fn query(name: &str, kind: &str, identifier: &str, items: usize) -> String {
    let (name, kind) = (percent_encode(name), percent_encode(kind));
    let identifier = match identifier {
        "" => String::new(),
        text => format!("identifier={}&", percent_encode(text)),
    };
    format!("{identifier}maxitems={items}&name={name}&type={kind}")
}
