//! Journal: the file of an embedded zone. One JSON line a commit, on the disk before anyone hears
//! of it; rewritten as a whole, by atomic replacement, when it has grown or a write has failed.

use super::records::Records;
use dyn53_core::{Host, RecordData, RecordKey, RecordSet, RecordType};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the first line of a file says it is.
const FORMAT: &str = "dyn53 zone";
/// The version that this program writes; it reads version 1 too, which has addresses only.
const VERSION: u32 = 2;
/// Commits that may gather beyond one a record before the file is rewritten.
const SLACK: usize = 1000;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
    zone: String,
}

/// Every further line: record sets as they are from this serial on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) serial: u32,
    pub(crate) sets: Vec<Stored>,
}

/// A record set in the file; without values: deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    host: String,
    r#type: String,
    ttl: u32,
    values: Vec<String>,
}

impl From<&RecordSet> for Stored {
    fn from(set: &RecordSet) -> Self {
        Self {
            host: set.host.to_string(),
            r#type: set.record_type.to_string(),
            ttl: set.ttl,
            values: set.values.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Stored {
    /// No record set of this name and type.
    pub(crate) fn absent(host: &Host, record_type: RecordType) -> Self {
        Self {
            host: host.to_string(),
            r#type: record_type.to_string(),
            ttl: 0,
            values: Vec::new(),
        }
    }

    /// Name and type, and the record set if there is one; `None` if it cannot be read.
    fn read(&self) -> Option<(RecordKey, Option<RecordSet>)> {
        let host = Host::parse(&self.host).ok()?;
        let record_type = RecordType::parse(&self.r#type)?;
        let values = self.values.iter();
        let values = values.map(|text| RecordData::parse(record_type, text));
        let values: Vec<RecordData> = values.collect::<Option<_>>()?;
        let set = RecordSet::new(host.clone(), record_type, self.ttl, values);
        Some(((host, record_type), set))
    }
}

impl Commit {
    /// Makes the records as this commit says.
    pub(crate) fn apply_to(&self, records: &mut Records) {
        records.serial = self.serial;
        for (key, set) in self.sets.iter().filter_map(Stored::read) {
            records.put(key, set);
        }
    }
}

/// Why a zone's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Made by a later version of this program.
    #[error(
        "{} is of file version {version} and this program reads version {VERSION}: start the newer dyn53 that wrote it, or move the file away",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file of another zone.
    #[error("{} belongs to the zone {zone}: give the file its own name back", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The zone that it names.
        zone: String,
    },
    /// The file cannot be read or put aside.
    #[error("{} cannot be read: {error}; check the folder and its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// What was in a file.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) commits: Vec<Commit>,
    /// The file was damaged at this line, and is kept under this name.
    pub(crate) damaged: Option<(usize, PathBuf)>,
}

/// The file, open for the next commit.
pub(crate) struct Journal {
    path: PathBuf,
    zone: Host,
    /// `None`: it must be rewritten before the next commit.
    file: Option<File>,
    length: u64,
    lines: usize,
}

impl Journal {
    /// Reads the file; a damaged one is kept aside. Writes nothing yet.
    pub(crate) fn open(folder: &Path, zone: &Host) -> Result<(Self, Contents), JournalError> {
        let path = folder.join(format!("{}.zone", zone.as_str()));
        let mut journal = Self {
            path,
            zone: zone.clone(),
            file: None,
            length: 0,
            lines: 0,
        };
        let failed = |error| JournalError::Io {
            path: journal.path.clone(),
            error,
        };
        let bytes = match fs::read(&journal.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((journal, Contents::default()));
            }
            Err(error) => return Err(failed(error)),
        };
        let (commits, damaged) = journal.read(&bytes)?;
        let mut contents = Contents {
            commits,
            damaged: None,
        };
        if let Some(line) = damaged {
            let aside = aside(&journal.path);
            fs::rename(&journal.path, &aside).map_err(failed)?;
            contents.damaged = Some((line, aside));
        } else if bytes.ends_with(b"\n") {
            journal.file = File::options().append(true).open(&journal.path).ok();
            journal.length = bytes.len() as u64;
            journal.lines = contents.commits.len();
        }
        Ok((journal, contents))
    }

    /// The commits in order, and the first damaged line. What follows the last line end was never
    /// acknowledged: the program died while it wrote.
    fn read(&self, bytes: &[u8]) -> Result<(Vec<Commit>, Option<usize>), JournalError> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        let mut lines = bytes
            .get(..whole)
            .unwrap_or_default()
            .split(|b| *b == b'\n');
        let head = lines.next().unwrap_or_default();
        match serde_json::from_slice::<Head>(head) {
            Ok(head) if head.format != FORMAT => return Ok((Vec::new(), Some(1))),
            Ok(Head { version, .. }) if version > VERSION => {
                let path = self.path.clone();
                return Err(JournalError::Newer { path, version });
            }
            Ok(Head { zone, .. }) if zone != self.zone.as_str() => {
                let path = self.path.clone();
                return Err(JournalError::Other { path, zone });
            }
            Ok(_) => {}
            Err(_) => return Ok((Vec::new(), Some(1))),
        }
        let mut commits = Vec::new();
        for (number, line) in lines.enumerate() {
            match serde_json::from_slice(line) {
                Ok(commit) => commits.push(commit),
                Err(_) => return Ok((commits, Some(number + 2))),
            }
        }
        Ok((commits, None))
    }

    /// Puts a commit on the disk, behind what `records` holds so far.
    pub(crate) fn append(
        &mut self,
        commit: &Commit,
        records: impl FnOnce() -> Commit,
    ) -> io::Result<()> {
        let written = self.write(commit, records);
        if written.is_err() {
            let cut = self.file.take().map(|file| file.set_len(self.length));
            drop(cut);
        }
        written
    }

