//! Telemetry: the one place that every finished request comes to. From here go the log, the
//! history, the last calls and the metrics.

use crate::calls::Calls;
use crate::history::History;
use crate::log::Log;
use crate::metrics::{Metrics, RefusedLogin};
use dyn53_core::{Answered, LogLine, Refusal, Reply};
use std::sync::Arc;
use std::time::Instant;

/// Who is told of finished requests.
pub(crate) struct Telemetry {
    pub(crate) log: Arc<Log>,
    pub(crate) history: History,
    pub(crate) calls: Calls,
    pub(crate) metrics: Metrics,
}

impl Telemetry {
    /// An update that came at `start` and was about these hosts; returns what the client is told. Nobody
    /// waits for a disk here.
    pub(crate) fn update(&self, answered: Answered, about: &[String], start: Instant) -> Reply {
        let line = answered.log;
        match answered.refusal {
            Some(Refusal::BadAuth) => self.metrics.refused_login(RefusedLogin::Wrong),
            Some(Refusal::Throttled(_)) => self.metrics.refused_login(RefusedLogin::Throttled),
            _ => {}
        }
        self.metrics.confirmed(&answered.granted);
        self.calls.request(&line, about);
        self.history.request(&line);
        self.page(line, start);
        answered.reply
    }

    /// A request that came at `start` and is no update.
    pub(crate) fn page(&self, line: LogLine, start: Instant) {
        self.metrics.request(&line, start.elapsed());
        self.log.request(line, start);
    }
}
