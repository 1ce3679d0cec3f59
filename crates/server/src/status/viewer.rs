//! Viewer: who looks, told by the login of a device or by the operator's secret.

use crate::limiter::Limiter;
use crate::live::Live;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyn53_core::{Credential, Dialect, Login, Refusal, Request, SecretHash};
use std::net::IpAddr;

/// Who looks.
pub(super) enum Viewer {
    /// Sees all hosts.
    Operator,
    /// Sees its own hosts.
    Owner(Credential),
}

/// Why nobody is let in; the sentences are for people.
#[derive(Debug, thiserror::Error)]
pub(super) enum Denied {
    /// Unknown name or wrong secret.
    #[error("The user name or the secret is wrong.")]
    Wrong,
    /// Too many failed logins.
    #[error("Too many wrong logins came from your address: try again in {0} seconds.")]
    Wait(u32),
}

impl Denied {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Wrong => 401,
            Self::Wait(_) => 503,
        }
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Wrong => "badauth",
            Self::Wait(_) => "911",
        }
    }

    /// Seconds after which to try again.
    pub(super) fn wait(&self) -> String {
        match self {
            Self::Wrong => "0".to_owned(),
            Self::Wait(seconds) => seconds.to_string(),
        }
    }
}

/// A login of a form, as a request that the limiter understands.
pub(super) fn form(caller: IpAddr, name: &str, secret: &str) -> Request {
    basic(
        caller,
        &format!("Basic {}", STANDARD.encode(format!("{name}:{secret}"))),
    )
}

/// A login of an `Authorization` header.
pub(super) fn basic(caller: IpAddr, authorization: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        path: "/nic/update".to_owned(),
        authorization: Some(authorization.to_owned()),
        ..Request::bare(caller)
    }
}

/// The update of one host to the caller's address.
pub(super) fn update(caller: IpAddr, login: &Login, host: &str) -> Request {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("hostname", host);
    Request {
        query: query.finish(),
        ..form(
            caller,
            login.name.as_deref().unwrap_or_default(),
            &login.secret,
        )
    }
}

/// Whom a login opens the page for.
pub(super) fn of(live: &Live, login: &Login) -> Option<Viewer> {
    if live.operator == Some(SecretHash::of(&login.secret)) {
        return Some(Viewer::Operator);
    }
    live.credentials.find(login).cloned().map(Viewer::Owner)
}

/// Checks a login that came over the network; failures are counted, and too many of them are refused.
pub(super) fn check(
    live: &Live,
    limiter: &Limiter,
    sent: &Request,
) -> Result<(Login, Viewer), Denied> {
    if let Some(Refusal::Throttled(seconds)) = limiter.check(sent) {
        return Err(Denied::Wait(seconds));
    }
    let parsed = Dialect::DynDns2.parse(sent).map_err(|_| Denied::Wrong)?;
    match of(live, &parsed.login) {
        Some(viewer) => Ok((parsed.login, viewer)),
        None => {
            limiter.failed(sent, &live.names);
            Err(Denied::Wrong)
        }
    }
}
