//! Throttling: a token bucket.

use std::time::Instant;

/// How much at once, and how much a second after that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// The size of the bucket.
    pub burst: f64,
    /// What comes back a second.
    pub refill: f64,
}

impl Throttle {
    /// What AWS publishes for calls of an account since July 2026.
    pub const ACCOUNT: Self = Self {
        burst: 50.0,
        refill: 10.0,
    };
}

pub(crate) struct Bucket {
    throttle: Throttle,
    left: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(throttle: Throttle) -> Self {
        Self {
            throttle,
            left: throttle.burst,
            at: Instant::now(),
        }
    }

    /// Takes `tokens` if they are there.
    pub(crate) fn take(&mut self, tokens: usize) -> bool {
        let now = Instant::now();
        let refill = now.duration_since(self.at).as_secs_f64() * self.throttle.refill;
        self.left = (self.left + refill).min(self.throttle.burst);
        self.at = now;
        let tokens = tokens as f64;
        let enough = self.left >= tokens;
        self.left -= if enough { tokens } else { 0.0 };
        enough
    }
}
