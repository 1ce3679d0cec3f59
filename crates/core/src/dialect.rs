//! Dialects: the clients' wire languages. Each file reads and writes one of them.

mod acmedns;
mod duckdns;
mod dyndns2;
mod httpreq;
mod members;
mod plain;
mod sent;

use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::update::Update;

/// A client's wire language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `/?newip=..&secret=..` -> `OK`.
    Plain,
    /// `/nic/update?hostname=..&myip=..` -> `good ..`.
    DynDns2,
    /// `/update?domains=..&token=..` -> `OK`.
    DuckDns,
    /// `/present`, `/cleanup` -> what came.
    HttpReq,
    /// `/update` with `X-Api-User` -> `{"txt": ".."}`.
    AcmeDns,
}

impl Dialect {
    /// The dialect that a request speaks, by its path. Two of them have one path, and a header of their
    /// own tells which; the type of the body does not, because some clients call JSON a form.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        match request.tidy_path().as_str() {
            "/" => Some(Self::Plain),
            "/nic/update" | "/v3/update" => Some(Self::DynDns2),
            "/update" if request.api_user.is_some() => Some(Self::AcmeDns),
            "/update" => Some(Self::DuckDns),
            "/present" | httpreq::CLEAN_UP => Some(Self::HttpReq),
            acmedns::REGISTER => Some(Self::AcmeDns),
            _ => None,
        }
    }

    /// Whether its requests are JSON in the body of a POST.
    #[must_use]
    pub fn reads_json(self) -> bool {
        matches!(self, Self::HttpReq | Self::AcmeDns)
    }

    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::DynDns2 => "dyndns2",
            Self::DuckDns => "duckdns",
            Self::HttpReq => "httpreq",
            Self::AcmeDns => "acme-dns",
        }
    }

    /// What the client wants.
    ///
    /// # Errors
    /// [`Refusal`] if the request cannot be understood.
    pub fn parse(self, request: &Request) -> Result<Update, Refusal> {
        let fits = request.method == "POST" || request.method == "GET" && !self.reads_json();
        if !fits {
            return Err(Refusal::Method);
        }
        let parameters = || Parameters::of(request);
        match self {
            Self::Plain => plain::parse(request, &parameters()),
            Self::DynDns2 => dyndns2::parse(request, &parameters()),
            Self::DuckDns => duckdns::parse(request, &parameters()),
            Self::HttpReq => httpreq::parse(request),
            Self::AcmeDns => acmedns::parse(request),
        }
    }

    /// What the client is told.
    #[must_use]
    pub fn render(self, request: &Request, result: &Result<Outcome, Refusal>) -> Reply {
        match self {
            Self::Plain => plain::render(result),
            Self::DynDns2 => dyndns2::render(result),
            Self::DuckDns => duckdns::render(&Parameters::of(request), result),
            Self::HttpReq => httpreq::render(request, result),
            Self::AcmeDns => acmedns::render(request, result),
        }
    }

    /// The word of a reply that the log has. A reply in JSON repeats what came, which no log may have.
    #[must_use]
    pub fn word<'a>(self, result: &Result<Outcome, Refusal>, reply: &'a Reply) -> &'a str {
        match (self, result) {
            (Self::HttpReq | Self::AcmeDns, Ok(_)) => "OK",
            (Self::HttpReq, Err(refusal)) => httpreq::word(refusal),
            (Self::AcmeDns, Err(refusal)) => acmedns::fault(refusal),
            _ => reply.body.split_whitespace().next().unwrap_or_default(),
        }
    }
}
