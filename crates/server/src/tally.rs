//! Tally: a bounded table of what each key may still do.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Keys that are remembered; some 100 bytes each.
const MOST: usize = 50_000;
/// Counts between two looks at the size of the table.
const SWEEP: u32 = 1_000;

/// A bounded table of what each key may still do. When it is full of keys that still matter it
/// begins anew: that gives each of them one more burst, and never locks anyone out.
pub(crate) struct Tally<K: Hash + Eq + Clone> {
    quota: Quota,
    table: RwLock<DefaultKeyedRateLimiter<K>>,
    counts: AtomicU32,
}

impl<K: Hash + Eq + Clone> Tally<K> {
    /// As many a second, and as many at once.
    pub(crate) fn per_second(rate: u32) -> Self {
        Self::new(Quota::per_second(at_least_one(rate)))
    }

    /// One each `period`, and `burst` at once.
    pub(crate) fn one_each(period: Duration, burst: u32) -> Self {
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self::new(quota.allow_burst(at_least_one(burst)))
    }

    fn new(quota: Quota) -> Self {
        Self {
            quota,
            table: RwLock::new(RateLimiter::keyed(quota)),
            counts: AtomicU32::new(0),
        }
    }

    /// Counts one for this key; beyond the quota, how long to wait.
    pub(crate) fn count(&self, key: K) -> Result<(), Duration> {
        if self.counts.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.sweep();
        }
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let checked = table.check_key(&key);
        checked.map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    fn sweep(&self) {
        let full = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.retain_recent();
            table.len() > MOST
        };
        if full {
            let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
            *table = RateLimiter::keyed(self.quota);
        }
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stays_bounded() {
        let tally = Tally::one_each(Duration::from_secs(3600), 1);
        for key in 0..200_000_u32 {
            assert_eq!(tally.count(key), Ok(()));
        }
        let size = tally.table.read().unwrap().len();
        assert!(size <= MOST + SWEEP as usize, "{size} keys");
    }
}
