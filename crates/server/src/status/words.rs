//! Words: lengths of time as people say them.

use std::time::SystemTime;

/// A length of time, in its largest unit.
pub(super) fn long(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// How long ago.
pub(super) fn ago(seconds: u64) -> String {
    format!("{} ago", long(seconds))
}

/// The time since `then` in seconds.
pub(super) fn age(now: SystemTime, then: SystemTime) -> u64 {
    now.duration_since(then).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0 seconds")]
    #[case(1, "1 second")]
    #[case(119, "119 seconds")]
    #[case(120, "2 minutes")]
    #[case(7_199, "119 minutes")]
    #[case(7_200, "2 hours")]
    #[case(172_800, "2 days")]
    fn lengths(#[case] seconds: u64, #[case] words: &str) {
        assert_eq!(long(seconds), words);
    }
}
