//! Clock: what time it is, so that tests can say it.

use governor::clock::Clock as _;
use std::sync::Arc;
use std::time::Instant;

/// Tells the time.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub(crate) fn system() -> Self {
        Self(Arc::new(Instant::now))
    }

    /// What time it is.
    pub(crate) fn time(&self) -> Instant {
        self.now()
    }
}

impl governor::clock::Clock for Clock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        (self.0)()
    }
}

#[cfg(test)]
pub(crate) mod by_hand {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// A clock that stands still until it is moved.
    pub(crate) struct ByHand(Arc<AtomicU64>);

    impl ByHand {
        pub(crate) fn new() -> (Self, Clock) {
            let passed = Arc::<AtomicU64>::default();
            let start = Instant::now();
            let hand = Arc::clone(&passed);
            let clock = move || start + Duration::from_millis(passed.load(Ordering::Relaxed));
            (Self(hand), Clock(Arc::new(clock)))
        }

        pub(crate) fn pass(&self, time: Duration) {
            let millis = u64::try_from(time.as_millis()).unwrap();
            self.0.fetch_add(millis, Ordering::Relaxed);
        }
    }
}
