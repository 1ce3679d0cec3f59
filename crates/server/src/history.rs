//! History: which address a host had when, as JSON lines in the data folder.
//!
//! It is kept apart from the zones and never in the way of an update: a change joins a bounded queue, and a
//! thread of its own writes it. What finds the queue full is counted and told. So that a kill costs no more than
//! the last line, an update waits a moment for its line, but not while the disk is behind.

mod change;
mod file;
mod rings;
mod writer;

pub(crate) use change::Change;

use crate::embedded::locked;
use crate::log::Log;
use dyn53_core::{Host, LogLine, RecordSet};
use file::HistoryFile;
use rings::Rings;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use writer::{Message, Writer};

/// Changes of a host that are kept if the configuration says nothing.
pub(crate) const ENTRIES: usize = 1_000;
/// Changes that may wait to be written.
const WAITING: usize = 10_000;
/// How long an update waits for its line to be written.
const MOMENT: Duration = Duration::from_millis(100);
/// How long the end of the server waits for a disk that hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which address a host had when.
pub(crate) struct History {
    rings: Arc<Mutex<Rings>>,
    queue: SyncSender<Message>,
    /// Whether the last update that waited for its line waited in vain; nobody waits until it is written.
    behind: Arc<AtomicBool>,
    lost: AtomicU64,
    log: Arc<Log>,
}

impl History {
    /// Reads `history.jsonl` in `folder`, with `entries` changes a host at most. Without a folder nothing
    /// outlives the process. What is damaged is left out and named in the log; a file that cannot be read
    /// or written keeps nobody from updates.
    pub(crate) fn open(folder: Option<&Path>, entries: usize, log: &Arc<Log>) -> Self {
        let mut rings = Rings::new(entries);
        let file = folder.and_then(|folder| {
            let opened = HistoryFile::open(&folder.join("history.jsonl"), &mut rings, log);
            let told = |error| {
                log.error(&format!(
                    "the history cannot be kept: {error}; look at the disk"
                ))
            };
            opened.map_err(told).ok()
        });
        let rings = Arc::new(Mutex::new(rings));
        let (queue, changes) = sync_channel(WAITING);
        let behind = Arc::<AtomicBool>::default();
        let writer = Writer {
            behind: Arc::clone(&behind),
            rings: Arc::clone(&rings),
            file,
            log: Arc::clone(log),
        };
        if let Err(error) = writer.spawn(changes) {
            log.error(&format!(
                "no thread for the history: {error}; close other programs"
            ));
        }
        Self {
            rings,
            queue,
            behind,
            lost: AtomicU64::new(0),
            log: Arc::clone(log),
        }
    }

    /// Notes what a request has changed; the thread of the request may wait a moment.
    pub(crate) fn request(&self, line: &LogLine) {
        let now = SystemTime::now();
        let changes = line.changes.iter();
        let addresses = changes.filter(|change| matches!(change.r#type, "A" | "AAAA"));
        let mut noted = 0;
        for change in addresses {
            noted += 1;
            self.note(Change {
                at: now,
                host: change.host.clone(),
                r#type: change.r#type.to_owned(),
                old: change.old.clone(),
                new: change.new.clone(),
                caller: Some(line.caller),
                dialect: line.dialect.to_owned(),
            });
        }
        if noted > 0 && !self.behind.load(Ordering::Relaxed) {
            self.wait();
        }
    }

    fn wait(&self) {
        let (written, done) = sync_channel(1);
        let sent = self.queue.try_send(Message::Tell(written)).is_ok();
        if sent && done.recv_timeout(MOMENT).is_err() {
            self.behind.store(true, Ordering::Relaxed);
            // It may have been written in between, and nothing would take the mark away then.
            if done.try_recv().is_ok() {
                self.behind.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Notes where a zone holds something else than the last change says: the history was lost, or begins
    /// now, or somebody else has changed the zone.
    pub(crate) fn compare(&self, apex: &Host, zone: &[RecordSet]) {
        let held: Vec<Change> = zone.iter().filter_map(Change::found).collect();
        let all: HashSet<_> = held.iter().map(Change::key).collect();
        let known = self.newest();
        let known: Vec<Change> = known
            .into_iter()
            .filter(|last| last.is_within(apex))
            .collect();
        let gone = known
            .iter()
            .filter(|last| !last.new.is_empty() && !all.contains(&last.key()));
        let gone: Vec<Change> = gone.map(Change::gone).collect();
        for mut change in held.into_iter().chain(gone) {
            let last = known.iter().find(|last| last.key() == change.key());
            let old = last.map_or_else(String::new, |last| last.new.clone());
            if change.new != old {
                change.old = old;
                self.note(change);
            }
        }
    }

    /// The changes of a host, the oldest one first.
    pub(crate) fn of(&self, host: &str) -> Vec<Change> {
        locked(&self.rings).of(host)
    }

    /// The newest change of each host and type.
    pub(crate) fn newest(&self) -> Vec<Change> {
        locked(&self.rings).newest()
    }

    /// Waits until everything so far is written, but not for long.
    pub(crate) fn finish(&self) {
        let (written, done) = sync_channel(1);
        if self.queue.try_send(Message::Tell(written)).is_ok() {
            let _either_way_it_ends = done.recv_timeout(PATIENCE);
        }
    }

    fn note(&self, change: Change) {
        if self.queue.try_send(Message::Note(change)).is_ok() {
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                self.log.warn(&format!("{lost} changes are missing in the history, which was written too slowly: look at the disk"));
            }
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
