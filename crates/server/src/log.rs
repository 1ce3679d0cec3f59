//! Log: one JSON object a line. A thread of its own writes the lines, so that neither a request nor
//! the end of the server waits for whoever reads them.

use dyn53_core::LogLine;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

pub use tracing::Level;

/// Lines that may wait to be written; what comes beyond them is counted and dropped.
const WAITING: usize = 16_384;

/// How long lines gather before they are written together: to wake the thread for each of them costs
/// a busy server a third of its requests.
const GATHER: Duration = Duration::from_millis(5);

/// How long [`Log::flush`] waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes lines and writes them.
pub struct Log {
    level: LevelFilter,
    lines: NonBlocking,
    /// Where events about the server itself go; they end in `lines`, too.
    events: Dispatch,
    /// Lines that could not be written.
    unwritten: Arc<AtomicUsize>,
    /// How many lost lines the log has reported so far.
    told: AtomicUsize,
    writing: Mutex<Option<WorkerGuard>>,
}

impl Log {
    /// A log on standard error of what is as grave as `level`, or graver.
    #[must_use]
    pub fn stderr(level: Level) -> Self {
        Self::to(io::stderr(), level)
    }

    /// A log to `writer` of what is as grave as `level`, or graver.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static, level: Level) -> Self {
        let unwritten = Arc::<AtomicUsize>::default();
        let (lines, writing) = NonBlockingBuilder::default()
            .buffered_lines_limit(WAITING)
            .lossy(true)
            .thread_name("log")
            .finish(Gathered {
                writer: BufWriter::new(writer),
                unwritten: Arc::clone(&unwritten),
            });
        let events = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_target(false)
            .with_max_level(level)
            .with_writer(lines.clone());
        Self {
            level: level.into(),
            lines,
            events: events.finish().into(),
            unwritten,
            told: AtomicUsize::new(0),
            writing: Mutex::new(Some(writing)),
        }
    }

    /// Something that is as it should be.
    pub fn info(&self, message: &str) {
        self.event(|| tracing::info!("{message}"));
    }

    /// Something that the operator should know.
    pub fn warn(&self, message: &str) {
        self.event(|| tracing::warn!("{message}"));
    }

    /// Something that the operator must look at.
    pub fn error(&self, message: &str) {
        self.event(|| tracing::error!("{message}"));
    }

    /// The line about a request that came at `start`.
    pub(crate) fn request(&self, mut line: LogLine, start: Instant) {
        if line
            .level
            .parse::<Level>()
            .is_ok_and(|own| own > self.level)
        {
            return;
        }
        line.timestamp = now();
        line.id = random_id();
        line.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let text = line.to_json() + "\n";
        self.send(|| {
            // It is either taken or counted as lost, and never fails.
            let _taken = self.lines.clone().write_all(text.as_bytes());
        });
    }

    /// Waits until everything so far is written, but not for long: a log that nobody
    /// reads must not keep the server from its end. This is the last call. What is logged after it is lost.
    pub fn flush(&self) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writing) = writing.take() else {
            return;
        };
        let (written, done) = sync_channel(1);
        // On a thread of its own, because the guard may complain on an output that nobody reads either.
        thread::spawn(move || {
            drop(writing);
            let _nobody_waits = written.send(());
        });
        let _either_way_it_ends = done.recv_timeout(PATIENCE);
    }

    fn event(&self, tell: impl FnOnce()) {
        self.send(|| tracing::dispatcher::with_default(&self.events, tell));
    }

    /// Does `write`, and once lines are taken again, tells how many were lost before.
    fn send(&self, write: impl FnOnce()) {
        let before = self.lost();
        write();
        let lost = self.lost();
        if lost == before && self.told.swap(lost, Ordering::Relaxed) < lost {
            self.warn(&format!(
                "{lost} log lines were lost since the start: standard error was not read, or could not be written"
            ));
        }
    }

    fn lost(&self) -> usize {
        let waiting = self.lines.error_counter().dropped_lines();
        waiting + self.unwritten.load(Ordering::Relaxed)
    }
}

/// A writer that rests after each flush, while lines gather, and counts what it could not write.
struct Gathered<W: Write> {
    writer: BufWriter<W>,
    unwritten: Arc<AtomicUsize>,
}

impl<W: Write> Write for Gathered<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).inspect_err(|_| {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        thread::sleep(GATHER);
        Ok(())
    }
}

/// RFC 3339.
fn now() -> String {
    let mut text = String::new();
    // A text takes everything.
    let _never_fails = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

fn random_id() -> String {
    format!("{:016x}", getrandom::u64().unwrap_or_default())
}
