//! The whole path of a request, on one screen.

use crate::credential::Credentials;
use crate::dialect::Dialect;
use crate::host::Host;
use crate::http::{Reply, Request};
use crate::log_line::LogLine;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::reading::ZoneError;
use crate::record::RecordType;
use crate::refusal::Refusal;
use crate::zone::{Applied, Zone};
use std::time::Instant;

/// How often an update is planned again because somebody else changed its records meanwhile.
const MAX_PLANS: usize = 16;

const BUSY: &str = "others changed the same records again and again while this request changed them: the client will try again; look for two devices that update one host";

/// Answers requests: with these credentials, for this zone.
pub struct Service<Z> {
    credentials: Credentials,
    zone: Z,
    page: fn() -> Reply,
}

/// A reply, the line about it, and what was refused.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What goes back.
    pub reply: Reply,
    /// What goes into our log; timestamp, id and milliseconds are still empty.
    pub log: LogLine,
    /// Why it was refused; the server counts failed logins by it.
    pub refusal: Option<Refusal>,
    /// The record sets that are as wanted now.
    pub granted: Vec<(Host, RecordType)>,
}

impl<Z: Zone> Service<Z> {
    /// A service; `page` makes the setup page.
    pub fn new(credentials: Credentials, zone: Z, page: fn() -> Reply) -> Self {
        Self {
            credentials,
            zone,
            page,
        }
    }

    /// Answers one request; calls to the zone end before `deadline`.
    pub fn answer(&self, request: &Request, deadline: Instant) -> Answered {
        match Dialect::of(request) {
            Some(dialect) => told(dialect, request, self.update(dialect, request, deadline)),
            None => self.page(&request.tidy_path(), request),
        }
    }

    fn update(
        &self,
        dialect: Dialect,
        request: &Request,
        deadline: Instant,
    ) -> Result<Outcome, Refusal> {
        let update = dialect.parse(request)?;
        let grant = self.credentials.authorize(update)?;
        let mut current = self.zone.read(grant.wanted(), deadline)?;
        let mut changes = Vec::new();
        for _ in 0..MAX_PLANS {
            let plan = Plan::new(&grant, &current);
            match self.zone.apply(&plan, deadline) {
                Ok(Applied::Done { calls }) => {
                    changes.extend(plan.changes().cloned());
                    let shown = self.zone.shows(grant.wanted(), deadline);
                    return Ok(Outcome::of(&grant, changes, current.calls + calls, shown));
                }
                Ok(Applied::Stale { now, made }) => {
                    changes.extend(made);
                    current = now.after(current.calls);
                }
                Err(error) => return Err(error.after(current.calls, changes).into()),
            }
        }
        Err(ZoneError::new(BUSY, 0).after(current.calls, changes).into())
    }

    fn page(&self, path: &str, request: &Request) -> Answered {
        let reading = request.method == "GET" || request.method == "HEAD";
        let (name, reply) = match path {
            "/myip" => (
                "myip",
                Reply::text(200, request.caller.to_canonical().to_string()),
            ),
            "/setup" => ("setup", (self.page)()),
            _ => ("none", Reply::text(404, "notfound")),
        };
        let reply = if reading || reply.status == 404 {
            reply
        } else {
            Reply::text(405, "badagent").with("allow", "GET, HEAD")
        };
        Answered {
            log: LogLine::page(name, request, &reply),
            reply,
            refusal: None,
            granted: Vec::new(),
        }
    }
}

/// The answer to a request that is refused before it is looked at.
#[must_use]
pub fn refused(request: &Request, refusal: Refusal) -> Answered {
    let dialect = Dialect::of(request).unwrap_or(Dialect::Plain);
    told(dialect, request, Err(refusal))
}

fn told(dialect: Dialect, request: &Request, result: Result<Outcome, Refusal>) -> Answered {
    let reply = dialect.render(request, &result);
    let log = LogLine::of(dialect, request, &result, &reply);
    let (refusal, granted) = match result {
        Ok(outcome) => (None, outcome.granted),
        Err(refusal) => (Some(refusal), Vec::new()),
    };
    Answered {
        reply,
        log,
        refusal,
        granted,
    }
}
