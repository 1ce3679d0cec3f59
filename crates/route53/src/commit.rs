//! Group commit: one batch of a zone is under way, and what comes meanwhile goes together in the next.
//!
//! Route 53 takes one change of a zone at a time and ten calls a second of an account, but five hundred
//! record sets in a call. A caller that is alone is never delayed.

use crate::batch::{LARGEST, Size};
use crate::fault::Fault;
use dyn53_core::{RecordKey, RecordSet, Step};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Where several callers wait, a batch that is not full leaves no sooner than this after the last.
const GATHER: Duration = Duration::from_secs(1);

/// A ticket with less time left does not wait for another batch.
const TOO_LATE: Duration = Duration::from_millis(50);

/// The least that a batch may shrink to under `Throttling`, in elements.
const SMALLEST: usize = 20;

/// What became of a caller's changes: an error is a sentence for the operator.
pub(crate) type Verdict = Result<(), String>;

/// What a batch came to for one ticket.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Accepted,
    Refused(String),
    /// The sender's time was over; a ticket that has more of it waits for the next batch.
    Late(String),
}

/// The changes of one caller: all of them or none.
pub(crate) struct Ticket {
    pub(crate) changes: Arc<[Step]>,
    size: Size,
    verdict: Arc<OnceLock<Verdict>>,
    deadline: Instant,
}

/// The queue of a zone.
pub(crate) struct Commit {
    state: Mutex<State>,
    filled: Condvar,
    done: Condvar,
}

struct State {
    waiting: VecDeque<Ticket>,
    /// What is under way.
    flying: Vec<Arc<[Step]>>,
    busy: bool,
    next_part: Option<Instant>,
    /// Whether the last batch was full.
    was_full: bool,
    limit: usize,
}

/// Sends a batch.
pub(crate) type Send<'a> = dyn FnMut(&[Ticket]) -> (Vec<Fate>, Option<usize>) + 'a;

/// The right to send; given back when dropped, whatever happens.
struct Turn<'a>(&'a Commit);

impl Commit {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                flying: Vec::new(),
                busy: false,
                next_part: None,
                was_full: false,
                limit: LARGEST.elements,
            }),
            filled: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// Has `changes` sent, by this thread or another, and waits for the verdict on them.
    ///
    /// `send` gets a batch, oldest first, and says of each ticket what became of it, and how many
    /// elements were too many for the account's rate.
    pub(crate) fn submit(&self, changes: &[Step], deadline: Instant, send: &mut Send) -> Verdict {
        let verdict = Arc::new(OnceLock::new());
        let mut state = self.lock();
        state.waiting.push_back(Ticket {
            changes: changes.into(),
            size: Size::of(changes),
            verdict: verdict.clone(),
            deadline,
        });
        if state.is_full() {
            self.filled.notify_one();
        }
        loop {
            if let Some(verdict) = verdict.get() {
                return verdict.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.waiting.retain(|other| !other.is_of(&verdict));
                self.done.notify_all();
                return Err(Fault::late("").sentence);
            }
            let first = state.waiting.front().is_some_and(|t| t.is_of(&verdict));
            if first && !state.busy {
                state.busy = true;
                self.lead(state, deadline, send);
                state = self.lock();
            } else {
                let waited = self.done.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    /// What a record set will be when all changes that wait or are under way are made: `Some(None)` is
    /// absent, `None` means that nothing of the kind is pending.
    pub(crate) fn pending(&self, key: &RecordKey) -> Option<Option<RecordSet>> {
        let state = self.lock();
        let waiting = state.waiting.iter().map(|ticket| &ticket.changes);
        let all = state.flying.iter().chain(waiting);
        let mut changes = all.flat_map(|changes| changes.iter()).rev();
        let newest = changes.find(|change| change.key() == *key);
        newest.map(|change| change.after.clone())
    }

    fn lead(&self, state: MutexGuard<'_, State>, deadline: Instant, send: &mut Send) {
        let turn = Turn(self);
        let mut state = self.gather(state, deadline);
        let batch = state.take();
        drop(state);
        let (fates, too_large) = send(&batch);
        let mut state = turn.0.lock();
        state.adapt(too_large);
        let too_late = deadline.max(Instant::now() + TOO_LATE);
        for (ticket, fate) in batch.into_iter().zip(fates).rev() {
            let verdict = match fate {
                Fate::Late(_) if ticket.deadline > too_late => {
                    state.waiting.push_front(ticket);
                    continue;
                }
                Fate::Late(sentence) | Fate::Refused(sentence) => Err(sentence),
                Fate::Accepted => Ok(()),
            };
            let _set_once = ticket.verdict.set(verdict);
        }
    }

    /// Lets a batch fill where several callers came at once. After a full one only the first of the
    /// next may be here yet: the others wait for a thread that was part of it.
    fn gather<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        deadline: Instant,
    ) -> MutexGuard<'a, State> {
        let now = Instant::now();
        let half_time = now + deadline.saturating_duration_since(now) / 2;
        let until = state.next_part.map_or(now, |next| next.min(half_time));
        while (state.waiting.len() > 1 || state.was_full) && !state.is_full() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.filled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn limit(&self) -> Size {
        Size {
            elements: self.limit,
            ..LARGEST
        }
    }

    /// How many tickets the next batch takes, one at least, and what they cost.
    fn fitting(&self) -> (usize, Size) {
        let (mut count, mut size) = (0, Size::default());
        for ticket in &self.waiting {
            let larger = size.plus(ticket.size);
            if count > 0 && !larger.fits(self.limit()) {
                break;
            }
            (count, size) = (count + 1, larger);
        }
        (count, size)
    }

    /// Whether the next batch would not take another address.
    fn is_full(&self) -> bool {
        let (count, size) = self.fitting();
        count < self.waiting.len() || size.elements + 2 > self.limit
    }

    fn take(&mut self) -> Vec<Ticket> {
        let (count, _) = self.fitting();
        self.was_full = self.is_full();
        let batch: Vec<Ticket> = self.waiting.drain(..count).collect();
        self.flying = batch.iter().map(|ticket| ticket.changes.clone()).collect();
        if batch.len() > 1 {
            self.next_part = Some(Instant::now() + GATHER);
        }
        batch
    }

    /// AWS does not publish how many changes a second it takes: half of what was throttled, and a
    /// quarter more after a batch that was not.
    fn adapt(&mut self, too_large: Option<usize>) {
        self.limit = match too_large {
            Some(size) => (size / 2).max(SMALLEST),
            None => (self.limit + self.limit / 4).min(LARGEST.elements),
        };
    }
}

impl Ticket {
    fn is_of(&self, verdict: &Arc<OnceLock<Verdict>>) -> bool {
        Arc::ptr_eq(&self.verdict, verdict)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy = false;
        state.flying.clear();
        drop(state);
        self.0.done.notify_all();
    }
}
