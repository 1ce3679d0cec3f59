//! Waiting: locks, and threads that wait for each other's work with a deadline.
//!
//! Nothing here panics while it holds a lock, so a poisoned one is as good as any.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The lock of `mutex`.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `changed` is notified, but not beyond `until`.
pub(crate) fn wait<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    until: Instant,
) -> MutexGuard<'a, T> {
    let left = until.saturating_duration_since(Instant::now());
    let waited = changed.wait_timeout(guard, left);
    waited.unwrap_or_else(PoisonError::into_inner).0
}
