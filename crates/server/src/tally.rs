//! Tally: a bounded table of what each key may still do.

use crate::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Keys that are remembered; some 100 bytes each.
const MOST: usize = 50_000;
/// Counts between two looks at the size of the table.
const SWEEP: u32 = 1_000;

type Table<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Clock, NoOpMiddleware<Instant>>;

/// A bounded table of what each key may still do. When it is full of keys that still matter it
/// begins anew: that gives each of them one more burst, and never locks anyone out.
pub(crate) struct Tally<K: Hash + Eq + Clone> {
    quota: Quota,
    clock: Clock,
    table: RwLock<Table<K>>,
    counts: AtomicU32,
}

impl<K: Hash + Eq + Clone> Tally<K> {
    /// As many a second, and as many at once.
    pub(crate) fn per_second(rate: u32) -> Self {
        Self::new(Quota::per_second(at_least_one(rate)), Clock::system())
    }

    /// One each `period`, and `burst` at once.
    pub(crate) fn one_each(period: Duration, burst: u32, clock: Clock) -> Self {
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self::new(quota.allow_burst(at_least_one(burst)), clock)
    }

    fn new(quota: Quota, clock: Clock) -> Self {
        Self {
            quota,
            table: RwLock::new(table(quota, &clock)),
            clock,
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
        checked.map_err(|until| until.wait_time_from(self.clock.time()))
    }

    fn sweep(&self) {
        let full = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.retain_recent();
            table.len() > MOST
        };
        if full {
            let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
            *table = self::table(self.quota, &self.clock);
        }
    }
}

fn table<K: Hash + Eq + Clone>(quota: Quota, clock: &Clock) -> Table<K> {
    RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone())
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::by_hand::ByHand;

    #[test]
    fn the_table_stays_bounded() {
        let tally = Tally::one_each(Duration::from_secs(3600), 1, Clock::system());
        for key in 0..200_000_u32 {
            assert_eq!(tally.count(key), Ok(()));
        }
        let size = tally.table.read().unwrap().len();
        assert!(size <= MOST + SWEEP as usize, "{size} keys");
    }

    /// One more is there exactly when its period is over, and no more than the burst ever gathers.
    #[test]
    fn a_period_at_its_ends() {
        let (hand, clock) = ByHand::new();
        let tally = Tally::one_each(Duration::from_secs(30), 2, clock);
        assert_eq!([tally.count(1), tally.count(1)], [Ok(()), Ok(())]);
        assert_eq!(tally.count(1), Err(Duration::from_secs(30)));
        hand.pass(Duration::from_millis(29_999));
        assert_eq!(tally.count(1), Err(Duration::from_millis(1)));
        hand.pass(Duration::from_millis(1));
        assert_eq!(tally.count(1), Ok(()));
        assert_eq!(tally.count(1), Err(Duration::from_secs(30)));
        hand.pass(Duration::from_secs(86_400));
        let day_after = [tally.count(1), tally.count(1), tally.count(1)];
        assert_eq!(day_after, [Ok(()), Ok(()), Err(Duration::from_secs(30))]);
    }
}
