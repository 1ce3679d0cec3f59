//! EmbeddedZone: a zone that this server itself answers for.
//!
//! A plan joins the `queue`; the `writer` thread takes what has gathered, puts it into the `journal`
//! (two files, one checksum a line), and then into the `records` that DNS is answered from. What is
//! found when the files are opened goes through `load`: each file is a `scan`, and `recovery` puts the
//! two together.

mod error;
mod exchange;
mod file;
mod files;
mod formats;
mod journal;
mod line;
mod load;
mod lock;
mod name_server;
mod notice;
mod outlook;
mod queue;
mod records;
mod recovery;
mod scan;
mod serial;
mod version1;
mod version2;
mod writer;

pub use error::StoreError;
pub use exchange::{Exported, export, import};
pub(crate) use lock::locked;
pub use name_server::NameServer;
pub use notice::Notice;
pub(crate) use records::{Key, Node, Records, key, upwards, wire};

use dyn53_core::{Applied, Host, Plan, Reading, RecordSet, Wanted, Zone, ZoneError};
use journal::Journal;
use queue::{Joined, Queue};
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};
use writer::Shared;

/// How long the end of a zone waits for a disk that hangs.
const STOP: Duration = Duration::from_secs(5);

/// What an embedded zone is configured to be.
#[derive(Clone, Debug)]
pub struct EmbeddedSettings {
    /// The name of the zone.
    pub apex: Host,
    /// Time to live of its SOA and NS records and of negative answers, in seconds.
    pub ttl: u32,
    /// Its name servers, the first one is the SOA record's.
    pub name_servers: Vec<NameServer>,
    /// The zones below it that this server answers for as well.
    pub below: Vec<Host>,
    /// Records that are answered as configured, and that no client changes.
    pub fixed: Vec<RecordSet>,
}

/// A zone kept in two files of the data folder and answered over DNS by this server.
pub struct EmbeddedZone {
    settings: EmbeddedSettings,
    shared: Arc<Shared>,
}

impl EmbeddedZone {
    /// Opens the zone's files in `folder`. What is damaged is put together from both files, written
    /// again at once and told; the damaged file is kept under another name.
    ///
    /// # Errors
    /// [`StoreError`]; also where too much is damaged to say which addresses are the newest.
    pub fn open(
        folder: &Path,
        settings: EmbeddedSettings,
    ) -> Result<(Self, Vec<Notice>), StoreError> {
        let apex = &settings.apex;
        let (files, scans) = load::open(folder, apex)?;
        let found = scans.recover(folder, apex, false)?;
        let is_old = found.generation == 0;
        let is_damaged = found.findings.iter().any(|finding| finding.is_damage);
        let serial = if is_damaged || scans.are_absent() {
            serial::above(found.serial)
        } else {
            found.serial
        };
        let mut records = empty(&settings, serial);
        for (key, set) in found.changes {
            records.put(key, set);
        }
        let shared = Arc::new(Shared {
            apex: apex.clone(),
            records: RwLock::new(records),
            queue: Queue::default(),
            sink: Mutex::default(),
        });
        let mut notices = files.keep(&found.findings);
        let mut journal = Journal::new(apex.clone(), files, found.generation);
        if is_old || !found.findings.is_empty() {
            if let Err(error) = journal.rewrite(&shared.so_far()) {
                notices.push(Notice::error(writer::unwritable(apex, &error)));
            }
            notices.extend(journal.notices());
        }
        writer::spawn(&shared, journal).map_err(|error| {
            let path = folder.to_owned();
            StoreError::Io { path, error }
        })?;
        Ok((Self { settings, shared }, notices))
    }

    /// What the zone is.
    #[must_use]
    pub fn settings(&self) -> &EmbeddedSettings {
        &self.settings
    }

    /// Says where notices go that come up while the zone is served.
    pub fn on_notice(&self, sink: impl Fn(&Notice) + Send + 'static) {
        *locked(&self.shared.sink) = Some(Box::new(sink));
    }

    /// All its record sets, sorted by name and type.
    #[must_use]
    pub fn contents(&self) -> Vec<RecordSet> {
        let mut sets: Vec<RecordSet> = self.with(|records| records.all().cloned().collect());
        sets.sort_by_key(RecordSet::key);
        sets
    }

    /// The serial of its SOA record.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.with(|records| records.serial)
    }

    /// Looks at the records. The writer waits until the look is over.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Records) -> T) -> T {
        self.shared.with(look)
    }

    fn error(&self, what: &str) -> ZoneError {
        let apex = &self.settings.apex;
        ZoneError::new(format!("the file of the zone {apex} {what}"), 0)
    }
}

impl Zone for EmbeddedZone {
    /// What is on the disk: nothing that is still on its way there.
    fn read(&self, wanted: &[Wanted], _deadline: Instant) -> Result<Reading, ZoneError> {
        let sets = self.with(|records| {
            let found = wanted
                .iter()
                .filter_map(|w| records.find(&w.host, w.record_type));
            found.cloned().collect()
        });
        Ok(Reading {
            sets,
            ..Reading::default()
        })
    }

    fn apply(&self, plan: &Plan, deadline: Instant) -> Result<Applied, ZoneError> {
        let queue = &self.shared.queue;
        let (before, own) = match self.with(|records| {
            queue.join(plan, |(host, record_type)| {
                records.find(host, *record_type).cloned()
            })
        }) {
            Joined::Done => return Ok(Applied::Done { calls: 0 }),
            Joined::Stale(now) => return Ok(Applied::stale(now)),
            Joined::Full => {
                return Err(self.error(
                    "is written too slowly, too many updates wait for it: look at the disk",
                ));
            }
            Joined::Waits { before, own } => (before, own),
        };
        for slot in before.iter().chain(&own) {
            let verdict = slot.wait(deadline);
            match verdict.or_else(|| own.as_ref()?.abandon(plan.changes())) {
                Some(Ok(())) => {}
                Some(Err(reason)) => return Err(ZoneError::new(reason, 0)),
                None => return Err(self.error("was not written in time: look at the disk; the update is made when the disk answers again")),
            }
        }
        Ok(Applied::Done { calls: 0 })
    }
}

impl Drop for EmbeddedZone {
    fn drop(&mut self) {
        self.shared.queue.stop(STOP);
    }
}

/// The zone without what clients have set.
fn empty(settings: &EmbeddedSettings, serial: u32) -> Records {
    let servers = settings.name_servers.iter();
    let own = servers.flat_map(|server| server.sets(settings.ttl));
    let own = own.chain(settings.fixed.iter().cloned());
    Records::new(&settings.apex, own.collect(), &settings.below, serial)
}
