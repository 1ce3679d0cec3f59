//! Networks: which addresses count as one for the limits.

use ipnet::IpNet;
use std::net::IpAddr;

/// One caller: an IPv4 address, or an IPv6 network as one household has it (/64).
pub(crate) fn caller(address: IpAddr) -> IpNet {
    network(address, 32)
}

/// Whom forged questions can flood: an IPv4 /24, an IPv6 /64.
pub(crate) fn neighbourhood(address: IpAddr) -> IpNet {
    network(address, 24)
}

fn network(address: IpAddr, v4_length: u8) -> IpNet {
    let address = address.to_canonical();
    let length = match address {
        IpAddr::V4(_) => v4_length,
        IpAddr::V6(_) => 64,
    };
    IpNet::new(address, length).map_or_else(|_| address.into(), |network| network.trunc())
}
