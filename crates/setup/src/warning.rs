//! Warning: what a text that can be used should still tell the person who uses it.

use std::net::IpAddr;

/// Why a router may not reach a URL, or should not use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// `http`.
    #[error(
        "the URL begins with http://, so whoever is on the way can read the secret each time that the router sends it"
    )]
    Unencrypted,
    /// A loopback address or `localhost`.
    #[error(
        "the URL means the machine itself, so no router can call it: give the name or address that your router will call"
    )]
    Itself,
    /// An address or name of a private network.
    #[error("the URL has an address of a private network: a router elsewhere cannot call it")]
    PrivateNetwork,
}

/// What is to be said of a URL's host, which may be a name or an address.
pub(crate) fn of_host(host: &str) -> Option<Warning> {
    let name = host.to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(ip) if ip.is_loopback() => Some(Warning::Itself),
        Ok(ip) => is_private(ip).then_some(Warning::PrivateNetwork),
        Err(_) if name == "localhost" || name.ends_with(".localhost") => Some(Warning::Itself),
        Err(_) => is_local_name(&name).then_some(Warning::PrivateNetwork),
    }
}

/// RFC 1918, RFC 6598 (carrier NAT), RFC 3927 and RFC 4291 (link-local), RFC 4193 (unique local).
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let carrier = first == 100 && second & 0xc0 == 64;
            ip.is_private() || ip.is_link_local() || carrier
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Names that the public DNS does not have: RFC 6762, RFC 8375, and without a dot.
fn is_local_name(name: &str) -> bool {
    let suffixes = [".local", ".lan", ".internal", ".home.arpa"];
    !name.contains('.') || suffixes.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1", Some(Warning::Itself))]
    #[case("::1", Some(Warning::Itself))]
    #[case("LOCALHOST", Some(Warning::Itself))]
    #[case("192.168.1.5", Some(Warning::PrivateNetwork))]
    #[case("100.127.0.9", Some(Warning::PrivateNetwork))]
    #[case("100.128.0.9", None)]
    #[case("172.32.1.5", None)]
    #[case("fd00::5", Some(Warning::PrivateNetwork))]
    #[case("fe80::5", Some(Warning::PrivateNetwork))]
    #[case("2001:db8::5", None)]
    #[case("nas", Some(Warning::PrivateNetwork))]
    #[case("nas.local", Some(Warning::PrivateNetwork))]
    #[case("10.example.com", None)]
    fn hosts(#[case] host: &str, #[case] warning: Option<Warning>) {
        assert_eq!(of_host(host), warning);
    }
}
