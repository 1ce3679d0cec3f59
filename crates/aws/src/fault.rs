//! Faults: why a call did not do what it should, in one sentence for the operator.

use std::error::Error;
use std::io;

/// What can be done about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Try again more slowly: the account's rate is used up.
    SlowDown,
    /// Try again: the service is busy with another call like it, or has trouble of its own.
    TryAgain,
    /// Try again: the connection broke, and nobody knows whether the call was carried out.
    Unsure,
    /// Look: something is not as the call says, or not possible. Nothing of it was done.
    Look,
    /// Send less: something in the call is not allowed to these keys. Nothing of it was done.
    Split,
    /// The temporary keys are out of date.
    Renew,
    /// The time of this request is over; others may go on.
    Later,
    /// None but the operator's.
    Operator,
}

/// A call that failed, or that is not made.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What helps.
    pub remedy: Remedy,
    /// What went wrong, where, and what to do.
    pub sentence: String,
}

impl Fault {
    /// A fault.
    #[must_use]
    pub fn new(remedy: Remedy, sentence: impl Into<String>) -> Self {
        Self {
            remedy,
            sentence: sentence.into(),
        }
    }

    /// The time is over; `last` is the sentence of the try before, or empty.
    #[must_use]
    pub fn late(last: &str) -> Self {
        let late =
            "the time of the request was over before AWS had done it; the client will try again";
        match last {
            "" => Self::new(Remedy::Later, late),
            last => Self::new(Remedy::Later, format!("{late}. Last: {last}")),
        }
    }

    /// The fault that a broken exchange speaks of; `url` is the endpoint.
    pub(crate) fn of_transport(error: &ureq::Error, service: &str, url: &str) -> Self {
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
                    "answered with more than {limit} bytes: check that AWS_ENDPOINT_URL is {service}"
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
        Self::new(remedy, format!("{service} at {url} {what}"))
    }

    /// An answer with status 200 that cannot be read.
    pub(crate) fn malformed(service: &str, url: &str) -> Self {
        Self::new(
            Remedy::Unsure,
            format!(
                "{service} at {url} answered something else than it should, or cut it short: check AWS_ENDPOINT_URL and the network"
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

/// What to do about an error that every service of AWS may answer with, and the same in words.
/// (<https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html>)
#[must_use]
pub fn common(status: u16, code: &str) -> (Remedy, &'static str) {
    match (status, code) {
        (_, "Throttling" | "ThrottlingException" | "RequestThrottled") => (
            Remedy::SlowDown,
            "(more calls than the account may make; other programs count too)",
        ),
        (_, "AccessDenied" | "AccessDeniedException" | "NotAuthorized") => {
            (Remedy::Split, "(allow it in the policy of these keys)")
        }
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
