//! Tries: what one request may do, and has done.

use std::time::{Duration, Instant};

/// Of an account's burst one request takes no more calls than this: Route 53 has 50.
pub const MOST_TRIES: u32 = 10;

/// One call takes no longer, so that there is time for another try.
const LONGEST_CALL: Duration = Duration::from_secs(5);

/// What must be left of the time to begin another call.
const SHORTEST_CALL: Duration = Duration::from_millis(20);

/// The calls of one request so far, and until when there may be more.
#[derive(Clone, Debug)]
pub struct Tries {
    /// No call goes on after it.
    pub deadline: Instant,
    /// How many calls were sent.
    pub calls: u32,
    /// Whether a POST among them may have been carried out without an answer.
    pub unsure: bool,
}

impl Tries {
    /// None yet.
    #[must_use]
    pub fn until(deadline: Instant) -> Self {
        Self {
            deadline,
            calls: 0,
            unsure: false,
        }
    }

    /// The time that one call may take; `None`: too little is left.
    pub(crate) fn time_for_a_call(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (left >= SHORTEST_CALL).then_some(left.min(LONGEST_CALL))
    }

    /// Whether there is time for another call after a pause.
    pub(crate) fn allow(&self, pause: Duration) -> bool {
        Instant::now() + pause + SHORTEST_CALL < self.deadline
    }
}
