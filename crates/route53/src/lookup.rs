//! Lookups: what the zone holds, asked of the API, and what of it must not be overwritten.
//!
//! Ten thousand routers that come back together, while the name servers cannot be asked, would be ten
//! thousand list calls, or 34 pages of the zone. So lookups go one after another, and where many wait
//! the whole zone is listed for all of them.

use crate::api::Api;
use crate::api::answer::{Listed, Page};
use crate::api::name::decode;
use crate::guess::known::Known;
use dyn53_aws::{Fault, Remedy, Tries, percent_encode};
use dyn53_core::{Host, RecordData, RecordKey, RecordSet, RecordType, Text};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Pages of one name; only very many record sets of one name and type fill more than one.
const MOST_PAGES_OF_A_NAME: u32 = 4;

/// More items are on no page.
const FULL_PAGE: usize = 300;

/// A zone with more than 15,000 record sets is not listed as a whole.
const MOST_PAGES: usize = 50;

/// From so many on that wait or were looked up within the last second, and no fewer than the zone has
/// pages, the whole zone is listed.
const MANY: usize = 8;
const LATELY: Duration = Duration::from_secs(1);

/// After a zone could not be listed as a whole, it is not tried again for a while.
const REST: Duration = Duration::from_secs(300);

/// Listed record sets by name.
pub(crate) type Sets = HashMap<String, Vec<Listed>>;

/// The lookups of one zone.
#[derive(Default)]
pub(crate) struct Lookups {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    busy: bool,
    /// Lookups since then.
    lately: Option<(Instant, usize)>,
    pages: usize,
    rests_until: Option<Instant>,
    /// The whole zone, as listed from then on.
    newest: Option<(Instant, Arc<Sets>)>,
}

impl Lookups {
    /// What the zone holds of `wanted`, and maybe more; `known` learns it. `answered` is asked first and after
    /// each wait: the answer may have come another way, then there is none from here.
    pub(crate) fn look(
        &self,
        (api, known): (&Api, &Known),
        wanted: &[RecordKey],
        answered: &dyn Fn() -> bool,
        tries: &mut Tries,
    ) -> Result<Option<Arc<Sets>>, Fault> {
        let came = Instant::now();
        let _waits = Waits::of(self);
        let mut state = self.lock();
        loop {
            // Before the first wait too: who was asking the name servers has not seen what was listed meanwhile.
            if answered() {
                return Ok(None);
            }
            if let Some(sets) = state.listed_since(came) {
                return Ok(Some(sets));
            }
            if !state.busy {
                break;
            }
            let left = tries.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::late(""));
            }
            let woken = self.done.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.busy = true;
        let many = state.is_worth_a_list(Instant::now());
        drop(state);
        let _busy = Busy(self);
        let whole = if many {
            self.whole_zone(api, tries)?
        } else {
            None
        };
        let sets = match whole {
            Some(sets) => sets,
            None => Arc::new(look_up(api, wanted, tries)?),
        };
        learn(known, &sets, wanted);
        Ok(Some(sets))
    }

    /// Lists the zone and leaves it to all who wait. `None`: it is too large.
    fn whole_zone(&self, api: &Api, tries: &mut Tries) -> Result<Option<Arc<Sets>>, Fault> {
        let began = Instant::now();
        let listed = list_zone(api, tries);
        let mut state = self.lock();
        match listed {
            Ok(Some((sets, pages))) => {
                let sets = Arc::new(sets);
                state.pages = pages;
                state.newest = Some((began, Arc::clone(&sets)));
                Ok(Some(sets))
            }
            other => {
                state.rests_until = Some(Instant::now() + REST);
                other.map(|_| None)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn listed_since(&self, came: Instant) -> Option<Arc<Sets>> {
        let (began, sets) = self.newest.as_ref()?;
        (*began >= came).then(|| Arc::clone(sets))
    }

    /// Counts a lookup; says whether the whole zone is to be listed in its place.
    fn is_worth_a_list(&mut self, now: Instant) -> bool {
        let rests = self.rests_until.is_some_and(|until| now < until);
        let recent = |(since, _): &(Instant, usize)| now.duration_since(*since) < LATELY;
        let (since, before) = self.lately.filter(recent).unwrap_or((now, 0));
        self.lately = Some((since, before + 1));
        self.waiting + before >= MANY.max(self.pages) && !rests
    }
}

/// Counts a caller in, and out again when it is dropped, whatever happens.
struct Waits<'a>(&'a Lookups);

impl<'a> Waits<'a> {
    fn of(lookups: &'a Lookups) -> Self {
        lookups.lock().waiting += 1;
        Self(lookups)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.waiting -= 1;
        if state.waiting == 0 {
            state.newest = None;
        }
    }
}

/// Lets the next caller begin when it is dropped, whatever happens.
struct Busy<'a>(&'a Lookups);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.lock().busy = false;
        self.0.done.notify_all();
    }
}

/// What the zone holds of these names and types, those of one host together.
pub(crate) fn look_up(api: &Api, keys: &[RecordKey], tries: &mut Tries) -> Result<Sets, Fault> {
    let mut sets = Sets::new();
    for of_one_host in keys.chunk_by(|one, other| one.0 == other.0) {
        look_up_host(api, of_one_host, &mut sets, tries)?;
    }
    Ok(sets)
}

