//! Rate: how many UDP replies a network gets, so that nobody is flooded through us by forged
//! questions.

use crate::limits::Limits;
use crate::network::neighbourhood;
use crate::tally::Tally;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

/// What becomes of a question over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is answered.
    Answer,
    /// It is told to come back over TCP, which cannot be forged.
    Truncate,
    /// It is dropped.
    Drop,
}

/// Counts replies per /24 and /64; the machine itself is not counted.
pub(crate) struct Rate {
    tally: Tally<IpNet>,
    over: AtomicU32,
}

impl Rate {
    /// A rate of `limits.dns_rate` replies per second and network.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            tally: Tally::per_second(limits.dns_rate),
            over: AtomicU32::new(0),
        }
    }

    /// Counts a question; every second one beyond the rate is told to use TCP.
    pub(crate) fn check(&self, from: IpAddr) -> Verdict {
        let own = from.to_canonical().is_loopback();
        if own || self.tally.count(neighbourhood(from)).is_ok() {
            return Verdict::Answer;
        }
        match self.over.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Verdict::Truncate,
            _ => Verdict::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rate(replies: u32) -> Rate {
        Rate::new(&Limits {
            dns_rate: replies,
            ..Limits::default()
        })
    }

    #[test]
    fn beyond_the_rate_every_second_reply_is_truncated() {
        let rate = rate(2);
        let verdicts: Vec<Verdict> = (1..=6)
            .map(|last| rate.check(IpAddr::from([192, 0, 2, last])))
            .collect();
        use Verdict::{Answer, Drop, Truncate};
        assert_eq!(verdicts, [Answer, Answer, Truncate, Drop, Truncate, Drop]);
        assert_eq!(rate.check(IpAddr::from([198, 51, 100, 1])), Answer);
    }

    #[rstest]
    #[case("127.0.0.1")]
    #[case("::1")]
    #[case("::ffff:127.0.0.1")]
    fn the_machine_itself_is_not_limited(#[case] from: &str) {
        let rate = rate(1);
        let from = from.parse().unwrap();
        assert!((0..100).all(|_| rate.check(from) == Verdict::Answer));
    }

    #[rstest]
    #[case("2001:db8::1", "2001:db8::ffff", false)]
    #[case("2001:db8::1", "2001:db8:0:1::1", true)]
    #[case("192.0.2.1", "192.0.3.1", true)]
    fn networks(#[case] first: &str, #[case] second: &str, #[case] answered: bool) {
        let rate = rate(1);
        rate.check(first.parse().unwrap());
        let verdict = rate.check(second.parse().unwrap());
        assert_eq!(verdict == Verdict::Answer, answered);
    }
}
