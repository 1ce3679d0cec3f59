//! Exchange: what a zone holds, out of and into its files while no server needs to run.

use super::error::StoreError;
use super::files::paths;
use super::journal::{Commit, Journal};
use super::line::Stored;
use super::load::{self, Scans};
use super::notice::Notice;
use super::recovery::{Finding, Which};
use super::serial::above;
use dyn53_core::{Host, RecordSet};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What the files of a zone hold.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The serial of the zone.
    pub serial: u32,
    /// All record sets, sorted by name and type.
    pub sets: Vec<RecordSet>,
    /// What is wrong with the files, one sentence each.
    pub findings: Vec<String>,
}

/// Reads the files of a zone in `folder` and changes nothing, also while a server runs; with
/// `salvage` also where too much is damaged to say which records are the newest. `None`: there are no
/// files.
///
/// # Errors
/// [`StoreError`].
pub fn export(folder: &Path, apex: &Host, salvage: bool) -> Result<Option<Exported>, StoreError> {
    let scans = Scans::peek(folder, apex)?;
    if scans.are_absent() {
        return Ok(None);
    }
    let found = scans.recover(folder, apex, salvage)?;
    let sets: BTreeMap<_, _> = found.changes.into_iter().collect();
    let [main, copy] = paths(folder, apex);
    let sentence = |finding: Finding| {
        let path = if finding.file == Which::Main {
            &main
        } else {
            &copy
        };
        format!("{} {}", path.display(), finding.what)
    };
    let findings = found.findings.into_iter().filter(|f| f.is_damage);
    Ok(Some(Exported {
        serial: found.serial,
        sets: sets.into_values().flatten().collect(),
        findings: findings.map(sentence).collect(),
    }))
}

/// Makes the zone hold these record sets and nothing else, above every serial that it had. Returns
/// under which names the former files are kept.
///
/// # Errors
/// [`StoreError`]; also while a server has the files open.
pub fn import(folder: &Path, apex: &Host, sets: &[RecordSet]) -> Result<Vec<PathBuf>, StoreError> {
    let (files, scans) = load::open(folder, apex)?;
    let failed = |error| StoreError::Io {
        path: folder.to_owned(),
        error,
    };
    let kept = files.keep_all("replaced").map_err(failed)?;
    let (generation, serial) = scans.newest();
    let mut journal = Journal::new(apex.clone(), files, generation);
    let commit = Commit {
        serial: above(serial),
        sets: sets
            .iter()
            .map(|set| Stored::of(&set.key(), Some(set)))
            .collect(),
    };
    journal.rewrite(&commit).map_err(failed)?;
    let trouble: Vec<Notice> = journal.notices();
    match trouble.into_iter().next() {
        None => Ok(kept),
        Some(notice) => Err(failed(io::Error::other(notice.text))),
    }
}
