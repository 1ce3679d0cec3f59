//! Rate: how many UDP replies a network gets, so that forged questions cannot flood a network
//! through this server.

use crate::limits::Limits;
use crate::network::neighbourhood;
use crate::tally::Tally;
use ipnet::IpNet;
use std::net::IpAddr;

/// Counts replies per /24 and /64; the machine itself is not counted.
///
/// Beyond the rate each question is told to come back over TCP, and none is dropped: the owner of a forged
/// address gets no more bytes than were sent in its name, and a resolver of the same network
/// still gets its answer.
pub(crate) struct Rate {
    tally: Tally<IpNet>,
}

impl Rate {
    /// A rate of `limits.dns_rate` replies per second and network.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            tally: Tally::per_second(limits.dns_rate),
        }
    }

    /// Counts a question; whether it is answered over UDP.
    pub(crate) fn allows(&self, from: IpAddr) -> bool {
        let own = from.to_canonical().is_loopback();
        own || self.tally.count(neighbourhood(from)).is_ok()
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
    fn a_network_has_its_rate() {
        let rate = rate(2);
        let allowed: Vec<bool> = (1..=4)
            .map(|last| rate.allows(IpAddr::from([192, 0, 2, last])))
            .collect();
        assert_eq!(allowed, [true, true, false, false]);
        assert!(rate.allows(IpAddr::from([198, 51, 100, 1])));
    }

    #[rstest]
    #[case("127.0.0.1")]
    #[case("::1")]
    #[case("::ffff:127.0.0.1")]
    fn the_machine_itself_is_not_limited(#[case] from: &str) {
        let rate = rate(1);
        let from = from.parse().unwrap();
        assert!((0..100).all(|_| rate.allows(from)));
    }

    #[rstest]
    #[case("2001:db8::1", "2001:db8::ffff", false)]
    #[case("2001:db8::1", "2001:db8:0:1::1", true)]
    #[case("192.0.2.1", "192.0.3.1", true)]
    fn networks(#[case] first: &str, #[case] second: &str, #[case] answered: bool) {
        let rate = rate(1);
        rate.allows(first.parse().unwrap());
        assert_eq!(rate.allows(second.parse().unwrap()), answered);
    }
}