    fn write(&mut self, commit: &Commit, records: impl FnOnce() -> Commit) -> io::Result<()> {
        let due = self.lines > SLACK;
        let file = match self.file.as_mut().filter(|_| !due) {
            Some(file) => file,
            None => self.rewrite(&records())?,
        };
        let line = line(commit)?;
        file.write_all(&line)?;
        file.sync_data()?;
        self.length += line.len() as u64;
        self.lines += 1;
        Ok(())
    }

    fn rewrite(&mut self, records: &Commit) -> io::Result<&mut File> {
        self.file = None;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        let head = Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            zone: self.zone.to_string(),
        };
        let text = [line(&head)?, line(records)?].concat();
        new.write_all(&text)?;
        new.as_file().sync_all()?;
        let file = new.persist(&self.path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()?;
        self.length = text.len() as u64;
        self.lines = 0;
        Ok(self.file.insert(file))
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// A free name beside `path`.
fn aside(path: &Path) -> PathBuf {
    let names = (1..).map(|number| path.with_extension(format!("zone.damaged-{number}")));
    let mut free = names.filter(|name| !name.exists());
    free.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyn53_testkit::contract::{host, set};
    use rstest::rstest;

    fn commit(serial: u32) -> Commit {
        let last = serial % 256;
        Commit {
            serial,
            sets: vec![Stored::from(&set(
                "home.example.net",
                60,
                &format!("203.0.113.{last}"),
            ))],
        }
    }

    fn open(folder: &Path) -> (Journal, Contents) {
        Journal::open(folder, &host("example.net")).unwrap()
    }

    fn serials(folder: &Path) -> Vec<u32> {
        let (_, contents) = open(folder);
        contents
            .commits
            .iter()
            .map(|commit| commit.serial)
            .collect()
    }

    #[test]
    fn a_full_disk_loses_nothing_that_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = open(folder.path());
        journal.append(&commit(2), Commit::default).unwrap();
        let full = File::options().append(true).open("/dev/full").unwrap();
        let good = journal.file.replace(full);
        assert!(journal.append(&commit(3), Commit::default).is_err());
        drop(good);
        assert_eq!(serials(folder.path()), [0, 2]);
        journal.append(&commit(4), || commit(2)).unwrap();
        assert_eq!(serials(folder.path()), [2, 4]);
    }

    #[test]
    fn a_half_written_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = open(folder.path());
        journal.append(&commit(2), Commit::default).unwrap();
        let path = folder.path().join("example.net.zone");
        let whole = fs::read(&path).unwrap();
        for cut in 1..20 {
            fs::write(&path, whole.get(..whole.len() - cut).unwrap()).unwrap();
            let (mut journal, contents) = open(folder.path());
            assert_eq!((contents.commits.len(), contents.damaged), (1, None));
            journal.append(&commit(5), || commit(4)).unwrap();
            assert_eq!(serials(folder.path()), [4, 5]);
        }
    }

    #[test]
    fn a_folder_that_is_gone_is_an_error_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = open(folder.path());
        fs::remove_dir(folder.path()).unwrap();
        assert!(journal.append(&commit(2), Commit::default).is_err());
        fs::create_dir(folder.path()).unwrap();
        journal.append(&commit(3), Commit::default).unwrap();
        assert_eq!(serials(folder.path()), [0, 3]);
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = open(folder.path());
        for serial in 1..=20 {
            if serial == 10 {
                journal.lines = SLACK + 1;
            }
            journal
                .append(&commit(serial), || commit(serial - 1))
                .unwrap();
        }
        assert_eq!(serials(folder.path()), (9..=20).collect::<Vec<u32>>());
    }

    #[rstest]
    #[case(1, "", 0)]
    #[case(
        1,
        "{\"format\":\"other\",\"version\":1,\"zone\":\"example.net\"}\n",
        0
    )]
    #[case(
        3,
        "HEAD{\"serial\":1,\"sets\":[]}\n\0\0\0\0\n{\"serial\":3,\"sets\":[]}\n",
        1
    )]
    #[case(2, "HEAD{\"serial\":\n", 0)]
    fn a_damaged_file_is_kept_aside(
        #[case] line: usize,
        #[case] text: &str,
        #[case] commits: usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let head = "{\"format\":\"dyn53 zone\",\"version\":1,\"zone\":\"example.net\"}\n";
        let text = text.replace("HEAD", head);
        let path = folder.path().join("example.net.zone");
        for number in 1..=2 {
            fs::write(&path, &text).unwrap();
            let (_, contents) = open(folder.path());
            let kept = folder
                .path()
                .join(format!("example.net.zone.damaged-{number}"));
            assert_eq!(contents.damaged, Some((line, kept.clone())));
            assert_eq!(contents.commits.len(), commits);
            assert_eq!(fs::read_to_string(kept).unwrap(), text);
            assert!(!path.exists());
        }
    }

    #[rstest]
    #[case(
        "{\"format\":\"dyn53 zone\",\"version\":3,\"zone\":\"example.net\",\"new\":1}\n",
        "is of file version 3 and this program reads version 2: start the newer dyn53 that wrote it, or move the file away"
    )]
    #[case(
        "{\"format\":\"dyn53 zone\",\"version\":1,\"zone\":\"example.org\"}\n",
        "belongs to the zone example.org: give the file its own name back"
    )]
    fn files_that_are_refused_stay(#[case] text: &str, #[case] reason: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("example.net.zone");
        fs::write(&path, text).unwrap();
        let error = Journal::open(folder.path(), &host("example.net"))
            .err()
            .unwrap();
        assert_eq!(error.to_string(), format!("{} {reason}", path.display()));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
