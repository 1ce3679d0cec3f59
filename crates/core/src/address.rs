//! Addresses and prefixes: what may be published in a zone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither IPv4 nor IPv6 in their text forms.
    #[error("an address cannot be read: IPv4 looks like 192.0.2.1, IPv6 like 2001:db8::1")]
    Unreadable,
    /// Not an address of one host on the Internet.
    #[error("{0} is a {1} address and is never published")]
    Special(IpAddr, &'static str),
    /// Only of use inside one network.
    #[error("{0} is a {1} address; set allow_private = true to publish it in a zone for a LAN")]
    Private(IpAddr, &'static str),
    /// Not `address/length`.
    #[error("a prefix cannot be read: it looks like 2001:db8:1::/56")]
    Prefix,
    /// The interface id reaches into the prefix.
    #[error("the interface id {0} is longer than the prefix leaves room for")]
    InterfaceId(Ipv6Addr),
}

/// Reads an address in any spelling of its family; an IPv4-mapped IPv6 address counts as its IPv4
/// (RFC 4291 section 2.5.5.2).
///
/// # Errors
/// [`AddressError::Unreadable`].
pub fn parse_address(text: &str) -> Result<IpAddr, AddressError> {
    text.parse::<IpAddr>()
        .map(|address| address.to_canonical())
        .map_err(|_| AddressError::Unreadable)
}

/// Whether `address` may be published in a zone; private ones only where the owner allows it.
///
/// The ranges are those of the IANA special-purpose registries (RFC 6890); documentation ranges
/// are accepted, so that examples work.
///
/// # Errors
/// [`AddressError::Special`] or [`AddressError::Private`], each naming the range.
pub fn check_publishable(address: IpAddr, allow_private: bool) -> Result<(), AddressError> {
    let (private, special) = match address {
        IpAddr::V4(v4) => (private_v4(v4), special_v4(v4)),
        // As an AAAA record it would be an address that no host has (RFC 4291 section 2.5.5.2).
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => (None, Some("IPv4-mapped")),
        IpAddr::V6(v6) => (private_v6(v6), special_v6(v6)),
    };
    match (special, private) {
        (Some(range), _) => Err(AddressError::Special(address, range)),
        (None, Some(range)) if !allow_private => Err(AddressError::Private(address, range)),
        _ => Ok(()),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("unspecified"),
        [127, ..] => Some("loopback"),
        [169, 254, ..] => Some("link-local"),
        [224..=239, ..] => Some("multicast"),
        [255, 255, 255, 255] => Some("broadcast"),
        [240..=255, ..] => Some("reserved"),
        _ => None,
    }
}

fn private_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [100, 64..=127, ..] => Some("carrier NAT"),
        _ if address.is_private() => Some("private"),
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        _ if address.is_unspecified() => Some("unspecified"),
        _ if address.is_loopback() => Some("loopback"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xfec0..=0xfeff, ..] => Some("site-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        _ => None,
    }
}

fn private_v6(address: Ipv6Addr) -> Option<&'static str> {
    matches!(address.segments(), [0xfc00..=0xfdff, ..]).then_some("unique-local")
}

/// An IPv6 prefix as a router got it delegated, for example `2001:db8:1::/56`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    bits: u128,
    mask: u128,
}

