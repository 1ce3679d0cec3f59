//! Lookups: what the zone holds, asked of the API.
//!
//! Ten thousand routers that come back together, while the name servers cannot be asked, would be ten
//! thousand list calls, or 34 pages of the zone. So lookups go one after another, and where several wait, at the
//! rate of the account; where many wait, the whole zone is listed for all of them. One alone never waits.

pub(crate) mod found;
pub(crate) mod list;

use crate::api::Api;
use crate::guess::known::Known;
use crate::wait::{lock, wait};
use dyn53_aws::{Fault, Tries};
use dyn53_core::{RecordKey, RecordSet};
use found::Found;
use list::{list_zone, look_up};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// From so many on that wait, and no fewer than the zone has pages, the whole zone is listed.
const MANY: usize = 8;

/// Route 53 takes ten calls a second of an account.
const EACH_CALL: Duration = Duration::from_millis(100);

/// After a zone could not be listed as a whole, it is not tried again for a while.
const REST: Duration = Duration::from_secs(300);

/// The lookups of one zone.
#[derive(Default)]
pub(crate) struct Lookups {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
struct State {
    busy: bool,
    /// The next list of the whole zone. Who waits holds a share of it, so it began after they came.
    next: Arc<OnceLock<Found>>,
    /// When the rate of the account allows the next lookup.
    free: Option<Instant>,
    pages: usize,
    rests_until: Option<Instant>,
}

/// What is looked up: a name and type, and whether a record set shall be there.
pub(crate) type Sought = (RecordKey, bool);

impl Lookups {
    /// What the zone holds of `sought`; `known` learns it. `otherwise` is asked first and after each wait: the
    /// answer may have come another way. What it does not know is seen in the zone after the caller came.
    pub(crate) fn look(
        &self,
        (api, known): (&Api, &Known),
        sought: &[Sought],
        otherwise: &dyn Fn() -> Option<Vec<RecordSet>>,
        tries: &mut Tries,
    ) -> Result<Vec<RecordSet>, Fault> {
        let mut state = lock(&self.state);
        let list = Arc::clone(&state.next);
        loop {
            if let Some(sets) = otherwise() {
                return Ok(sets);
            }
            if let Some(found) = list.get() {
                return find_all(found, sought);
            }
            let now = Instant::now();
            let Some(until) = state.wait_until(now, tries.deadline) else {
                break;
            };
            if now >= tries.deadline {
                return Err(Fault::late(""));
            }
            state = wait(&self.done, state, until.min(tries.deadline));
        }
        state.busy = true;
        let next = (state.is_worth_a_list()).then(|| std::mem::take(&mut state.next));
        drop(state);
        let _turn = Turn(self);
        let (began, calls) = (Instant::now(), tries.calls);
        let found = self.found((api, known), sought, next.as_deref(), tries);
        lock(&self.state).free = Some(began + EACH_CALL * (tries.calls - calls));
        found
    }

    /// Looks up what is `sought`, or lists the zone into `next`.
    fn found(
        &self,
        (api, known): (&Api, &Known),
        sought: &[Sought],
        next: Option<&OnceLock<Found>>,
        tries: &mut Tries,
    ) -> Result<Vec<RecordSet>, Fault> {
        let keys: Vec<RecordKey> = sought.iter().map(|(key, _)| key.clone()).collect();
        if let Some(next) = next {
            let listed = list_zone(api, tries);
            let mut state = lock(&self.state);
            if let Ok(Some((found, pages))) = listed {
                state.pages = pages;
                drop(state);
                found.teach(known, &keys);
                return find_all(next.get_or_init(|| found), sought);
            }
            state.rests_until = Some(Instant::now() + REST);
            listed?;
        }
        let found = look_up(api, &keys, tries)?;
        found.teach(known, &keys);
        find_all(&found, sought)
    }
}

fn find_all(found: &Found, sought: &[Sought]) -> Result<Vec<RecordSet>, Fault> {
    let sets = sought.iter().map(|(key, filled)| found.find(key, *filled));
    sets.filter_map(Result::transpose).collect()
}

impl State {
    /// Until when a caller has to wait at most; `None`: it is its turn.
    fn wait_until(&self, now: Instant, deadline: Instant) -> Option<Instant> {
        let alone = self.waiting() <= 1;
        let free = self.free.filter(|free| *free > now && !alone);
        if self.busy { Some(deadline) } else { free }
    }

    fn waiting(&self) -> usize {
        Arc::strong_count(&self.next) - 1
    }

    fn is_worth_a_list(&self) -> bool {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        self.waiting() >= MANY.max(self.pages) && !rests
    }
}

/// Lets the next caller begin when it is dropped, whatever happens.
struct Turn<'a>(&'a Lookups);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).busy = false;
        self.0.done.notify_all();
    }
}
