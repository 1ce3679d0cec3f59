//! Survey: looks in the API one after another, and at the whole zone where several callers wait, or
//! ahead of all of them.
//!
//! Ten thousand routers that come back together are ten thousand list calls, or 34 pages of the zone.

use crate::answer::{Listed, Page};
use crate::api::{Api, Tries};
use crate::fault::Fault;
use crate::lookup::{FULL_PAGE, find_all, lookup, next_query, query_all, simple};
use crate::memory::Memory;
use dyn53_core::{RecordSet, Wanted};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// From so many callers on, and no fewer than the zone has pages, the whole zone is listed.
const SEVERAL: usize = 8;

/// A zone with more than 15,000 record sets is not listed as a whole: a page has 300.
const MOST_PAGES: usize = 50;

/// After a zone could not be listed as a whole, it is not tried again for a while.
const REST: Duration = Duration::from_secs(300);

/// What a zone holds of each wanted type of one name, in the order asked for.
pub(crate) type Found = Vec<Option<RecordSet>>;

/// Listed record sets by name.
type Sets = HashMap<String, Vec<Listed>>;

/// The looks at one zone.
#[derive(Default)]
pub(crate) struct Survey {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    busy: bool,
    pages: usize,
    rests_until: Option<Instant>,
    newest: Option<Arc<Snapshot>>,
}

/// The right to call the API; given back when dropped, whatever happens.
struct Turn<'a>(&'a Survey);

/// The whole zone, as listed from `began` on.
struct Snapshot {
    began: Instant,
    sets: Sets,
}

impl Survey {
    /// What the zone holds of what is `wanted` of one host. `known` is asked again after each wait.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn look(
        &self,
        (api, memory): (&Api, &Memory),
        wanted: &[&Wanted],
        known: &dyn Fn() -> Option<Found>,
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<Found, String> {
        let came = Instant::now();
        let mut state = self.lock();
        state.waiting += 1;
        let whole = loop {
            // What this process wrote meanwhile is newer than any list.
            if let Some(found) = known().map(Ok).or_else(|| state.answer(api, wanted, came)) {
                state.leave();
                return found;
            }
            if !state.busy {
                state.busy = true;
                break state.is_worth_a_list();
            }
            state = self.wait(state, deadline)?;
        };
        drop(state);
        let _turn = Turn(self);
        let snapshot = match whole {
            true => self.list_all(api, memory, deadline, tries)?,
            false => None,
        };
        let found = match snapshot {
            Some(snapshot) => of_host(api, &snapshot.sets, wanted),
            None => lookup(api, wanted, deadline, tries),
        }?;
        for (wanted, set) in wanted.iter().zip(&found) {
            memory.read(&wanted.host, wanted.record_type, set.as_ref());
        }
        Ok(found)
    }

    /// Lists the whole zone before anyone waits for it. Returns how many record sets it has; `None`:
    /// too many to be listed.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn ahead(
        &self,
        (api, memory): (&Api, &Memory),
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<Option<usize>, String> {
        let mut state = self.lock();
        state.waiting += 1;
        while state.busy {
            state = self.wait(state, deadline)?;
        }
        state.busy = true;
        drop(state);
        let _turn = Turn(self);
        let snapshot = self.list_all(api, memory, deadline, tries)?;
        Ok(snapshot.map(|snapshot| snapshot.sets.values().map(Vec::len).sum()))
    }

    /// Lists the zone, remembers it, and leaves it to all who wait. `None`: it is too large.
    fn list_all(
        &self,
        api: &Api,
        memory: &Memory,
        deadline: Instant,
        tries: &mut Tries,
    ) -> Result<Option<Arc<Snapshot>>, String> {
        let began = Instant::now();
        let listed = pages(api, deadline, tries);
        if !matches!(listed, Ok(Some(_))) {
            self.lock().rests_until = Some(Instant::now() + REST);
        }
        let Some((sets, pages)) = listed? else {
            return Ok(None);
        };
        memory.listed(sets.values().flatten().filter_map(simple), began);
        let snapshot = Arc::new(Snapshot { began, sets });
        let mut state = self.lock();
        state.pages = pages;
        state.newest = Some(Arc::clone(&snapshot));
        Ok(Some(snapshot))
    }

    /// Waits for the end of a turn; whoever has no time left leaves.
    fn wait<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        deadline: Instant,
    ) -> Result<MutexGuard<'a, State>, String> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            state.leave();
            return Err(Fault::late("").sentence);
        }
        let woken = self.done.wait_timeout(state, left);
        Ok(woken.unwrap_or_else(PoisonError::into_inner).0)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer(
        &self,
        api: &Api,
        wanted: &[&Wanted],
        came: Instant,
    ) -> Option<Result<Found, String>> {
        let newest = self.newest.as_ref().filter(|newest| newest.began >= came)?;
        Some(of_host(api, &newest.sets, wanted))
    }

    fn is_worth_a_list(&self) -> bool {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        self.waiting >= SEVERAL.max(self.pages) && !rests
    }

    fn leave(&mut self) {
        self.waiting -= 1;
        if self.waiting == 0 {
            self.newest = None;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy = false;
        state.leave();
        drop(state);
        self.0.done.notify_all();
    }
}

/// All record sets by name, and how many pages they filled; `None`: too many.
fn pages(api: &Api, deadline: Instant, tries: &mut Tries) -> Result<Option<(Sets, usize)>, String> {
    let mut sets: Sets = HashMap::new();
    let mut query = query_all();
    for number in 1..=MOST_PAGES {
        let page = api.list(&query, deadline, tries);
        let Page { sets: more, next } = page.map_err(|fault| fault.sentence)?;
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

fn of_host(api: &Api, sets: &Sets, wanted: &[&Wanted]) -> Result<Found, String> {
    let host = wanted.first().map(|wanted| wanted.host.as_str());
    let sets = host.and_then(|host| sets.get(host));
    find_all(api, wanted, sets.map_or(&[], Vec::as_slice))
}
