//! Telemetry: the one place that every finished request comes to. From here go the log and the history.

use crate::history::History;
use crate::log::Log;
use dyn53_core::LogLine;
use std::sync::Arc;
use std::time::Instant;

/// Who is told of finished requests.
pub(crate) struct Telemetry {
    pub(crate) log: Arc<Log>,
    pub(crate) history: History,
}

impl Telemetry {
    /// The line about a request that came at `start`. Nobody waits for a disk here.
    pub(crate) fn request(&self, line: LogLine, start: Instant) {
        self.history.request(&line);
        self.log.request(line, start);
    }
}
