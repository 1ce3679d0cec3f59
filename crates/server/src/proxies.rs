//! Proxies: whose word counts about where a request came from.

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The peers whose `X-Forwarded-For` counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// These networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether `peer` is one.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// Where a request came from: the peer, or, if that is a trusted proxy, the right-most address
    /// of `forwarded` that is none. What is left of it may be forged. Empty elements of a list
    /// are ignored (RFC 9110 section 5.6.1).
    pub(crate) fn caller<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> IpAddr {
        let mut caller = peer.to_canonical();
        let lists = forwarded.rev();
        let entries = lists.flat_map(|list| list.rsplit(|byte| *byte == b','));
        let mut entries = entries.filter(|entry| !entry.trim_ascii().is_empty());
        while self.trusts(caller) {
            match entries.next().and_then(address) {
                Some(before) => caller = before,
                None => break,
            }
        }
        caller
    }
}

/// An address with or without port, as proxies write it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| {
        text.parse::<SocketAddr>()
            .ok()
            .map(|with_port| with_port.ip())
    });
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("203.0.113.1", &["198.51.100.1"], "203.0.113.1")]
    #[case("10.0.0.1", &[], "10.0.0.1")]
    #[case("10.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    #[case("10.0.0.1", &["192.0.2.66, 198.51.100.1"], "198.51.100.1")]
    #[case("10.0.0.1", &["192.0.2.66, 198.51.100.1, 10.0.0.2"], "198.51.100.1")]
    #[case("10.0.0.1", &["192.0.2.66", "198.51.100.1"], "198.51.100.1")]
    #[case("10.0.0.1", &["10.0.0.3,10.0.0.2"], "10.0.0.3")]
    #[case("10.0.0.1", &["192.0.2.66, unknown, 10.0.0.2"], "10.0.0.2")]
    #[case("10.0.0.1", &["\u{e9}"], "10.0.0.1")]
    #[case("10.0.0.1", &[""], "10.0.0.1")]
    #[case("10.0.0.1", &["198.51.100.1,"], "198.51.100.1")]
    #[case("10.0.0.1", &["198.51.100.1, , 10.0.0.2"], "198.51.100.1")]
    #[case("10.0.0.1", &["198.51.100.1", " \t"], "198.51.100.1")]
    #[case("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1")]
    #[case("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1")]
    #[case("2001:db8:ff::1", &["2001:db8::1"], "2001:db8::1")]
    fn callers(#[case] peer: &str, #[case] forwarded: &[&str], #[case] caller: &str) {
        let networks = ["10.0.0.0/8", "2001:db8:ff::/48"].map(|text| text.parse().unwrap());
        let proxies = Proxies::new(networks.to_vec());
        let found = proxies.caller(
            peer.parse().unwrap(),
            forwarded.iter().map(|f| f.as_bytes()),
        );
        assert_eq!(found, caller.parse::<IpAddr>().unwrap());
    }
}