impl Prefix {
    /// Reads `address/length` with a length of 1 to 128; bits beyond the length are dropped.
    ///
    /// # Errors
    /// [`AddressError::Prefix`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (address, length) = text.split_once('/').ok_or(AddressError::Prefix)?;
        let address: Ipv6Addr = address.parse().map_err(|_| AddressError::Prefix)?;
        let length: u32 = length.parse().map_err(|_| AddressError::Prefix)?;
        if !(1..=128).contains(&length) {
            return Err(AddressError::Prefix);
        }
        let mask = u128::MAX << (128 - length);
        Ok(Self {
            bits: address.to_bits() & mask,
            mask,
        })
    }

    /// The address of the host with this interface id in the prefix.
    ///
    /// # Errors
    /// [`AddressError::InterfaceId`] if the id has bits that belong to the prefix.
    pub fn host(self, interface_id: Ipv6Addr) -> Result<Ipv6Addr, AddressError> {
        let id = interface_id.to_bits();
        if id & self.mask != 0 {
            return Err(AddressError::InterfaceId(interface_id));
        }
        Ok(Ipv6Addr::from_bits(self.bits | id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("192.0.2.1", "192.0.2.1")]
    #[case("2001:DB8:0:0:0:0:0:7", "2001:db8::7")]
    #[case("2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7")]
    #[case("::ffff:192.0.2.1", "192.0.2.1")]
    fn read(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(parse_address(text).unwrap().to_string(), canonical);
    }

    #[rstest]
    #[case("")]
    #[case("192.0.2")]
    #[case("192.0.2.256")]
    #[case("192.0.2.01")]
    #[case(" 192.0.2.1")]
    #[case("192.0.2.1\n")]
    #[case("fe80::1%eth0")]
    #[case("2001:db8::/64")]
    #[case("home.example.com")]
    fn unreadable(#[case] text: &str) {
        assert_eq!(parse_address(text), Err(AddressError::Unreadable));
    }

    #[rstest]
    #[case("198.51.100.9", true, true)]
    #[case("1.1.1.1", true, true)]
    #[case("2606:4700::1111", true, true)]
    #[case("10.0.0.1", false, true)]
    #[case("172.31.255.255", false, true)]
    #[case("172.32.0.0", true, true)]
    #[case("192.168.1.1", false, true)]
    #[case("100.64.0.1", false, true)]
    #[case("100.128.0.1", true, true)]
    #[case("fd00::1", false, true)]
    #[case("0.0.0.0", false, false)]
    #[case("0.1.2.3", false, false)]
    #[case("127.0.0.1", false, false)]
    #[case("169.254.1.1", false, false)]
    #[case("224.0.0.1", false, false)]
    #[case("255.255.255.255", false, false)]
    #[case("240.0.0.1", false, false)]
    #[case("::", false, false)]
    #[case("::1", false, false)]
    #[case("fe80::1", false, false)]
    #[case("ff02::1", false, false)]
    #[case("::ffff:10.0.0.1", false, true)]
    fn publishable(#[case] text: &str, #[case] public: bool, #[case] on_a_lan: bool) {
        let address = parse_address(text).unwrap();
        assert_eq!(check_publishable(address, false).is_ok(), public);
        assert_eq!(check_publishable(address, true).is_ok(), on_a_lan);
    }

    #[rstest]
    #[case("2001:db8:1::/56", "::10", Some("2001:db8:1::10"))]
    #[case("2001:db8:1:ab00::/56", "::1:0:0:0:10", Some("2001:db8:1:ab01::10"))]
    #[case("2001:db8:1:abff::1/56", "::10", Some("2001:db8:1:ab00::10"))]
    #[case("2001:db8::/64", "0:0:0:1::10", None)]
    #[case("2001:db8::1/128", "::", Some("2001:db8::1"))]
    fn prefix_and_interface_id(#[case] prefix: &str, #[case] id: &str, #[case] host: Option<&str>) {
        let host = host.map(|text| text.parse().unwrap());
        assert_eq!(
            Prefix::parse(prefix)
                .unwrap()
                .host(id.parse().unwrap())
                .ok(),
            host
        );
    }

    #[rstest]
    #[case("2001:db8::")]
    #[case("2001:db8::/0")]
    #[case("2001:db8::/129")]
    #[case("2001:db8::/x")]
    #[case("192.0.2.0/24")]
    fn no_prefix(#[case] text: &str) {
        assert_eq!(Prefix::parse(text), Err(AddressError::Prefix));
    }
}
