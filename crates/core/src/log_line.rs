//! The line about a request in our log. Nothing in it comes from the client but its address.

use crate::dialect::Dialect;
use crate::http::{Reply, Request};
use crate::outcome::Outcome;
use crate::record::{RecordData, RecordSet, RecordType};
use crate::refusal::Refusal;
use crate::step::Step;
use serde::Serialize;
use std::net::IpAddr;

/// What the operator reads where a certificate may fail that was asked for in time.
const NOT_SHOWN: &str = "made, but not all name servers of the zone were seen to show it in time: if the certificate fails, let the client wait longer before it asks for it";

/// One JSON line a request.
#[derive(Clone, Debug, Serialize)]
pub struct LogLine {
    /// RFC 3339. The caller sets it: core has no clock.
    pub timestamp: String,
    /// `INFO`, `WARN` (the client's fault) or `ERROR` (the operator's).
    pub level: &'static str,
    /// The request's id. The caller sets it.
    pub id: String,
    /// The client's language, or the page asked for: `myip`, `setup`, `none`.
    pub dialect: &'static str,
    /// Where the request came from.
    pub caller: IpAddr,
    /// The HTTP status of the reply.
    pub status: u16,
    /// The first word of the reply.
    pub outcome: String,
    /// The hosts whose records are as wanted now.
    pub hosts: Vec<String>,
    /// What changed.
    pub changes: Vec<LoggedChange>,
    /// How many calls to the zone's API it took.
    pub calls: u32,
    /// Milliseconds. The caller sets it: core has no clock.
    pub ms: u64,
    /// Why it was refused, or what is not yet as it should be, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One changed record in the log.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedChange {
    /// The owner.
    pub host: String,
    /// The type.
    pub r#type: &'static str,
    /// The values before, with a space between them; empty if there was no record. Of texts only how many
    /// there are: a client sent them.
    pub old: String,
    /// The values after; empty if there is no record.
    pub new: String,
}

impl LogLine {
    /// The line about an update.
    #[must_use]
    pub fn of(
        dialect: Dialect,
        request: &Request,
        result: &Result<Outcome, Refusal>,
        reply: &Reply,
    ) -> Self {
        let word = dialect.word(result, reply);
        let mut line = Self::new(dialect.name(), request, reply, word);
        match result {
            Ok(outcome) => line.tell(outcome),
            Err(refusal) => {
                line.level = match refusal {
                    Refusal::Zone(_) => "ERROR",
                    _ => "WARN",
                };
                line.reason = Some(refusal.to_string());
                if let Refusal::Zone(error) = refusal {
                    line.calls = error.calls;
                    line.changes = logged(&error.made);
                }
            }
        }
        line
    }

    /// The line about a page; its outcome is `shown` or the word it is refused with.
    #[must_use]
    pub fn page(page: &'static str, request: &Request, reply: &Reply) -> Self {
        let word = match reply.status {
            200 => "shown",
            _ => &reply.body,
        };
        Self::new(page, request, reply, word)
    }

    fn new(dialect: &'static str, request: &Request, reply: &Reply, word: &str) -> Self {
        Self {
            timestamp: String::new(),
            level: "INFO",
            id: String::new(),
            dialect,
            caller: request.caller,
            status: reply.status,
            outcome: word.to_owned(),
            hosts: Vec::new(),
            changes: Vec::new(),
            calls: 0,
            ms: 0,
            reason: None,
        }
    }

    fn tell(&mut self, outcome: &Outcome) {
        self.calls = outcome.calls;
        let granted = outcome.granted.iter();
        self.hosts = granted.map(|(host, _)| host.to_string()).collect();
        self.hosts.dedup();
        self.changes = logged(&outcome.changes);
        if !outcome.shown {
            self.level = "WARN";
            self.reason = Some(NOT_SHOWN.to_owned());
        }
    }

    /// The line as JSON, without a line break.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn logged(steps: &[Step]) -> Vec<LoggedChange> {
    let logged = steps.iter().map(|step| LoggedChange {
        host: step.host.to_string(),
        r#type: step.record_type.name(),
        old: values(step.before.as_ref()),
        new: values(step.after.as_ref()),
    });
    logged.collect()
}

fn values(set: Option<&RecordSet>) -> String {
    match set {
        None => String::new(),
        Some(set) if set.record_type == RecordType::Txt => match set.values.len() {
            1 => "1 text".to_owned(),
            count => format!("{count} texts"),
        },
        Some(set) => {
            let values = set.values.iter().map(RecordData::to_string);
            values.collect::<Vec<_>>().join(" ")
        }
    }
}
