//! Version 2 of a zone's file: a first line, a snapshot of one record set a line, then the commits.
//!
//! Every line has its number, so that a lost line is noticed, and a checksum.

use super::line::{Change, Entry, Head, unseal};
use super::scan::{NO_END, Place, REPEATED, Scan, Step, UNREADABLE};
use dyn53_core::Host;

const FOREIGN: &str = "comes from another file";
const UNUSABLE: &str = "holds a record that does not belong into this zone";

/// Reads the lines of a file; `None` if not one of them is of this version.
pub(super) fn scan(places: &[Place], apex: &Host) -> Option<Scan> {
    let entries: Vec<Option<Entry>> = places.iter().map(entry).collect();
    let newest = entries.iter().flatten().max_by_key(|e| e.generation)?;
    let mut scan = Scan {
        generation: newest.generation,
        snapshot: newest.snapshot,
        ..Scan::default()
    };
    for (place, entry) in places.iter().zip(&entries) {
        match entry {
            None if !place.ended => scan.torn = Some(place.flaw(NO_END)),
            None => scan.flaws.push(place.flaw(UNREADABLE)),
            Some(entry) => {
                let what = take(&mut scan, entry, apex);
                let what = what.or((!place.ended).then_some(NO_END));
                scan.flaws.extend(what.map(|what| place.flaw(what)));
            }
        }
    }
    Some(scan)
}

/// The entry of a line; that of the first line changes nothing.
fn entry(place: &Place) -> Option<Entry> {
    let first = |head: Head| Entry {
        generation: head.generation,
        snapshot: head.snapshot,
        line: 1,
        serial: head.serial,
        sets: Vec::new(),
    };
    unseal(place.text).or_else(|| unseal(place.text).map(first))
}

/// Takes one intact line; or says why it does not count.
fn take(scan: &mut Scan, entry: &Entry, apex: &Host) -> Option<&'static str> {
    if entry.generation != scan.generation || entry.snapshot != scan.snapshot {
        return Some(FOREIGN);
    }
    let sets = entry.sets.iter().map(|stored| stored.change(apex));
    let Some(changes) = sets.collect::<Option<Vec<Change>>>() else {
        return Some(UNUSABLE);
    };
    if scan.steps.contains_key(&entry.line) {
        return Some(REPEATED);
    }
    let serial = entry.serial;
    scan.steps.insert(entry.line, Step { serial, changes });
    None
}
