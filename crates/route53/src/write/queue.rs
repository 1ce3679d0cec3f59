//! Queue: one batch of a zone is under way, and what comes meanwhile goes together in the next.
//!
//! Route 53 takes one change of a zone at a time and ten calls a second of an account, but 500 swaps
//! in a call. A caller that is alone is never delayed.

mod line;
mod ticket;

use crate::guess::known::{Known, Newest};
use crate::wait::{lock, wait};
use dyn53_aws::{Fault, Remedy};
use dyn53_core::{Plan, RecordKey, Step};
use line::Line;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};
pub(crate) use ticket::{Ticket, Verdict, fit};

/// A ticket with less time left does not wait for another batch.
const TOO_LATE: Duration = Duration::from_millis(50);

/// The queue of a zone.
pub(crate) struct Queue {
    line: Mutex<Line>,
    filled: Condvar,
    done: Condvar,
}

/// Sends a batch, oldest first.
pub(crate) type Send<'a> = dyn FnMut(Vec<Ticket>) -> Sent + 'a;

/// What became of a batch.
pub(crate) struct Sent {
    /// Of each ticket; of one record the older first.
    pub(crate) verdicts: Vec<(Ticket, Verdict)>,
    /// How many elements were too many for the account's rate.
    pub(crate) too_large: Option<usize>,
}

/// The right to send; given back when dropped, whatever happens.
struct Leading<'a>(&'a Queue);

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            line: Mutex::new(Line::new()),
            filled: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// What a record set will be when all that waits or is under way is made; `None`: nothing is.
    pub(crate) fn pending(&self, key: &RecordKey) -> Option<Newest> {
        lock(&self.line).pending(key)
    }

    /// Has the changes of `plan` sent, by this thread or another, and waits for the verdict on them.
    pub(crate) fn submit(
        &self,
        plan: &Plan,
        known: &Known,
        deadline: Instant,
        send: &mut Send,
    ) -> Verdict {
        let mut line = lock(&self.line);
        let now = Instant::now();
        let newest = |key: &RecordKey| line.pending(key).or_else(|| known.recall(key, now));
        let steps = match fit(plan.steps(), plan.order(), newest) {
            Ok(steps) => steps,
            Err(stale) => return stale,
        };
        if !steps.iter().any(Step::is_change) {
            let keys: Vec<RecordKey> = steps.iter().map(Step::key).collect();
            return self.follow(line, &keys, deadline);
        }
        let ticket = Ticket::new(steps, plan.order(), deadline);
        let verdict = Arc::clone(&ticket.verdict);
        line.waiting.push_back(ticket);
        if line.is_full() {
            self.filled.notify_one();
        }
        self.wait(line, &verdict, known, deadline, send)
    }

    fn wait<'a>(
        &'a self,
        mut line: MutexGuard<'a, Line>,
        verdict: &Arc<OnceLock<Verdict>>,
        known: &Known,
        deadline: Instant,
        send: &mut Send,
    ) -> Verdict {
        loop {
            if let Some(verdict) = verdict.get() {
                return verdict.clone();
            }
            if Instant::now() >= deadline {
                line.waiting.retain(|other| !other.is_of(verdict));
                self.done.notify_all();
                return Verdict::Failed(Fault::late(""));
            }
            let first = line.waiting.front().is_some_and(|t| t.is_of(verdict));
            if first && !line.busy {
                line.busy = true;
                self.lead(line, known, deadline, send);
                line = lock(&self.line);
            } else {
                line = wait(&self.done, line, deadline);
            }
        }
    }

    /// An update with nothing to change is done when those before it are.
    fn follow(
        &self,
        mut line: MutexGuard<'_, Line>,
        keys: &[RecordKey],
        deadline: Instant,
    ) -> Verdict {
        let before = line.pending_tickets();
        let before = before.filter(|ticket| keys.iter().any(|key| ticket.after(key).is_some()));
        let before: Vec<_> = before.map(|ticket| Arc::clone(&ticket.verdict)).collect();
        while before.iter().any(|verdict| verdict.get().is_none()) {
            if Instant::now() >= deadline {
                return Verdict::Failed(Fault::late(""));
            }
            line = wait(&self.done, line, deadline);
        }
        let done = |verdict: &Arc<OnceLock<_>>| matches!(verdict.get(), Some(Verdict::Done));
        if before.iter().all(done) {
            Verdict::Done
        } else {
            Verdict::Unsure
        }
    }

    fn lead(&self, line: MutexGuard<'_, Line>, known: &Known, deadline: Instant, send: &mut Send) {
        let _leading = Leading(self);
        let mut line = self.gather(line, deadline);
        let batch = line.take(known);
        drop(line);
        let Sent {
            verdicts,
            too_large,
        } = send(batch);
        let mut line = lock(&self.line);
        line.adapt(too_large);
        let too_late = deadline.max(Instant::now() + TOO_LATE);
        for (ticket, verdict) in verdicts.into_iter().rev() {
            let late = matches!(&verdict, Verdict::Failed(fault) if fault.remedy == Remedy::Later);
            if late && ticket.deadline > too_late {
                // The sender's time was over; it has more of it.
                line.waiting.push_front(ticket);
            } else {
                drop(ticket.verdict.set(verdict));
            }
        }
    }

    /// Lets a batch fill where several callers came at once. After a full one only the first of the
    /// next may be here yet: the others wait for a thread that was part of it.
    fn gather<'a>(
        &'a self,
        mut line: MutexGuard<'a, Line>,
        deadline: Instant,
    ) -> MutexGuard<'a, Line> {
        let now = Instant::now();
        let half_time = now + deadline.saturating_duration_since(now) / 2;
        let until = line.next_batch.map_or(now, |next| next.min(half_time));
        while (line.waiting.len() > 1 || line.was_full) && !line.is_full() {
            if Instant::now() >= until {
                break;
            }
            line = wait(&self.filled, line, until);
        }
        line
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        let mut line = lock(&self.0.line);
        line.busy = false;
        line.flying.clear();
        drop(line);
        self.0.done.notify_all();
    }
}
