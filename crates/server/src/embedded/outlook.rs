//! Outlook: a verdict of the disk that somebody waits for.

use super::lock::{locked, wait_for};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// What became of the changes of a plan: an error is a sentence for the operator.
pub(super) type Verdict = Result<(), String>;

/// Where a verdict will be.
pub(super) type Slot = Arc<Outlook>;

/// A verdict to come. Each has a lock of its own, so that those who are told do not wait for one another.
#[derive(Default)]
pub(super) struct Outlook {
    state: Mutex<Told>,
    told: Condvar,
}

#[derive(Default)]
struct Told {
    verdict: Option<Verdict>,
    /// Nobody waits for it any more: its client was told that it failed.
    is_abandoned: bool,
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

    /// Gives up waiting, unless the verdict is there by now.
    pub(super) fn abandon(&self) -> Option<Verdict> {
        let mut state = locked(&self.state);
        state.is_abandoned = true;
        state.verdict.clone()
    }

    /// Tells who waits; says whether nobody does any more.
    pub(super) fn tell(&self, verdict: &Verdict) -> bool {
        let mut state = locked(&self.state);
        state.verdict = Some(verdict.clone());
        self.told.notify_all();
        state.is_abandoned
    }
}
