//! The log: one JSON line a request on the standard output, which Lambda keeps.

use dyn53_core::LogLine;
use humantime::format_rfc3339_millis;
use serde_json::json;
use std::io::Write;
use std::time::SystemTime;

/// Writes the line about a request.
pub(crate) fn request(mut line: LogLine) {
    line.timestamp = now();
    write(&line.to_json());
}

/// Writes what this function could not do.
pub(crate) fn fault(id: Option<&str>, reason: &str) {
    let line = json!({"timestamp": now(), "level": "ERROR", "id": id, "reason": reason});
    write(&line.to_string());
}

fn now() -> String {
    format_rfc3339_millis(SystemTime::now()).to_string()
}

/// A log that cannot be written is no reason to leave requests unanswered.
fn write(line: &str) {
    let _unwritten = writeln!(std::io::stdout().lock(), "{line}");
}
