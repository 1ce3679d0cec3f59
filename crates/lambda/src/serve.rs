//! One event after the other.

use crate::runtime::{Invocation, Runtime, RuntimeError};
use crate::stdout;
use dyn53_core::{Refusal, Reply, Request, Service, ZoneError, ZoneErrorKind};
use dyn53_lambda::environment::{Fault, Settings};
use dyn53_lambda::event::{self, Unreadable};
use dyn53_route53::Route53Zone;
use std::time::Instant;

/// The service with its zone; what can be kept between requests lives in it.
pub(crate) fn service(settings: Settings) -> Result<Service<Route53Zone>, Fault> {
    let zone = Route53Zone::new(settings.zone)?;
    Ok(Service::new(settings.credentials, zone, dyn53_setup::page))
}

/// Why the process ends; Lambda starts a new one then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    /// The Runtime API cannot be used any more.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The keys of the environment do not work any more: a new process gets new ones.
    #[error(
        "the keys of this process are out of date: it ends, so that Lambda starts one with new keys"
    )]
    KeysExpired,
}

/// Answers events until the process has to end.
pub(crate) fn run(runtime: &Runtime, service: &Service<Route53Zone>) -> End {
    loop {
        let invocation = match runtime.next() {
            Ok(invocation) => invocation,
            Err(error) => return error.into(),
        };
        let (reply, expired) = answer(service, &invocation);
        let sent = match reply {
            Ok(reply) => runtime.respond(&invocation.id, &event::reply(&reply)),
            Err(unreadable) => runtime.fail(&invocation.id, &unreadable.to_string()),
        };
        if let Err(error) = sent {
            stdout::fault(None, &error.to_string());
        }
        if expired {
            return End::KeysExpired;
        }
    }
}

/// The reply to an event, and whether the keys are out of date.
fn answer(
    service: &Service<Route53Zone>,
    invocation: &Invocation,
) -> (Result<Reply, Unreadable>, bool) {
    match event::read(&invocation.event) {
        Ok(request) => {
            let (reply, expired) = update(service, &request, invocation);
            (Ok(reply), expired)
        }
        Err(unreadable) => {
            stdout::fault(Some(&invocation.id), &unreadable.to_string());
            let reply = match unreadable {
                Unreadable::LongBody => Ok(Reply::text(413, "badagent")),
                other => Err(other),
            };
            (reply, false)
        }
    }
}

fn update(
    service: &Service<Route53Zone>,
    request: &Request,
    invocation: &Invocation,
) -> (Reply, bool) {
    let start = Instant::now();
    let deadline = start.checked_add(invocation.left).unwrap_or(start);
    let answered = service.answer(request, deadline);
    let mut line = answered.log;
    line.id.clone_from(&invocation.id);
    line.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    stdout::request(line);
    let expired = matches!(
        answered.refusal,
        Some(Refusal::Zone(ZoneError {
            kind: ZoneErrorKind::KeysExpired,
            ..
        }))
    );
    (answered.reply, expired)
}
