//! Log: JSON lines, written by a thread of its own so that no request waits for whoever reads them.

use dyn53_core::LogLine;
use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Lines that may wait to be written; what comes beyond them is counted and dropped.
const WAITING: usize = 16_384;

/// How long lines gather before they are written together: to wake the thread for each of them costs
/// a busy server a third of its requests.
const GATHER: Duration = Duration::from_millis(5);

/// Takes lines and writes them.
pub struct Log {
    lines: SyncSender<Line>,
    dropped: AtomicU64,
}

enum Line {
    Json(String),
    /// Answered when all lines before it are written.
    Flush(SyncSender<()>),
}

/// A line about the server itself.
#[derive(Serialize)]
struct Event<'a> {
    time: String,
    level: &'static str,
    message: &'a str,
}

impl Log {
    /// A log on standard error.
    #[must_use]
    pub fn stderr() -> Self {
        Self::to(io::stderr())
    }

    /// A log to `writer`.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = sync_channel(WAITING);
        thread::spawn(move || write_all(&waiting, BufWriter::new(writer)));
        Self {
            lines,
            dropped: AtomicU64::new(0),
        }
    }

    /// Something that is as it should be.
    pub fn info(&self, message: &str) {
        self.event("INFO", message);
    }

    /// Something that the operator should know.
    pub fn warn(&self, message: &str) {
        self.event("WARN", message);
    }

    /// Something that the operator must look at.
    pub fn error(&self, message: &str) {
        self.event("ERROR", message);
    }

    /// The line about a request that came at `start`.
    pub(crate) fn request(&self, mut line: LogLine, start: Instant) {
        line.time = now();
        line.id = random_id();
        line.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.send(line.to_json());
    }

    /// Returns when everything so far is written.
    pub fn flush(&self) {
        let (written, done) = sync_channel(1);
        if self.lines.send(Line::Flush(written)).is_ok() {
            let _ended = done.recv();
        }
    }

    fn event(&self, level: &'static str, message: &str) {
        let time = now();
        let event = Event {
            time,
            level,
            message,
        };
        self.send(serde_json::to_string(&event).unwrap_or_default());
    }

    fn send(&self, line: String) {
        if self.lines.try_send(Line::Json(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if self.dropped.load(Ordering::Relaxed) > 0 {
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            self.warn(&format!(
                "{dropped} log lines were dropped: standard error is not read fast enough"
            ));
        }
    }
}

fn write_all(waiting: &Receiver<Line>, mut writer: BufWriter<impl Write>) {
    while let Some(line) = next(waiting, &mut writer) {
        let _nobody_to_tell = match line {
            Line::Json(line) => writeln!(writer, "{line}"),
            Line::Flush(written) => writer.flush().map(|()| {
                let _nobody_waits = written.send(());
            }),
        };
    }
}

/// The next line; before it waits for one, everything so far is written out.
fn next(waiting: &Receiver<Line>, writer: &mut impl Write) -> Option<Line> {
    match waiting.try_recv() {
        Ok(line) => Some(line),
        Err(TryRecvError::Disconnected) => None,
        Err(TryRecvError::Empty) => {
            let _nobody_to_tell = writer.flush();
            let line = waiting.recv().ok();
            thread::sleep(GATHER);
            line
        }
    }
}

/// RFC 3339.
fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

fn random_id() -> String {
    format!("{:016x}", getrandom::u64().unwrap_or_default())
}
