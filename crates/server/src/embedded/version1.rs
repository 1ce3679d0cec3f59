//! Version 1 of a zone's file, which is read once and written again as the version of today.
//!
//! Its lines have no checksum: a first line that names the zone, then commits with growing serials.
//! The first commit may hold the whole zone. So what a damaged line still holds is taken out of it, and
//! damage that leaves a line readable cannot be found.

use super::line::{Change, Stored};
use super::scan::{Flaw, NO_END, Place, REPEATED, Scan, Step, UNREADABLE};
use dyn53_core::Host;
use serde::Deserialize;

/// How a record set begins in a line.
const SET: &[u8] = b"{\"host\":";

const PARTLY: &str = "is damaged; what could be read in it counts";
const UNUSABLE: &str = "holds a record that cannot be used";

#[derive(Deserialize)]
struct Commit {
    serial: u32,
    sets: Vec<Stored>,
}

/// Reads the lines of a file; `has_head`: the first one was read already.
pub(super) fn scan(places: &[Place], has_head: bool, apex: &Host) -> Scan {
    let mut scan = Scan::default();
    let mut serial = None;
    if has_head {
        let changes = Vec::new();
        scan.steps.insert(1, Step { serial: 0, changes });
    } else {
        scan.flaws
            .extend(places.first().map(|p| p.flaw(UNREADABLE)));
    }
    for place in places.iter().skip(1) {
        if !place.ended {
            scan.torn = Some(place.flaw(NO_END));
            break;
        }
        let (step, flaw) = read(place, serial, apex);
        scan.flaws.extend(flaw);
        if let Some(step) = step {
            serial = Some(step.serial);
            scan.steps.insert(place.line, step);
        }
    }
    scan
}

fn read(place: &Place, last: Option<u32>, apex: &Host) -> (Option<Step>, Option<Flaw>) {
    let commit = serde_json::from_slice::<Commit>(place.text);
    let Ok(Commit { serial, sets }) = commit else {
        let changes: Vec<Change> = pieces(place.text)
            .filter_map(|stored| stored.change(apex))
            .collect();
        let serial = last.unwrap_or(0);
        let step = (!changes.is_empty()).then_some(Step { serial, changes });
        let what = if step.is_some() { PARTLY } else { UNREADABLE };
        return (step, Some(place.flaw(what)));
    };
    if last.is_some_and(|last| serial <= last) {
        return (None, Some(place.flaw(REPEATED)));
    }
    let changes: Vec<Change> = sets.iter().filter_map(|s| s.change(apex)).collect();
    let flaw = (changes.len() < sets.len()).then(|| place.flaw(UNUSABLE));
    (Some(Step { serial, changes }), flaw)
}

/// The record sets that are whole in a damaged line.
fn pieces(line: &[u8]) -> impl Iterator<Item = Stored> {
    let starts = line.windows(SET.len()).enumerate();
    let starts = starts.filter(|(_, window)| *window == SET);
    starts.filter_map(|(start, _)| {
        let rest = line.get(start..)?;
        serde_json::Deserializer::from_slice(rest)
            .into_iter()
            .next()?
            .ok()
    })
}
