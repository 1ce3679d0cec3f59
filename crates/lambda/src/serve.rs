//! One event after the other.

use crate::log;
use crate::runtime::{Invocation, Runtime, RuntimeError};
use dyn53_core::{Reply, Request, Service};
use dyn53_lambda::event::{self, Unreadable};
use dyn53_lambda::settings::{Fault, Settings};
use dyn53_route53::Route53Zone;
use std::time::Instant;

/// The service with its zone; what can be kept between requests lives in it.
pub(crate) fn service(settings: Settings) -> Result<Service<Route53Zone>, Fault> {
    let zone = Route53Zone::new(settings.zone)?;
    Ok(Service::new(settings.credentials, zone, dyn53_setup::page))
}

/// Answers events until the Runtime API cannot be used any more.
pub(crate) fn run(runtime: &Runtime, service: &Service<Route53Zone>) -> RuntimeError {
    loop {
        let sent = match runtime.next() {
            Ok(invocation) => answer(runtime, service, &invocation),
            Err(error) => return error,
        };
        if let Err(error) = sent {
            log::fault(None, &error.to_string());
        }
    }
}

fn answer(
    runtime: &Runtime,
    service: &Service<Route53Zone>,
    invocation: &Invocation,
) -> Result<(), RuntimeError> {
    let id = &invocation.id;
    let reply = match event::read(&invocation.event) {
        Ok(request) => update(service, &request, invocation),
        Err(unreadable) => {
            log::fault(Some(id), &unreadable.to_string());
            match unreadable {
                Unreadable::LongForm => Reply::text(413, "badagent"),
                _ => return runtime.fail(id, &unreadable.to_string()),
            }
        }
    };
    runtime.respond(id, &event::reply(&reply))
}

fn update(service: &Service<Route53Zone>, request: &Request, invocation: &Invocation) -> Reply {
    let start = Instant::now();
    let deadline = start.checked_add(invocation.left).unwrap_or(start);
    let answered = service.answer(request, deadline);
    let mut line = answered.log;
    line.id.clone_from(&invocation.id);
    line.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    log::request(line);
    answered.reply
}
