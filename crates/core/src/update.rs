//! Update: what a client wants.

use crate::address::Prefix;
use crate::challenge::KeyDigest;
use crate::host::{Host, HostError};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many hosts one request may name, as many as dyn.com allowed.
pub const MAX_HOSTS: usize = 20;

/// Name and secret as sent. Its `Debug` form shows neither.
pub struct Login {
    /// The DynDNS2 user name; `None` where the dialect has none.
    pub name: Option<String>,
    /// The secret, never empty.
    pub secret: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// A host as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A full name.
    Host(Host),
    /// Its first label alone, as DuckDNS clients send it.
    Label(String),
    /// Something that is no name.
    Malformed(HostError),
}

/// Which hosts an update is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All hosts of the login.
    All,
    /// These; each is answered for itself.
    Each(Vec<Named>),
    /// These or none.
    Together(Vec<Named>),
}

/// The addresses of an update; a family that is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// For the A record.
    pub v4: Option<Ipv4Addr>,
    /// For the AAAA record.
    pub v6: Option<Ipv6Addr>,
    /// For hosts with an interface id.
    pub prefix: Option<Prefix>,
}

impl Addresses {
    /// Adds an address to its family.
    ///
    /// # Errors
    /// `Err(())` if the family has another one already.
    pub(crate) fn add(&mut self, address: IpAddr) -> Result<(), ()> {
        let known = match address {
            IpAddr::V4(v4) => *self.v4.get_or_insert(v4) == v4,
            IpAddr::V6(v6) => *self.v6.get_or_insert(v6) == v6,
        };
        known.then_some(()).ok_or(())
    }

    /// Fills the family of `address` if nothing was sent for it.
    pub(crate) fn add_if_free(&mut self, address: IpAddr) {
        let _already_there = self.add(address);
    }

    /// Those that were sent, IPv4 first.
    #[must_use]
    pub fn each(&self) -> Vec<IpAddr> {
        let v4 = self.v4.map(IpAddr::V4);
        v4.into_iter().chain(self.v6.map(IpAddr::V6)).collect()
    }

    /// Whether there is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What shall become of the hosts' records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// They shall have these addresses.
    Set(Addresses),
    /// They shall have none.
    Offline,
    /// Their challenge shall show this digest, beside those that it shows already.
    Present(KeyDigest),
    /// Their challenge shall no longer show this digest.
    CleanUp(KeyDigest),
}

/// What a client wants: with which login, for which hosts, and what.
#[derive(Debug)]
pub struct Update {
    /// Who says so.
    pub login: Login,
    /// For which hosts.
    pub asked: Asked,
    /// What shall be.
    pub wish: Wish,
}
