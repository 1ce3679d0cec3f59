//! Scan: what one file of a zone holds, line by line, and what in it is damaged.

use super::line::Change;
use std::collections::BTreeMap;
use std::fmt;

/// What can be read in one file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The generation of its lines; 0: version 1.
    pub(super) generation: u64,
    /// How many lines after the first one are the snapshot.
    pub(super) snapshot: usize,
    /// The intact lines, by their number; the first line changes nothing.
    pub(super) steps: BTreeMap<usize, Step>,
    /// What is damaged, in order.
    pub(super) flaws: Vec<Flaw>,
    /// The last line has no end, as after a kill in the middle of a write.
    pub(super) torn: Option<Flaw>,
}

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) serial: u32,
    pub(super) changes: Vec<Change>,
}

/// A damaged place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    /// The line, counted in the file as it is.
    pub(super) line: usize,
    /// Where it begins.
    pub(super) byte: usize,
    /// What is wrong with it.
    pub(super) what: &'static str,
}

pub(super) const UNREADABLE: &str = "cannot be read";
pub(super) const REPEATED: &str = "repeats an earlier line";
pub(super) const NO_END: &str = "has no end";

/// A line of a file as it is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) line: usize,
    pub(super) byte: usize,
    pub(super) text: &'a [u8],
    /// Whether a line feed ends it.
    pub(super) ended: bool,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (byte {}) {}", self.line, self.byte, self.what)
    }
}

impl Scan {
    /// Whether anything in it can be used.
    pub(super) fn is_usable(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The last line that is intact.
    pub(super) fn last(&self) -> usize {
        self.steps.keys().next_back().copied().unwrap_or(0)
    }
}

impl Place<'_> {
    /// This place, as damaged.
    pub(super) fn flaw(&self, what: &'static str) -> Flaw {
        Flaw {
            line: self.line,
            byte: self.byte,
            what,
        }
    }
}

/// The lines of a file; only the last one may have no end.
pub(super) fn places(bytes: &[u8]) -> Vec<Place<'_>> {
    let mut byte = 0;
    let lines = bytes.split_inclusive(|b| *b == b'\n').enumerate();
    let places = lines.map(|(index, text)| {
        let start = byte;
        byte += text.len();
        let ended = text.last() == Some(&b'\n');
        Place {
            line: index + 1,
            byte: start,
            text: text.strip_suffix(b"\n").unwrap_or(text),
            ended,
        }
    });
    places.collect()
}
