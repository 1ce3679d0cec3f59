//! The file of the history: lines are added at its end, and it is written anew when most of them are old.

use super::change::Change;
use super::rings::Rings;
use crate::embedded::locked;
use crate::log::Log;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Lines of a file that is not yet written anew, however few of them are kept.
const SPARE: usize = 1_000;

/// Bytes of the disk that are left to the zones: the history never fills it, because then no update could be
/// written.
const LEFT: u64 = 1 << 20;

/// `history.jsonl`.
pub(super) struct HistoryFile {
    path: PathBuf,
    file: File,
    /// The bytes of whole lines.
    length: u64,
    lines: usize,
}

impl HistoryFile {
    /// Reads the file into `rings`. Lines that are damaged are named in the log and left out; the file is
    /// kept under another name then, and written anew, so that new lines never join half a line.
    pub(super) fn open(path: &Path, rings: &mut Rings, log: &Log) -> io::Result<Self> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let (mut lines, mut damaged) = (0, Vec::new());
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            lines += 1;
            let whole = line.strip_suffix(b"\n");
            match whole.and_then(|line| serde_json::from_slice::<Change>(line).ok()) {
                Some(change) => rings.add(change),
                None => damaged.push((number + 1).to_string()),
            }
        }
        let file = File::options().create(true).append(true).open(path)?;
        let mut own = Self {
            path: path.to_owned(),
            file,
            length: bytes.len() as u64,
            lines,
        };
        if !damaged.is_empty() {
            let (kept, numbers) = (path.with_extension("jsonl.damaged"), damaged.join(", "));
            fs::copy(path, &kept)?;
            own.replace(&rings.lines(), rings.count())?;
            log.warn(&format!(
                "{}: left out what is damaged, line {numbers}; the file as it was is {}. After a kill the last line may be half written, which is no reason to worry",
                path.display(), kept.display()
            ));
        }
        Ok(own)
    }

    /// Adds a line, which is in `rings` already.
    pub(super) fn add(&mut self, change: &Change, rings: &Mutex<Rings>) -> io::Result<()> {
        let line = change.line();
        self.check_room(line.len())?;
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // Half a line would spoil the next one.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        self.lines += 1;
        if self.lines > SPARE && self.lines > 2 * locked(rings).count() {
            let (text, kept) = {
                let rings = locked(rings);
                (rings.lines(), rings.count())
            };
            self.replace(&text, kept)?;
        }
        Ok(())
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Whether there is room for so many bytes, and enough left.
    fn check_room(&self, bytes: usize) -> io::Result<()> {
        let disk = rustix::fs::statvfs(self.folder())?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free.saturating_sub(bytes as u64) >= LEFT {
            return Ok(());
        }
        let what = "less than 1 MiB of the disk is free, and that is left to the zones";
        Err(io::Error::new(ErrorKind::StorageFull, what))
    }

    /// The new file is whole on the disk before it takes the place of the old one.
    fn replace(&mut self, text: &str, lines: usize) -> io::Result<()> {
        self.check_room(text.len())?;
        let folder = self.folder();
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(text.as_bytes())?;
        new.as_file().sync_all()?;
        new.persist(&self.path)?;
        self.file = File::options().append(true).open(&self.path)?;
        (self.length, self.lines) = (text.len() as u64, lines);
        Ok(())
    }
}
