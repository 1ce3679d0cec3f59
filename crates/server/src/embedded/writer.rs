//! Writer: the thread that alone touches the files of a zone. A disk that hangs stops this thread and no other.

use super::journal::{Commit, Journal};
use super::line::Stored;
use super::lock::locked;
use super::notice::Notice;
use super::outlook::Verdict;
use super::queue::{Queue, Work};
use super::records::Records;
use super::serial::next;
use dyn53_core::{Host, RecordKey, RecordSet, Step};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

/// How often it looks after the files while nothing is to be written.
const TEND: Duration = Duration::from_secs(1);

/// Where notices go.
type Sink = Box<dyn Fn(&Notice) + Send>;

/// What the zone and its writer share.
pub(super) struct Shared {
    pub(super) apex: Host,
    /// What is on the disk.
    pub(super) records: RwLock<Records>,
    pub(super) queue: Queue,
    pub(super) sink: Mutex<Option<Sink>>,
}

impl Shared {
    /// Looks at the records. The writer waits until the look is over.
    pub(super) fn with<T>(&self, look: impl FnOnce(&Records) -> T) -> T {
        look(&self.records.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// All that is on the disk.
    pub(super) fn so_far(&self) -> Commit {
        self.with(|records| {
            let mut sets: Vec<&RecordSet> = records.all().collect();
            sets.sort_by_cached_key(|set| set.key());
            let sets = sets.into_iter();
            Commit {
                serial: records.serial,
                sets: sets.map(|set| Stored::of(&set.key(), Some(set))).collect(),
            }
        })
    }

    fn tell(&self, notices: &[Notice]) {
        if let Some(sink) = locked(&self.sink).as_ref() {
            notices.iter().for_each(sink);
        }
    }
}

/// Starts the thread.
pub(super) fn spawn(shared: &Arc<Shared>, journal: Journal) -> io::Result<()> {
    let shared = Arc::clone(shared);
    let thread = thread::Builder::new().name(format!("zone {}", shared.apex));
    thread.spawn(move || run(&shared, journal)).map(drop)
}

/// Writes until it is told to stop.
fn run(shared: &Shared, mut journal: Journal) {
    let so_far = || shared.so_far();
    let mut last_trouble = None;
    loop {
        let mut late: Vec<Notice> = Vec::new();
        let trouble = match shared.queue.next(TEND) {
            Work::Write(batch) => {
                let verdict = write(shared, &mut journal, &batch.changes);
                let abandoned = shared.queue.settle(&batch, &verdict);
                late = abandoned.iter().map(made_late).collect();
                // Those who wait tell what went wrong.
                last_trouble.take()
            }
            Work::Idle => journal
                .tend(&so_far)
                .err()
                .map(|error| unwritable(&shared.apex, &error)),
            Work::Stop => break,
        };
        let mut notices = journal.notices();
        if trouble != last_trouble {
            notices.extend(trouble.clone().map(Notice::error));
            last_trouble = trouble;
        }
        notices.append(&mut late);
        shared.tell(&notices);
    }
    let _as_good_as_it_gets = journal.close(&so_far);
    shared.tell(&journal.notices());
    drop(journal);
    shared.queue.end();
}

/// Each change that was made is in the log, also one whose client was told that it failed.
fn made_late(step: &Step) -> Notice {
    let values = |set: &Option<RecordSet>| match set {
        Some(set) => {
            let values: Vec<String> = set.values.iter().map(ToString::to_string).collect();
            values.join(" ")
        }
        None => "none".to_owned(),
    };
    let (old, new) = (values(&step.before), values(&step.after));
    let (host, record_type) = (&step.host, step.record_type);
    Notice {
        text: format!(
            "{host} {record_type}: {old} -> {new}, made late: the disk did not answer in time, and the client was told 911"
        ),
        is_error: false,
    }
}

fn write(shared: &Shared, journal: &mut Journal, changes: &[Step]) -> Verdict {
    let newest: BTreeMap<RecordKey, &Option<RecordSet>> = changes
        .iter()
        .map(|step| (step.key(), &step.after))
        .collect();
    let commit = Commit {
        serial: shared.with(|records| next(records.serial)),
        sets: newest
            .iter()
            .map(|(key, set)| Stored::of(key, set.as_ref()))
            .collect(),
    };
    let written = journal.append(&commit, &|| shared.so_far());
    written.map_err(|error| unwritable(&shared.apex, &error))?;
    let mut records = shared
        .records
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    records.serial = commit.serial;
    for (key, set) in newest {
        records.put(key, set.clone());
    }
    Ok(())
}

/// The sentence for a file that cannot be written.
pub(super) fn unwritable(apex: &Host, error: &io::Error) -> String {
    let cause = if error.kind() == io::ErrorKind::WouldBlock {
        "another dyn53 has taken it".to_owned()
    } else {
        error.to_string()
    };
    format!(
        "the file of the zone {apex} cannot be written: {cause}; make room or check the data folder"
    )
}
