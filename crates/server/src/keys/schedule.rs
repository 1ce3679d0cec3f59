//! When keys are fetched again.

use std::time::{Duration, SystemTime};

/// Keys are fetched again this long before they end.
const EARLY: Duration = Duration::from_secs(300);
/// Keys without an end are read again after this long: somebody may have changed the file.
const STATIC: Duration = Duration::from_secs(600);
/// The least time between two fetches, and the first pause after a failure.
const LEAST: Duration = Duration::from_secs(1);
/// The longest pause of a source that fails again and again.
const LONGEST: Duration = Duration::from_secs(60);

/// When keys that were fetched at `now` and end at `end` are fetched again: a while before the end, but
/// not before half of their life is over, so that keys with a short life are not asked for all the time.
pub(crate) fn next_fetch(now: SystemTime, end: Option<SystemTime>) -> SystemTime {
    let Some(end) = end else { return now + STATIC };
    let life = end.duration_since(now).unwrap_or_default();
    now + life.saturating_sub(EARLY).max(life / 2).max(LEAST)
}

/// The pause after so many failures in a row: it doubles, up to a minute.
pub(crate) fn pause(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    LEAST.saturating_mul(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, 600)]
    #[case(Some(3600), 3300)]
    #[case(Some(601), 301)]
    #[case(Some(600), 300)]
    #[case(Some(599), 299)]
    #[case(Some(60), 30)]
    #[case(Some(1), 1)]
    #[case(Some(0), 1)]
    fn a_while_before_the_end(#[case] life: Option<u64>, #[case] after: u64) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let end = life.map(|life| now + Duration::from_secs(life));
        let waited = next_fetch(now, end).duration_since(now).unwrap();
        assert_eq!(waited.as_secs(), after);
    }

    #[test]
    fn keys_that_came_with_their_end_behind_them_are_fetched_after_the_least_time() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(next_fetch(now, Some(SystemTime::UNIX_EPOCH)), now + LEAST);
    }

    #[test]
    fn pauses_grow_to_a_minute() {
        let pauses = [1, 2, 3, 4, 5, 6, 7, 8, u32::MAX].map(|failures| pause(failures).as_secs());
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