/// Puts what the zone holds of `keys`, all of one host, into `sets`.
///
/// The list begins at the name and its first type and has as many items as types are asked for: the
/// API sorts types by name, and a CNAME has no neighbours. A page may end early; then the next one is
/// asked for.
fn look_up_host(
    api: &Api,
    keys: &[RecordKey],
    sets: &mut Sets,
    tries: &mut Tries,
) -> Result<(), Fault> {
    let Some((host, first)) = keys.iter().min_by_key(|(_, record_type)| record_type) else {
        return Ok(());
    };
    let found = sets.entry(host.to_string()).or_default();
    let mut query = query(host.as_str(), first.name(), keys.len());
    for _ in 0..MOST_PAGES_OF_A_NAME {
        let Page { sets: more, next } = api.list(&query, tries)?;
        found.extend(more.into_iter().filter(|set| set.name == host.as_str()));
        let next = next.filter(|_| found.len() < keys.len());
        let Some((name, kind, identifier)) = next else {
            break;
        };
        if decode(&name) != host.as_str() {
            break;
        }
        query = next_query(&name, &kind, &identifier, keys.len() - found.len());
    }
    Ok(())
}

/// All record sets by name, and how many pages they filled; `None`: too many.
pub(crate) fn list_zone(api: &Api, tries: &mut Tries) -> Result<Option<(Sets, usize)>, Fault> {
    let mut sets = Sets::new();
    let mut query = format!("maxitems={FULL_PAGE}");
    for number in 1..=MOST_PAGES {
        let Page { sets: more, next } = api.list(&query, tries)?;
        for set in more {
            sets.entry(set.name.clone()).or_default().push(set);
        }
        let Some((name, kind, identifier)) = next else {
            return Ok(Some((sets, number)));
        };
        query = next_query(&name, &kind, &identifier, FULL_PAGE);
    }
    Ok(None)
}

/// The names of the zone's own name servers: its apex is listed first.
pub(crate) fn name_servers(api: &Api, deadline: Instant) -> Option<Vec<String>> {
    let listed = api.list("maxitems=20", &mut Tries::until(deadline));
    let sets = listed.ok()?.sets;
    let apex = sets.first()?.name.clone();
    let own = |set: &Listed| set.kind == "NS" && set.name == apex;
    sets.into_iter().find(own).map(|set| set.values)
}

/// Parameters in the order of their names, as the signature wants them.
fn query(name: &str, kind: &str, items: usize) -> String {
    format!(
        "maxitems={items}&name={}&type={}",
        percent_encode(name),
        percent_encode(kind)
    )
}

fn next_query(name: &str, kind: &str, identifier: &str, items: usize) -> String {
    let query = query(name, kind, items);
    if identifier.is_empty() {
        query
    } else {
        format!("identifier={}&{query}", percent_encode(identifier))
    }
}

/// The record set of exactly this name and type; `filled`: one shall be there.
pub(crate) fn find(
    zone_id: &str,
    sets: &Sets,
    (host, record_type): &RecordKey,
    filled: bool,
) -> Result<Option<RecordSet>, Fault> {
    let here = sets.get(host.as_str()).map_or(&[][..], Vec::as_slice);
    let obstacle = |kind: &str, what: &str| {
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
    match simple(listed, host) {
        Some(set) => Ok(Some(set)),
        None => obstacle(&listed.kind, "a record with a value that dyn53 cannot read"),
    }
}

/// Tells `known` what was listed, and which of `wanted` are not there.
pub(crate) fn learn(known: &Known, sets: &Sets, wanted: &[RecordKey]) {
    let now = Instant::now();
    for listed in sets.values().flatten() {
        let host = Host::parse(&listed.name).ok();
        if let Some(set) = host.and_then(|host| simple(listed, &host)) {
            known.listed(set.key(), Some(set), now);
        }
    }
    for key in wanted {
        let here = sets.get(key.0.as_str()).map_or(&[][..], Vec::as_slice);
        if !here.iter().any(|set| set.kind == key.1.name()) {
            known.listed(key.clone(), None, now);
        }
    }
}

/// A listed set as one that may be changed, if it is simple and its values can be read.
fn simple(listed: &Listed, host: &Host) -> Option<RecordSet> {
    let record_type = RecordType::parse(&listed.kind)?;
    let values = listed.values.iter();
    let values = values.map(|value| data(record_type, value.trim()));
    let values = values.collect::<Option<_>>()?;
    let set = RecordSet::new(host.clone(), record_type, listed.ttl, values);
    set.filter(|_| listed.special.is_none())
}

fn data(record_type: RecordType, value: &str) -> Option<RecordData> {
    match record_type {
        RecordType::Txt => unquoted(value).map(RecordData::Txt),
        _ => RecordData::parse(record_type, value),
    }
}

/// The text of a value with one string in quotes; `\` before a character, or before its octal code.
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat>)
fn unquoted(value: &str) -> Option<Text> {
    let mut rest = value.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::with_capacity(value.len());
    while let Some(char) = rest.next() {
        let code = rest.as_str().get(..3).filter(|_| char == '\\');
        match (char, code.and_then(|code| u8::from_str_radix(code, 8).ok())) {
            ('"', _) => return None,
            ('\\', Some(byte)) => {
                text.push(byte.into());
                rest = rest.as_str().get(3..)?.chars();
            }
            ('\\', None) => text.push(rest.next()?),
            (char, _) => text.push(char),
        }
    }
    Text::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#""abc""#, Some("abc"))]
    #[case(r#""a \"b\" \\ c""#, Some(r#"a "b" \ c"#))]
    #[case(r#""\141bc""#, Some("abc"))]
    #[case(r#""a" "b""#, None)]
    #[case(r#""a\""#, None)]
    #[case(r#""""#, None)]
    #[case("abc", None)]
    #[case(r#""\303\274""#, None)]
    fn texts(#[case] value: &str, #[case] text: Option<&str>) {
        assert_eq!(unquoted(value).as_ref().map(Text::as_str), text);
    }
}
