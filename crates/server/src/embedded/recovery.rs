//! Recovery: what the two files of a zone hold together.
//!
//! Each line is in both files, so what is damaged in one is taken from the other. A line that is
//! lost in both is harmless in the snapshot, where it is one record set and nothing else. A lost
//! commit may have changed any record before it: then the zone is not opened, because it would
//! answer with old addresses.

use super::line::Change;
use super::scan::{Flaw, Scan, Step};
use std::collections::BTreeMap;

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The one that is on the disk before an update is acknowledged.
    Main,
    /// The other one.
    Copy,
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) file: Which,
    pub(super) what: String,
    /// Damage; else it is what a kill leaves behind.
    pub(super) is_damage: bool,
}

/// What both files hold.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) generation: u64,
    /// The highest serial that was read.
    pub(super) serial: u32,
    /// All changes in order.
    pub(super) changes: Vec<Change>,
    /// What was wrong; empty if the files are as they should be.
    pub(super) findings: Vec<Finding>,
}

/// Why a zone cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unrecoverable {
    /// Nothing can be read.
    Nothing,
    /// This line is lost in both files, and it is a commit.
    Commit(usize),
}

/// How many damaged lines of a file are named one by one.
const NAMED: usize = 20;

/// Puts together what is in the two files; `None` is a file that does not exist. With `salvage` also
/// where commits are lost.
pub(super) fn recover(
    main: Option<&Scan>,
    copy: Option<&Scan>,
    salvage: bool,
) -> Result<Recovered, Unrecoverable> {
    let usable = || main.iter().chain(&copy).filter(|scan| scan.is_usable());
    let Some(generation) = usable().map(|scan| scan.generation).max() else {
        return match (main, copy) {
            (None, None) => Ok(Recovered::default()),
            _ => Err(Unrecoverable::Nothing),
        };
    };
    let newest = || usable().filter(|scan| scan.generation == generation);
    let steps: BTreeMap<usize, &Step> = newest().flat_map(|scan| &scan.steps).map(own).collect();
    let snapshot = newest().map(|scan| 1 + scan.snapshot).max().unwrap_or(1);
    let last = steps.keys().next_back().copied().unwrap_or(1);
    let lost = lost(&steps, generation, last.max(snapshot));
    let commit = lost.iter().find(|line| **line > snapshot);
    if let Some(commit) = commit.filter(|_| !salvage) {
        return Err(Unrecoverable::Commit(*commit));
    }
    let changes: Vec<Change> = steps.values().flat_map(|s| s.changes.clone()).collect();
    let flawed = generation == 0 && usable().any(|scan| !scan.flaws.is_empty());
    if changes.is_empty() && (flawed || !lost.is_empty()) {
        return Err(Unrecoverable::Nothing);
    }
    let mut findings = in_file(Which::Main, main, generation, last);
    findings.extend(in_file(Which::Copy, copy, generation, last));
    findings.extend(
        few(lost.iter().map(|line| missing(*line)), lost.len())
            .map(|what| damage(Which::Main, what)),
    );
    let serials = usable().flat_map(|scan| scan.steps.values());
    Ok(Recovered {
        generation,
        serial: serials.map(|step| step.serial).max().unwrap_or(0),
        changes,
        findings,
    })
}

fn own<'a>((line, step): (&usize, &'a Step)) -> (usize, &'a Step) {
    (*line, step)
}

/// The lines up to `end` that no file holds. Those of version 1 have no numbers.
fn lost(steps: &BTreeMap<usize, &Step>, generation: u64, end: usize) -> Vec<usize> {
    let lines = (2..=end).filter(|_| generation > 0);
    lines.filter(|line| !steps.contains_key(line)).collect()
}

/// What is wrong with one file, if the zone is of this generation and ends with this line.
fn in_file(which: Which, scan: Option<&Scan>, generation: u64, last: usize) -> Vec<Finding> {
    let Some(scan) = scan else {
        // Version 1 had no copy.
        let expected = which == Which::Main || generation > 0;
        let missing = damage(which, "is missing".to_owned());
        return expected.then_some(missing).into_iter().collect();
    };
    if !scan.is_usable() {
        return vec![damage(which, "holds nothing that can be read".to_owned())];
    }
    if scan.generation < generation {
        let what = "is older than the other file of the zone".to_owned();
        return vec![damage(which, what)];
    }
    let flaws = scan.flaws.iter().map(Flaw::to_string);
    let mut findings: Vec<Finding> = few(flaws, scan.flaws.len())
        .map(|what| damage(which, what))
        .collect();
    let short = last - scan.last();
    // A kill between the two writes of one commit.
    let by_kill = short == 0 || (short == 1 && which == Which::Copy);
    if short > 0 {
        let what = format!("ends with line {} of {last}", scan.last());
        let is_damage = !by_kill;
        findings.push(Finding {
            file: which,
            what,
            is_damage,
        });
    }
    if let Some(torn) = scan.torn.as_ref() {
        let what = format!("{torn}, as after a kill");
        let is_damage = !by_kill;
        findings.push(Finding {
            file: which,
            what,
            is_damage,
        });
    }
    findings
}

fn damage(file: Which, what: String) -> Finding {
    Finding {
        file,
        what,
        is_damage: true,
    }
}

fn missing(line: usize) -> String {
    format!(
        "line {line} is lost in both files: its record is missing until its client sends the next update"
    )
}

/// The first of `all`, and how many there are besides.
fn few(all: impl Iterator<Item = String>, count: usize) -> impl Iterator<Item = String> {
    let rest = count.saturating_sub(NAMED);
    let rest = (rest > 0).then(|| format!("has {rest} more damaged lines"));
    all.take(NAMED).chain(rest)
}
