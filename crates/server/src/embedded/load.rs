//! Load: from the bytes of a zone's two files to what they hold.

use super::error::StoreError;
use super::files::{Files, paths};
use super::formats::{Foreign, scan};
use super::recovery::{Recovered, Unrecoverable, recover};
use super::scan::Scan;
use dyn53_core::Host;
use std::fs;
use std::io;
use std::path::Path;

/// What each of them holds; `None`: it does not exist.
pub(super) struct Scans {
    main: Option<Scan>,
    copy: Option<Scan>,
}

/// Opens and locks both files.
pub(super) fn open(folder: &Path, apex: &Host) -> Result<(Files, Scans), StoreError> {
    let mut files = Files::new(folder, apex);
    let main = read(files.main.open(), files.main.path(), apex)?;
    let copy = read(files.copy.open(), files.copy.path(), apex)?;
    Ok((files, Scans { main, copy }))
}

impl Scans {
    /// Reads the files and changes nothing, also while a server has them open.
    pub(super) fn peek(folder: &Path, apex: &Host) -> Result<Self, StoreError> {
        let [main, copy] = paths(folder, apex).map(|path| {
            let bytes = match fs::read(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                bytes => bytes.map(Some),
            };
            read(bytes, &path, apex)
        });
        let (main, copy) = (main?, copy?);
        Ok(Self { main, copy })
    }

    /// Whether neither of them exists.
    pub(super) fn are_absent(&self) -> bool {
        self.main.is_none() && self.copy.is_none()
    }

    /// What they hold together; with `salvage` also where commits are lost.
    pub(super) fn recover(
        &self,
        folder: &Path,
        apex: &Host,
        salvage: bool,
    ) -> Result<Recovered, StoreError> {
        let recovered = recover(self.main.as_ref(), self.copy.as_ref(), salvage);
        recovered.map_err(|reason| {
            let [path, _] = paths(folder, apex);
            let zone = apex.to_string();
            match reason {
                Unrecoverable::Nothing => StoreError::Unreadable { path, zone },
                Unrecoverable::Commit(line) => StoreError::Lost { path, zone, line },
            }
        })
    }

    /// The highest generation and serial that can be read.
    pub(super) fn newest(&self) -> (u64, u32) {
        let scans = || self.main.iter().chain(&self.copy);
        let serials = scans().flat_map(|scan| scan.steps.values());
        let serial = serials.map(|step| step.serial).max();
        let generation = scans().map(|scan| scan.generation).max();
        (generation.unwrap_or(0), serial.unwrap_or(0))
    }
}

fn read(
    bytes: io::Result<Option<Vec<u8>>>,
    path: &Path,
    apex: &Host,
) -> Result<Option<Scan>, StoreError> {
    let path = || path.to_owned();
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => StoreError::Locked(path()),
        _ => StoreError::Io {
            path: path(),
            error,
        },
    })?;
    let scanned = bytes.map(|bytes| scan(&bytes, apex)).transpose();
    scanned.map_err(|foreign| match foreign {
        Foreign::Newer(version) => StoreError::Newer {
            path: path(),
            version,
        },
        Foreign::Zone(zone) => StoreError::Other { path: path(), zone },
    })
}
