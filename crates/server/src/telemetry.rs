//! Telemetry: the one place that every finished request comes to. From here go the log, the
//! history and the last calls.

use crate::calls::Calls;
use crate::history::History;
use crate::log::Log;
use dyn53_core::LogLine;
use std::sync::Arc;
use std::time::Instant;

/// Who is told of finished requests.
pub(crate) struct Telemetry {
    pub(crate) log: Arc<Log>,
    pub(crate) history: History,
    pub(crate) calls: Calls,
}

impl Telemetry {
    /// The line about an update that came at `start` and was about these hosts. Nobody waits for a disk here.
    pub(crate) fn update(&self, line: LogLine, about: &[String], start: Instant) {
        self.calls.request(&line, about);
        self.history.request(&line);
        self.log.request(line, start);
    }
}
