//! Pace: how fast the API is called, and how long to wait before another try.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest pause between two calls.
const SLOWEST: Duration = Duration::from_secs(1);

/// The longest wait before another try.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The pause after a first `Throttling`; Route 53 refills 10 requests a second an account.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The pause between calls: doubled by each `Throttling`, halved by each success until it is gone. AWS
/// does not publish how many changes a second an account may make, so the rate has to be found.
pub(crate) struct Pace(Mutex<Beat>);

struct Beat {
    pause: Duration,
    next: Option<Instant>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Beat {
            pause: Duration::ZERO,
            next: None,
        }))
    }

    /// Waits until the next call may leave; `false`: that would be after `deadline`.
    pub(crate) fn wait(&self, deadline: Instant) -> bool {
        let now = Instant::now();
        let leave = {
            let mut beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let leave = beat.next.map_or(now, |next| next.max(now));
            if leave >= deadline {
                return false;
            }
            beat.next = Some(leave + beat.pause);
            leave
        };
        thread::sleep(leave.saturating_duration_since(now));
        true
    }

    /// A call was throttled.
    pub(crate) fn slower(&self) {
        let mut beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beat.pause = (beat.pause * 2).clamp(FIRST_PAUSE, SLOWEST);
        beat.next = Some(Instant::now() + beat.pause);
    }

    /// A call was not throttled.
    pub(crate) fn faster(&self) {
        let mut beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beat.pause = if beat.pause <= FIRST_PAUSE / 2 {
            Duration::ZERO
        } else {
            beat.pause / 2
        };
    }
}

/// How long to wait before another try after `tries` failed ones: doubled each time, the second half
/// of it random, so that programs that failed together do not come back together.
pub(crate) fn backoff(tries: u32) -> Duration {
    let longest = Duration::from_millis(100) * 2_u32.saturating_pow(tries.saturating_sub(1).min(6));
    let half = longest.min(LONGEST_WAIT) / 2;
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_and_goes() {
        let pace = Pace::new();
        let pause = || pace.0.lock().unwrap().pause;
        pace.slower();
        assert_eq!(pause(), FIRST_PAUSE);
        (0..10).for_each(|_| pace.slower());
        assert_eq!(pause(), SLOWEST);
        (0..20).for_each(|_| pace.faster());
        assert_eq!(pause(), Duration::ZERO);
    }

    #[test]
    fn no_wait_beyond_the_deadline() {
        let pace = Pace::new();
        assert!(pace.wait(Instant::now() + Duration::from_secs(1)));
        (0..10).for_each(|_| pace.slower());
        let asked = Instant::now();
        assert!(!pace.wait(asked + SLOWEST / 2));
        assert!(asked.elapsed() < SLOWEST / 2);
    }

    #[test]
    fn backoff_grows_and_varies() {
        for tries in 1..20 {
            let wait = backoff(tries);
            assert!(
                wait >= Duration::from_millis(50) && wait <= LONGEST_WAIT,
                "{wait:?}"
            );
        }
        let waits: std::collections::HashSet<_> = (0..50).map(|_| backoff(3)).collect();
        assert!(waits.len() > 40);
    }
}
