//! ZoneFile: one file of a zone, open, and whether it is still the one at its path.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many files are kept under one kind of name; then the last one makes room.
const KEPT: usize = 99;

/// A file by its path, and the open file that was there when we looked last.
pub(super) struct ZoneFile {
    path: PathBuf,
    open: Option<Open>,
}

struct Open {
    file: File,
    /// As we left it; another length is the work of another program.
    length: u64,
    /// When we left it so: another program may write as many bytes.
    modified: (i64, i64),
}

impl Open {
    fn new(file: File, length: u64) -> io::Result<Self> {
        let modified = modified(&file.metadata()?);
        Ok(Self {
            file,
            length,
            modified,
        })
    }
}

/// What is at the path of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// The file as we left it.
    Ours,
    /// Nothing.
    Gone,
    /// Another file, or ours with another length.
    Changed,
}

impl ZoneFile {
    /// A file that may not exist.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens and locks it. Returns what it holds; `None` if it does not exist.
    ///
    /// # Errors
    /// What the system says; `WouldBlock` if another process has locked it.
    pub(super) fn open(&mut self) -> io::Result<Option<Vec<u8>>> {
        let writing = File::options().read(true).append(true).open(&self.path);
        let mut file = match writing.or_else(|_| File::open(&self.path)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        lock(&file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let length = bytes.len() as u64;
        self.open = Some(Open::new(file, length)?);
        // Whoever had the lock before may have put another file in its place just now.
        match self.presence()? {
            Presence::Ours => Ok(Some(bytes)),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// What is at its path now.
    pub(super) fn presence(&self) -> io::Result<Presence> {
        let there = match fs::metadata(&self.path) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Presence::Gone),
            Err(error) => return Err(error),
        };
        let Some(open) = &self.open else {
            return Ok(Presence::Changed);
        };
        let ours = is_same(&open.file.metadata()?, &there)
            && (there.len(), modified(&there)) == (open.length, open.modified);
        Ok(if ours {
            Presence::Ours
        } else {
            Presence::Changed
        })
    }

    /// Adds bytes at the end; with `durable` they are on the disk when this returns.
    pub(super) fn append(&mut self, bytes: &[u8], durable: bool) -> io::Result<()> {
        let open = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        open.file.write_all(bytes)?;
        if durable {
            open.file.sync_data()?;
        }
        open.length += bytes.len() as u64;
        open.modified = modified(&open.file.metadata()?);
        Ok(())
    }

    /// Takes away what a failed [`append`](Self::append) left behind, as far as that succeeds.
    pub(super) fn cut(&mut self) {
        if let Some(open) = &mut self.open {
            let cut = open.file.set_len(open.length);
            let now = open.file.metadata().map(|there| there.len());
            open.length = cut.and(now).unwrap_or(open.length);
            let now = open.file.metadata().map(|there| modified(&there));
            open.modified = now.unwrap_or(open.modified);
        }
    }

    /// Takes what is at the path now, or nothing, for the file as we left it.
    pub(super) fn adopt(&mut self) -> io::Result<()> {
        self.open = None;
        self.open().map(drop)
    }

    /// Puts a new file with these bytes in its place, all or nothing. A symbolic link stays one.
    pub(super) fn replace(&mut self, bytes: &[u8], durable: bool) -> io::Result<()> {
        let target = target(&self.path)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        self.refuse_anothers()?;
        let mut new = tempfile::Builder::new().append(true).tempfile_in(folder)?;
        lock(new.as_file())?;
        new.write_all(bytes)?;
        if durable {
            new.as_file().sync_all()?;
        }
        let file = new.persist(&target).map_err(|error| error.error)?;
        if durable {
            File::open(folder)?.sync_all()?;
        }
        let length = bytes.len() as u64;
        self.open = Some(Open::new(file, length)?);
        Ok(())
    }

    /// Everything in the open file.
    pub(super) fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let open = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = Vec::new();
        open.file.seek(SeekFrom::Start(0))?;
        open.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Waits until what was written is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.open
            .as_ref()
            .map_or(Ok(()), |open| open.file.sync_data())
    }

    /// Removes it.
    pub(super) fn remove(&mut self) {
        self.open = None;
        let _may_be_gone = fs::remove_file(&self.path);
    }

    /// Gives what is at the path a second name, under which it stays. Returns that name.
    pub(super) fn keep_aside(&self, why: &str) -> io::Result<PathBuf> {
        let name = |number| self.path.with_added_extension(format!("{why}-{number}"));
        let names = (1..=KEPT).map(name);
        let names: Vec<PathBuf> = names.collect();
        let free = names
            .iter()
            .find(|name| fs::symlink_metadata(name).is_err());
        let kept = free.or(names.last()).cloned().unwrap_or_default();
        if free.is_none() {
            fs::remove_file(&kept)?;
        }
        let target = target(&self.path)?;
        fs::hard_link(&target, &kept).or_else(|_| fs::copy(&target, &kept).map(drop))?;
        Ok(kept)
    }

    /// Whether there was a file when we looked last.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// A file that another process has locked is not touched.
    pub(super) fn refuse_anothers(&self) -> io::Result<()> {
        let Ok(there) = File::open(&self.path) else {
            return Ok(());
        };
        let own = self
            .open
            .as_ref()
            .map(|open| open.file.metadata())
            .transpose()?;
        match own {
            Some(own) if is_same(&own, &there.metadata()?) => Ok(()),
            _ => lock(&there),
        }
    }
}

/// Where a path leads to, also where nothing is there yet.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    // As many links as Linux follows.
    for _ in 0..40 {
        let Ok(link) = fs::read_link(&target) else {
            return Ok(target);
        };
        let folder = target.parent().unwrap_or(Path::new("."));
        target = folder.join(link);
    }
    Err(io::Error::other("the symbolic link leads in a circle"))
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn modified(file: &Metadata) -> (i64, i64) {
    (file.mtime(), file.mtime_nsec())
}

fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
        TryLockError::Error(error) => error,
    })
}
