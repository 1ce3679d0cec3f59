//! httpreq: `POST /present` and `/cleanup` with `{"fqdn":"_acme-challenge.home.example.com.","value":".."}`.
//!
//! lego's provider of this name, and all that contain it. Its raw mode sends `domain` and `keyAuth` instead.
//! The reply is what came: some clients compare it byte for byte, others look for the value in it.

use super::members::Members;
use super::sent::{RETRY_AFTER, basic};
use crate::challenge::{ChallengeError, KeyDigest, challenged};
use crate::host::Host;
use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::refusal::{Refusal, Word};
use crate::update::{Asked, Named, Update, Wish};

/// The path of a challenge that is over; the other one is `/present`.
pub(super) const CLEAN_UP: &str = "/cleanup";

pub(super) fn parse(request: &Request) -> Result<Update, Refusal> {
    let login = basic(request).ok_or(Refusal::NoCredentials)?;
    let (host, digest) = challenge(&Members::of(request)?)?;
    let wish = if request.tidy_path() == CLEAN_UP {
        Wish::CleanUp(digest)
    } else {
        Wish::Present(digest)
    };
    Ok(Update {
        login,
        asked: Asked::Together(vec![Named::Host(host)]),
        wish,
    })
}

fn challenge(members: &Members) -> Result<(Host, KeyDigest), ChallengeError> {
    let sent = ["fqdn", "value", "domain", "keyAuth"].map(|name| members.get(name));
    let (host, digest) = match sent {
        [Some(fqdn), Some(value), None, None] => (challenged(fqdn), KeyDigest::parse(value)),
        [None, None, Some(domain), Some(key)] => (Host::parse(domain).ok(), KeyDigest::of(key)),
        _ => return Err(ChallengeError::Json),
    };
    let host = host.ok_or(ChallengeError::Name)?;
    Ok((host, digest.ok_or(ChallengeError::Value)?))
}

pub(super) fn render(request: &Request, result: &Result<Outcome, Refusal>) -> Reply {
    let refusal = match result {
        Ok(_) => return Reply::json(200, request.json.trim().to_owned()),
        Err(refusal) => refusal,
    };
    let reply = Reply::json(
        status(refusal),
        format!(r#"{{"error":"{}"}}"#, word(refusal)),
    );
    match refusal {
        Refusal::NoCredentials | Refusal::BadAuth => reply.with(
            "www-authenticate",
            "Basic realm=\"dyn53\", charset=\"UTF-8\"",
        ),
        Refusal::Method => reply.with("allow", "POST"),
        Refusal::Throttled(seconds) => reply.with("retry-after", seconds.to_string()),
        Refusal::Zone(_) => reply.with("retry-after", RETRY_AFTER.to_string()),
        _ => reply,
    }
}

/// The status of a refusal, for both dialects of challenges.
pub(super) fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NoCredentials | Refusal::BadAuth => 401,
        Refusal::Challenge(ChallengeError::Off | ChallengeError::Registration)
        | Refusal::Hosts { .. } => 403,
        Refusal::Method => 405,
        Refusal::Throttled(_) | Refusal::Zone(_) => 503,
        _ => 400,
    }
}

/// What a client is told, and the log too.
pub(super) fn word(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoCredentials | Refusal::BadAuth => "badauth",
        Refusal::Hosts { words, .. } if words.contains(&Word::NoHost) => "nohost",
        Refusal::Challenge(ChallengeError::Value) => "badvalue",
        Refusal::Challenge(ChallengeError::Name) | Refusal::Hosts { .. } => "notfqdn",
        Refusal::Challenge(ChallengeError::Off) => "certificates are off for this login",
        Refusal::Throttled(_) | Refusal::Zone(_) => "911",
        _ => "badagent",
    }
}
