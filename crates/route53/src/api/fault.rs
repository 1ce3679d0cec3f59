//! Faults: why a call to the API did not do what it should, in one sentence for the operator.

use super::answer;
use dyn53_core::{ZoneError, ZoneErrorKind};
use std::error::Error;
use std::io;

/// What can be done about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Try again more slowly: the account's rate is used up.
    SlowDown,
    /// Try again: another change of the zone is being processed, or the API has trouble of its own.
    TryAgain,
    /// Try again: the connection broke, and nobody knows whether the call was carried out.
    Unsure,
    /// Look: a record of the batch is not as the batch says, or not allowed. Nothing of it was done.
    Look,
    /// Send less: something in the batch is not allowed to us. Nothing of it was done.
    Split,
    /// The temporary keys are out of date.
    Renew,
    /// The time of this request is over; others may go on.
    Later,
    /// None but the operator's.
    Operator,
}

/// A call that failed, or something in the zone that is not changed.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) remedy: Remedy,
    pub(crate) sentence: String,
}

impl Fault {
    pub(crate) fn new(remedy: Remedy, sentence: impl Into<String>) -> Self {
        Self {
            remedy,
            sentence: sentence.into(),
        }
    }

    /// As the zone says it, after this many calls.
    pub(crate) fn into_error(self, calls: u32) -> ZoneError {
        let kind = if self.remedy == Remedy::Renew {
            ZoneErrorKind::KeysExpired
        } else {
            ZoneErrorKind::Failed
        };
        ZoneError {
            kind,
            ..ZoneError::new(self.sentence, calls)
        }
    }

    pub(crate) fn late(sentence: &str) -> Self {
        let late = "the time of the request was over before Route 53 accepted the change; the client will try again";
        match sentence {
            "" => Self::new(Remedy::Later, late),
            last => Self::new(Remedy::Later, format!("{late}. Last: {last}")),
        }
    }

    /// The fault that an error answer speaks of.
    pub(crate) fn of_answer(status: u16, body: &str, zone_id: &str) -> Self {
        let complaint = answer::read_complaint(body).unwrap_or_default();
        let (code, message) = (complaint.code.as_str(), excerpt(&complaint.message));
        let (remedy, advice) = advice(status, code);
        let code = if code.is_empty() { "no code" } else { code };
        Self::new(
            remedy,
            format!(
                "Route 53 answered {status} {code} for hosted zone {zone_id}: {message} {advice}"
            ),
        )
    }

    /// The fault that a broken exchange speaks of; `url` is the endpoint.
    pub(crate) fn of_transport(error: &ureq::Error, url: &str) -> Self {
        use ureq::Error as E;
        let (remedy, what) = match error {
            E::Timeout(_) => (
                Remedy::Unsure,
                "did not answer in time; check the network".to_owned(),
            ),
            E::HostNotFound => (
                Remedy::TryAgain,
                "was not found: check this machine's DNS and AWS_ENDPOINT_URL".to_owned(),
            ),
            E::BodyExceedsLimit(limit) => (
                Remedy::Operator,
                format!(
                    "answered with more than {limit} bytes: check that AWS_ENDPOINT_URL is Route 53"
                ),
            ),
            E::Rustls(error) => tls(&error.to_string()),
            E::Io(error) => of_io(error),
            other => (
                Remedy::Unsure,
                format!(
                    "did not answer as HTTP says ({other}); check AWS_ENDPOINT_URL and the network"
                ),
            ),
        };
        Self::new(remedy, format!("Route 53 at {url} {what}"))
    }

    /// An answer with status 200 that cannot be read.
    pub(crate) fn malformed(url: &str) -> Self {
        Self::new(
            Remedy::Unsure,
            format!(
                "Route 53 at {url} answered something else than its XML, or cut it short: check AWS_ENDPOINT_URL and the network"
            ),
        )
    }
}

fn of_io(error: &io::Error) -> (Remedy, String) {
    let inner = error.get_ref().and_then(|inner| {
        let inner: &(dyn Error + 'static) = inner;
        inner.downcast_ref::<rustls::Error>()
    });
    match (inner, error.kind()) {
        (Some(inner), _) => tls(&inner.to_string()),
        (None, io::ErrorKind::ConnectionRefused) => (
            Remedy::TryAgain,
            "refused the connection: check AWS_ENDPOINT_URL and the network".to_owned(),
        ),
        (None, _) => (
            Remedy::Unsure,
            format!("broke the connection ({error}); check the network"),
        ),
    }
}

fn tls(error: &str) -> (Remedy, String) {
    (
        Remedy::Operator,
        format!(
            "failed in TLS ({error}): check this machine's clock, and AWS_CA_BUNDLE if a proxy opens TLS"
        ),
    )
}

/// What to do about an error of the API
/// (<https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html>).
fn advice(status: u16, code: &str) -> (Remedy, &'static str) {
    match (status, code) {
        (_, "Throttling" | "ThrottlingException" | "RequestThrottled") => (
            Remedy::SlowDown,
            "(more calls than the account may make; other programs count too)",
        ),
        (_, "PriorRequestNotComplete") => (
            Remedy::TryAgain,
            "(another change of this zone is still being processed)",
        ),
        (_, "InvalidChangeBatch") => (Remedy::Look, "(look at the record in the Route 53 console)"),
        (_, "NoSuchHostedZone") => (
            Remedy::Operator,
            "(check the hosted zone id and that the keys belong to its account)",
        ),
        (_, "AccessDenied" | "AccessDeniedException" | "NotAuthorized") => (
            Remedy::Split,
            "(allow route53:ListResourceRecordSets and route53:ChangeResourceRecordSets for this zone and these names)",
        ),
        (_, "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired") => (
            Remedy::Renew,
            "(the temporary keys are out of date: renew them)",
        ),
        (
            _,
            "SignatureDoesNotMatch"
            | "RequestExpired"
            | "InvalidSignatureException"
            | "RequestTimeTooSkewed",
        ) => (
            Remedy::Operator,
            "(check the secret access key and this machine's clock)",
        ),
        (
            _,
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "InvalidAccessKeyId"
            | "MissingAuthenticationToken",
        ) => (
            Remedy::Operator,
            "(check the access key id and the session token)",
        ),
        (429, _) => (Remedy::SlowDown, "(too many calls)"),
        (500.., _) => (Remedy::TryAgain, "(trouble at AWS)"),
        _ => (
            Remedy::Operator,
            "(dyn53 does not know this answer: check AWS_ENDPOINT_URL)",
        ),
    }
}

/// The message in one line of bounded length.
fn excerpt(message: &str) -> String {
    const SHOWN: usize = 500;
    let one_line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(SHOWN) {
        Some((end, _)) => one_line.get(..end).unwrap_or_default().to_owned() + "…",
        None => one_line,
    }
}
