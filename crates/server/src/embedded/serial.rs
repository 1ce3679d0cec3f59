//! Serial: the number that says which state of a zone is the newer one (RFC 1035 section 3.3.13).

use std::time::{SystemTime, UNIX_EPOCH};

/// The serial of the next commit; 0 is left out, some secondaries take it for none (RFC 1982).
pub(super) fn next(serial: u32) -> u32 {
    serial.wrapping_add(1).max(1)
}

/// A serial above this one, and above every one that was lost: the seconds since 1970. A zone does
/// not change every second for years.
pub(super) fn above(serial: u32) -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since.map_or(1, |since| u32::try_from(since.as_secs()).unwrap_or(1));
    now.max(next(serial))
}
