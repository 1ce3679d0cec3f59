//! acme-dns: `POST /update` with `X-Api-User`, `X-Api-Key` and `{"subdomain":"home.example.com","txt":".."}`.
//!
//! The account is a login of ours, the subdomain a host: so the full name that the account file has is
//! `_acme-challenge` of the host itself, and no CNAME is needed. The protocol has no clean-up: the oldest
//! value goes when there are too many. `POST /register` is how clients get an account; here it is closed.

use super::httpreq::{status, word};
use super::members::Members;
use super::sent::{RETRY_AFTER, login};
use crate::challenge::{ChallengeError, KeyDigest};
use crate::host::Host;
use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::update::{Asked, Named, Update, Wish};

/// Where an account is asked for.
pub(super) const REGISTER: &str = "/register";

pub(super) fn parse(request: &Request) -> Result<Update, Refusal> {
    if request.tidy_path() == REGISTER {
        return Err(ChallengeError::Registration.into());
    }
    let (user, key) = (request.api_user.as_deref(), request.api_key.as_deref());
    let user = user.filter(|user| !user.is_empty());
    let login = login(user, key.unwrap_or_default()).ok_or(Refusal::NoCredentials)?;
    let members = Members::of(request)?;
    let (Some(host), Some(txt)) = (members.get("subdomain"), members.get("txt")) else {
        return Err(ChallengeError::Json.into());
    };
    let digest = KeyDigest::parse(txt).ok_or(ChallengeError::Value)?;
    let host = Host::parse(host).map_err(|_| ChallengeError::Name)?;
    Ok(Update {
        login,
        asked: Asked::Together(vec![Named::Host(host)]),
        wish: Wish::Present(digest),
    })
}

pub(super) fn render(request: &Request, result: &Result<Outcome, Refusal>) -> Reply {
    let refusal = match result {
        Ok(_) => return shown(request),
        Err(refusal) => refusal,
    };
    let reply = Reply::json(
        status(refusal),
        format!(r#"{{"error": "{}"}}"#, fault(refusal)),
    );
    match refusal {
        Refusal::Method => reply.with("allow", "POST"),
        Refusal::Throttled(seconds) => reply.with("retry-after", seconds.to_string()),
        Refusal::Zone(_) => reply.with("retry-after", RETRY_AFTER.to_string()),
        _ => reply,
    }
}

/// The value as it came; 43 characters that JSON has no need to escape.
fn shown(request: &Request) -> Reply {
    let members = Members::of(request).ok();
    let txt = members.as_ref().and_then(|members| members.get("txt"));
    Reply::json(200, format!(r#"{{"txt": "{}"}}"#, txt.unwrap_or_default()))
}

/// The words of acme-dns; `register` and `off` have sentences of ours, for the people who read them.
pub(super) fn fault(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoCredentials | Refusal::BadAuth => "forbidden",
        Refusal::Challenge(ChallengeError::Value) => "bad_txt",
        Refusal::Challenge(ChallengeError::Name) | Refusal::Hosts { .. } => "bad_subdomain",
        Refusal::Challenge(ChallengeError::Json) => "malformed_json_payload",
        Refusal::Challenge(ChallengeError::Registration) => {
            "registration is closed: use the account file that the setup page writes"
        }
        Refusal::Throttled(_) | Refusal::Zone(_) => "db_error",
        _ => word(refusal),
    }
}
