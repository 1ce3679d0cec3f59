//! Queue: plans on their way to the disk.
//!
//! A plan is checked when it joins, against what the zone will hold once everything before it is on
//! the disk. So many callers share one commit, and no plan undoes another one that it has not seen.
//! A caller waits for the disk until its deadline and no longer. Its plan stays in the queue.

use super::lock::{locked, wait_for};
use super::outlook::{Slot, Verdict};
use dyn53_core::{Plan, Reading, RecordKey, RecordSet, Step};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How many changes may wait for a disk that does not answer.
const MAX_WAITING: usize = 10_000;

/// Plans on their way to the disk.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Somebody joined, or it is time to stop.
    joined: Condvar,
    /// Nothing will be written any more.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    /// What the next commit will be.
    next: Batch,
    /// What the zone will hold, where that differs from what it holds.
    ahead: HashMap<RecordKey, Ahead>,
    is_stopping: bool,
    has_ended: bool,
}

/// The changes of one commit, in their order.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) changes: Vec<Step>,
    verdict: Slot,
}

/// A record set that is on its way to the disk.
struct Ahead {
    set: Option<RecordSet>,
    verdict: Slot,
}

/// What a plan meets.
pub(super) enum Joined {
    /// Everything is as planned already.
    Done,
    /// It is done when those before it are, and its own changes if it has any.
    Waits {
        before: Vec<Slot>,
        own: Option<Slot>,
    },
    /// Something else than it was made from.
    Stale(Reading),
    /// Too many wait already.
    Full,
}

/// What the disk has to do next.
pub(super) enum Work {
    /// This commit.
    Write(Batch),
    /// Nothing for a while.
    Idle,
    /// To come to an end.
    Stop,
}

impl Queue {
    /// Checks a plan and takes its changes.
    pub(super) fn join(
        &self,
        plan: &Plan,
        durable: impl Fn(&RecordKey) -> Option<RecordSet>,
    ) -> Joined {
        let mut state = locked(&self.state);
        if plan.is_empty()
            && plan
                .steps()
                .iter()
                .all(|step| durable(&step.key()) == step.before)
        {
            return Joined::Done;
        }
        let now = |step: &Step| match state.ahead.get(&step.key()) {
            Some(ahead) => ahead.set.clone(),
            None => durable(&step.key()),
        };
        if plan.steps().iter().any(|step| now(step) != step.before) {
            let sets = plan.steps().iter().filter_map(now).collect();
            return Joined::Stale(Reading {
                sets,
                ..Reading::default()
            });
        }
        let before = plan
            .steps()
            .iter()
            .filter_map(|step| state.ahead.get(&step.key()));
        let before: Vec<Slot> = before.map(|ahead| Arc::clone(&ahead.verdict)).collect();
        if plan.is_empty() {
            return Joined::Waits { before, own: None };
        }
        if state.next.changes.len() >= MAX_WAITING {
            return Joined::Full;
        }
        let own = Some(state.add(plan));
        self.joined.notify_one();
        Joined::Waits { before, own }
    }

    /// What to do next; waits for it as long as `patience`.
    pub(super) fn next(&self, patience: Duration) -> Work {
        let end = Instant::now() + patience;
        let mut state = locked(&self.state);
        loop {
            if !state.next.changes.is_empty() {
                return Work::Write(std::mem::take(&mut state.next));
            }
            if state.is_stopping {
                return Work::Stop;
            }
            let Some(left) = end.checked_duration_since(Instant::now()) else {
                return Work::Idle;
            };
            state = wait_for(&self.joined, state, left);
        }
    }

    /// Tells those who wait what became of their changes, and returns those that were made though
    /// nobody waits for them any more. After a failure also those are refused that joined meanwhile:
    /// their plans were made from what is not going to be.
    pub(super) fn settle(&self, batch: &Batch, verdict: &Verdict) -> Vec<Step> {
        let mut state = locked(&self.state);
        state.forget(batch);
        if verdict.is_err() {
            let after = std::mem::take(&mut state.next);
            state.forget(&after);
            after.verdict.tell(verdict);
        }
        drop(state);
        let abandoned = batch.verdict.tell(verdict);
        if verdict.is_ok() {
            abandoned
        } else {
            Vec::new()
        }
    }

    /// Asks for the end, and waits for it as long as `patience`.
    pub(super) fn stop(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let mut state = locked(&self.state);
        state.is_stopping = true;
        self.joined.notify_all();
        while !state.has_ended {
            let Some(left) = end.checked_duration_since(Instant::now()) else {
                return;
            };
            state = wait_for(&self.ended, state, left);
        }
    }

    /// Nothing will be written any more.
    pub(super) fn end(&self) {
        locked(&self.state).has_ended = true;
        self.ended.notify_all();
    }
}

impl State {
    /// Puts a plan into the next commit.
    fn add(&mut self, plan: &Plan) -> Slot {
        let verdict = Arc::clone(&self.next.verdict);
        for step in plan.changes() {
            let (key, set) = (step.key(), step.after.clone());
            let verdict = Arc::clone(&verdict);
            self.ahead.insert(key, Ahead { set, verdict });
            self.next.changes.push(step.clone());
        }
        verdict
    }

    /// What a commit makes of the zone is on the disk, or is not going to be.
    fn forget(&mut self, batch: &Batch) {
        for step in &batch.changes {
            let key = step.key();
            let is_last = |ahead: &Ahead| Arc::ptr_eq(&ahead.verdict, &batch.verdict);
            if self.ahead.get(&key).is_some_and(is_last) {
                self.ahead.remove(&key);
            }
        }
    }
}
