//! Journal: the two files of an embedded zone. A commit is on the disk in the first one, and written to
//! the second one, before anyone hears of it.
//!
//! Both are rewritten as a whole, by atomic replacement, before the first commit of a process, when they
//! have grown, after a write that failed, and when another program has changed them.

use super::file::{Presence, ZoneFile};
use super::files::Files;
use super::line::{Entry, FORMAT, Head, Stored, VERSION, seal};
use super::notice::Notice;
use dyn53_core::Host;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// Commits that may gather beyond one a record set before the files are rewritten.
const SLACK: usize = 1000;
/// How often a commit is tried while another program replaces the file.
const TRIES: usize = 3;

/// Record sets as they are from this serial on.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) serial: u32,
    pub(super) sets: Vec<Stored>,
}

/// The files, open for the next commit.
pub(super) struct Journal {
    zone: Host,
    main: ZoneFile,
    copy: ZoneFile,
    generation: u64,
    /// How many lines after the first one are the snapshot.
    snapshot: usize,
    /// How many lines the files have; `None`: they must be rewritten before the next commit.
    lines: Option<usize>,
    /// The files are not what the zone holds.
    must_rewrite: bool,
    copy_state: CopyState,
    notices: Vec<Notice>,
}

/// What the second file has, compared with the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CopyState {
    /// The same, and on the disk.
    Durable,
    /// The same.
    Written,
    /// It could not be written and was removed.
    Absent,
}

impl Journal {
    /// The files, as they were read; nothing is written yet.
    pub(super) fn new(zone: Host, files: Files, generation: u64) -> Self {
        let Files { main, copy } = files;
        Self {
            zone,
            main,
            copy,
            generation,
            snapshot: 0,
            lines: None,
            must_rewrite: false,
            copy_state: CopyState::Durable,
            notices: Vec::new(),
        }
    }

    /// What the operator should read; each notice once.
    pub(super) fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Puts a commit on the disk, behind what the zone holds `so_far`.
    pub(super) fn append(
        &mut self,
        commit: &Commit,
        so_far: &impl Fn() -> Commit,
    ) -> io::Result<()> {
        for _ in 0..TRIES {
            self.look()?;
            let lines = match self
                .lines
                .filter(|lines| *lines <= 2 * self.snapshot + SLACK)
            {
                Some(lines) => lines,
                None => self.rewrite(&so_far())?,
            };
            let line = self.entry(lines + 1, commit)?;
            if let Err(error) = self.main.append(&line, true) {
                self.main.cut();
                self.lines = None;
                return Err(error);
            }
            if self.main.presence()? == Presence::Ours {
                self.lines = Some(lines + 1);
                self.append_copy(&line);
                return Ok(());
            }
        }
        Err(io::Error::other(
            "another program replaces it again and again",
        ))
    }

    /// Writes both files again from what the zone holds. Returns how many lines they have.
    pub(super) fn rewrite(&mut self, so_far: &Commit) -> io::Result<usize> {
        self.lines = None;
        self.must_rewrite = true;
        self.generation = now().max(self.generation + 1);
        self.snapshot = so_far.sets.len();
        let lines = 1 + self.snapshot;
        let bytes = self.snapshot(so_far)?;
        self.main.replace(&bytes, true)?;
        self.lines = Some(lines);
        self.must_rewrite = false;
        self.write_copy(&bytes);
        Ok(lines)
    }

    /// Looks after the files while nothing else is to do: they are put back if they are gone or
    /// another program changed them, and the second one gets to the disk.
    pub(super) fn tend(&mut self, so_far: &impl Fn() -> Commit) -> io::Result<()> {
        self.look()?;
        if self.must_rewrite {
            self.rewrite(&so_far())?;
        }
        let copy = self.copy.presence()?;
        if copy != Presence::Ours && self.lines.is_some() {
            if self.copy_state != CopyState::Absent {
                self.changed_copy(copy);
            }
            let bytes = self.main.bytes()?;
            self.write_copy(&bytes);
        }
        if self.copy_state == CopyState::Written {
            self.copy.sync()?;
            self.copy_state = CopyState::Durable;
        }
        Ok(())
    }

