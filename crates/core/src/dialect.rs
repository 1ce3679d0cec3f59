//! Dialects: the clients' wire languages. Each file reads and writes one of them.

mod duckdns;
mod dyndns2;
mod plain;
mod sent;

use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::update::Update;
use percent_encoding::percent_decode_str;

/// A client's wire language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `/?newip=..&secret=..` -> `OK`.
    Plain,
    /// `/nic/update?hostname=..&myip=..` -> `good ..`.
    DynDns2,
    /// `/update?domains=..&token=..` -> `OK`.
    DuckDns,
}

impl Dialect {
    /// The dialect that lives at a path in the form of [`tidy_path`].
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        match path {
            "/" => Some(Self::Plain),
            "/nic/update" | "/v3/update" => Some(Self::DynDns2),
            "/update" => Some(Self::DuckDns),
            _ => None,
        }
    }

    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::DynDns2 => "dyndns2",
            Self::DuckDns => "duckdns",
        }
    }

    /// What the client wants.
    ///
    /// # Errors
    /// [`Refusal`] if the request cannot be understood.
    pub fn parse(self, request: &Request) -> Result<Update, Refusal> {
        if request.method != "GET" && request.method != "POST" {
            return Err(Refusal::Method);
        }
        let parameters = Parameters::of(request);
        match self {
            Self::Plain => plain::parse(request, &parameters),
            Self::DynDns2 => dyndns2::parse(request, &parameters),
            Self::DuckDns => duckdns::parse(request, &parameters),
        }
    }

    /// What the client is told.
    #[must_use]
    pub fn render(self, request: &Request, result: &Result<Outcome, Refusal>) -> Reply {
        match self {
            Self::Plain => plain::render(result),
            Self::DynDns2 => dyndns2::render(result),
            Self::DuckDns => duckdns::render(&Parameters::of(request), result),
        }
    }
}

/// A path as the dialects compare it: decoded, `\` read as `/`, repeated and final slashes dropped
/// (UniFi sends `//nic/update` and `/%5c/nic/update`).
#[must_use]
pub fn tidy_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let parts = decoded.split(['/', '\\']).filter(|part| !part.is_empty());
    "/".to_owned() + &parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "/")]
    #[case("/", "/")]
    #[case("//", "/")]
    #[case("//nic//update/", "/nic/update")]
    #[case("/%5c/nic/update", "/nic/update")]
    #[case("/\\/nic/update", "/nic/update")]
    #[case("/nic%2fupdate", "/nic/update")]
    #[case("/update/../setup", "/update/../setup")]
    #[case("/update%00", "/update\0")]
    #[case("/up+date", "/up+date")]
    fn paths(#[case] sent: &str, #[case] tidy: &str) {
        assert_eq!(tidy_path(sent), tidy);
    }
}
