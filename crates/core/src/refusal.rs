//! Refusal: why an update was not done.

use crate::address::AddressError;
use crate::challenge::ChallengeError;
use crate::host::Host;
use crate::query::Contradiction;
use crate::reading::ZoneError;
use crate::update::MAX_HOSTS;

/// Why one host of several is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Not one of this login's hosts.
    NoHost,
    /// Not a full name.
    NotFqdn,
}

/// It was not done: the client must change something, or (`Zone`) the operator must.
///
/// The sentences are for our log; they hold nothing that a client sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No credentials came with the request; never counted as a failed login.
    #[error("no credentials were sent")]
    NoCredentials,
    /// Unknown name or wrong secret.
    #[error("the secret or the user name is wrong")]
    BadAuth,
    /// None of the hosts can be had, or not all of a dialect that wants all or none.
    #[error(
        "host names asked for are not full names or not of this login, which has {}",
        list(known)
    )]
    Hosts {
        /// One a host, in the order asked; only the refused ones.
        words: Vec<Word>,
        /// What the login has.
        known: Vec<Host>,
    },
    /// More hosts than one request may name.
    #[error("more than {} host names in one request", MAX_HOSTS)]
    TooManyHosts,
    /// An address that cannot be read or is not published.
    #[error("{0}")]
    BadAddress(AddressError),
    /// Two different values for the same thing.
    #[error("the request contradicts itself: two different values for one parameter")]
    Contradiction,
    /// `auto` for IPv6, asked over IPv4.
    #[error("auto was asked for IPv6, but the request came over IPv4")]
    AutoFamily,
    /// All hosts of the login take their IPv6 address from a prefix, and none was sent.
    #[error(
        "nothing to set: the hosts of this login have interface ids, and no ip6lanprefix was sent"
    )]
    NothingToSet,
    /// A prefix alone was sent, and no host of the login takes its address from one.
    #[error(
        "nothing to set: only a prefix was sent, and no host of this login has an interface_id; set one beside the host"
    )]
    NoInterfaceId,
    /// The owner did not allow to take hosts offline.
    #[error("taking hosts offline is not allowed: set allow_offline = true at the credential")]
    OfflineForbidden,
    /// A TXT record was asked for.
    #[error("TXT records are not supported")]
    Txt,
    /// A challenge that cannot be read or must not be answered.
    #[error("{0}")]
    Challenge(#[from] ChallengeError),
    /// Another method than GET and POST, or than POST alone.
    #[error("this path does not take this method")]
    Method,
    /// Too many failed logins from this caller or for this login.
    #[error("too many failed logins: refused for {0} seconds")]
    Throttled(u32),
    /// The zone could not be read or changed.
    #[error("{0}")]
    Zone(#[from] ZoneError),
}

impl From<Contradiction> for Refusal {
    fn from(_: Contradiction) -> Self {
        Self::Contradiction
    }
}

impl From<AddressError> for Refusal {
    fn from(error: AddressError) -> Self {
        Self::BadAddress(error)
    }
}

fn list(hosts: &[Host]) -> String {
    const SHOWN: usize = 10;
    let names: Vec<&str> = hosts.iter().take(SHOWN).map(Host::as_str).collect();
    let more = match hosts.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.join(", ") + &more
}
