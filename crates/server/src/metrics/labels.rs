//! Labels: what tells the series of one metric apart.

use prometheus_client::encoding::EncodeLabelSet;

/// Why a login was refused.
#[derive(Clone, Copy)]
pub(crate) enum RefusedLogin {
    /// Unknown name or wrong secret.
    Wrong,
    /// Too many wrong ones before it.
    Throttled,
}

/// A reply of a dialect or page.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Answer {
    pub(super) dialect: &'static str,
    pub(super) status: u16,
}

/// A dialect or page.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Asked {
    pub(super) dialect: &'static str,
}

/// A refused login.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Refused {
    reason: &'static str,
}

/// The addresses of a host in one family.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Record {
    host: String,
    family: &'static str,
}

impl Record {
    /// Of a host and a type; nothing, if the type holds no addresses.
    pub(super) fn of(host: &str, record_type: &str) -> Option<Self> {
        let family = match record_type {
            "A" => "ipv4",
            "AAAA" => "ipv6",
            _ => return None,
        };
        let host = host.to_owned();
        Some(Self { host, family })
    }
}

impl From<RefusedLogin> for Refused {
    fn from(why: RefusedLogin) -> Self {
        let reason = match why {
            RefusedLogin::Wrong => "wrong",
            RefusedLogin::Throttled => "throttled",
        };
        Self { reason }
    }
}