    /// Leaves files in which each line is one record set: damage cannot touch more than that.
    pub(super) fn close(&mut self, so_far: &impl Fn() -> Commit) -> io::Result<()> {
        if self.lines.is_some_and(|lines| lines > 1 + self.snapshot) {
            self.rewrite(&so_far())?;
        }
        self.tend(so_far)
    }

    /// Notices a first file that is gone or changed; a changed one is kept.
    fn look(&mut self) -> io::Result<()> {
        let presence = self.main.presence()?;
        if presence == Presence::Ours || (presence == Presence::Gone && !self.main.is_open()) {
            return Ok(());
        }
        self.lines = None;
        self.must_rewrite = true;
        let path = self.main.path().display().to_string();
        let text = if presence == Presence::Gone {
            format!("{path} was removed while the zone is served: it is written again from memory")
        } else {
            self.main.refuse_anothers()?;
            let kept = self.main.keep_aside("changed")?;
            let kept = kept.display();
            format!(
                "{path} was changed by another program while the zone is served: it is written again from memory, and what the other program made of it is kept as {kept}; stop dyn53 before you put a file in its place, or use `dyn53 zone import`"
            )
        };
        self.warn(text);
        self.main.adopt()
    }

    fn append_copy(&mut self, line: &[u8]) {
        let presence = self.copy.presence().unwrap_or(Presence::Changed);
        if self.copy_state == CopyState::Absent {
            return;
        }
        if presence == Presence::Ours && self.copy.append(line, false).is_ok() {
            self.copy_state = CopyState::Written;
            return;
        }
        if presence != Presence::Ours {
            self.changed_copy(presence);
        }
        match self.main.bytes() {
            Ok(bytes) => self.write_copy(&bytes),
            Err(error) => self.drop_copy(&error),
        }
    }

    fn write_copy(&mut self, bytes: &[u8]) {
        match self.copy.replace(bytes, false) {
            Ok(()) => self.copy_state = CopyState::Written,
            Err(error) => self.drop_copy(&error),
        }
    }

    /// A copy that stays behind would be worse than none.
    fn drop_copy(&mut self, error: &io::Error) {
        self.copy.remove();
        if self.copy_state != CopyState::Absent {
            let path = self.copy.path().display();
            self.warn(format!("{path} cannot be written: {error}; the zone is served without its second file until there is room"));
        }
        self.copy_state = CopyState::Absent;
    }

    fn changed_copy(&mut self, presence: Presence) {
        let path = self.copy.path().display();
        let what = match presence {
            Presence::Gone => "removed",
            Presence::Ours | Presence::Changed => "changed by another program",
        };
        self.warn(format!(
            "{path} was {what} while the zone is served: it is written again"
        ));
    }

    fn warn(&mut self, text: String) {
        self.notices.push(Notice::error(text));
    }

    fn snapshot(&self, so_far: &Commit) -> io::Result<Vec<u8>> {
        let mut bytes = seal(&Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            zone: self.zone.to_string(),
            generation: self.generation,
            snapshot: self.snapshot,
            serial: so_far.serial,
        })?;
        for (index, stored) in so_far.sets.iter().enumerate() {
            let sets = vec![stored.clone()];
            let serial = so_far.serial;
            bytes.extend(self.entry(index + 2, &Commit { serial, sets })?);
        }
        Ok(bytes)
    }

    fn entry(&self, line: usize, commit: &Commit) -> io::Result<Vec<u8>> {
        let entry = Entry {
            generation: self.generation,
            snapshot: self.snapshot,
            line,
            serial: commit.serial,
            sets: commit.sets.clone(),
        };
        Ok(seal(&entry)?)
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| u64::try_from(since.as_nanos()).unwrap_or(1))
}
