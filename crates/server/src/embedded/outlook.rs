//! Outlook: the verdict on a commit, which many callers wait for.

use super::lock::{locked, wait_for};
use dyn53_core::Step;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// What became of the changes of a commit: an error is a sentence for the operator.
pub(super) type Verdict = Result<(), String>;

/// Where a verdict will be.
pub(super) type Slot = Arc<Outlook>;

/// A verdict to come. All whose changes are in one commit share it.
#[derive(Default)]
pub(super) struct Outlook {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Default)]
struct State {
    verdict: Option<Verdict>,
    /// Changes that nobody waits for any more: their clients were told that they failed.
    abandoned: Vec<Step>,
}

impl Outlook {
    /// Waits for the verdict until `deadline`; `None`: there is none yet.
    pub(super) fn wait(&self, deadline: Instant) -> Option<Verdict> {
        let mut state = locked(&self.state);
        loop {
            if state.verdict.is_some() {
                return state.verdict.clone();
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = wait_for(&self.told, state, left);
        }
    }

    /// Gives up waiting for the verdict on these changes, unless it is there by now.
    pub(super) fn abandon<'a>(&self, changes: impl Iterator<Item = &'a Step>) -> Option<Verdict> {
        let mut state = locked(&self.state);
        if state.verdict.is_none() {
            state.abandoned.extend(changes.cloned());
        }
        state.verdict.clone()
    }

    /// Tells all who wait; returns the changes that nobody waits for any more.
    pub(super) fn tell(&self, verdict: &Verdict) -> Vec<Step> {
        let mut state = locked(&self.state);
        state.verdict = Some(verdict.clone());
        self.told.notify_all();
        std::mem::take(&mut state.abandoned)
    }
}
