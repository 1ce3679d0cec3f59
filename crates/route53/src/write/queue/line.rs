//! Line: the tickets that wait, those that are under way, and which of them go together.

use super::ticket::{Ticket, fit};
use crate::guess::known::{Known, Newest};
use crate::write::batch::{LARGEST, Size};
use dyn53_core::RecordKey;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Where several callers wait, a batch that is not full leaves no sooner than this after the last.
const GATHER: Duration = Duration::from_secs(1);

/// The least that a batch may shrink to under `Throttling`, in elements.
const SMALLEST: usize = 20;

/// The tickets of a zone.
pub(super) struct Line {
    pub(super) waiting: VecDeque<Ticket>,
    /// What is under way.
    pub(super) flying: Vec<Ticket>,
    pub(super) busy: bool,
    pub(super) next_batch: Option<Instant>,
    /// Whether the last batch was full.
    pub(super) was_full: bool,
    limit: usize,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            flying: Vec::new(),
            busy: false,
            next_batch: None,
            was_full: false,
            limit: LARGEST.elements,
        }
    }

    /// Oldest first.
    pub(super) fn pending_tickets(&self) -> impl DoubleEndedIterator<Item = &Ticket> {
        self.flying.iter().chain(&self.waiting)
    }

    pub(super) fn pending(&self, key: &RecordKey) -> Option<Newest> {
        let mut newest = self.pending_tickets().rev();
        newest.find_map(|ticket| ticket.after(key))
    }

    fn limit(&self) -> Size {
        Size {
            elements: self.limit,
            ..LARGEST
        }
    }

    /// How many tickets the next batch takes, one at least, and what they cost.
    fn fitting(&self) -> (usize, Size) {
        let (mut count, mut size) = (0, Size::default());
        for ticket in &self.waiting {
            let larger = size.plus(ticket.size);
            // A policy has a statement for addresses and one for texts. A call with both fits neither.
            let other = self.waiting.front().map(Ticket::has_texts) != Some(ticket.has_texts());
            if count > 0 && (other || !larger.fits(self.limit())) {
                break;
            }
            (count, size) = (count + 1, larger);
        }
        (count, size)
    }

    /// Whether the next batch would not take another address.
    pub(super) fn is_full(&self) -> bool {
        let (count, size) = self.fitting();
        count < self.waiting.len() || size.elements + 2 > self.limit
    }

    /// The next batch. What is known by now not to fit does not travel: it gets its verdict at once.
    pub(super) fn take(&mut self, known: &Known) -> Vec<Ticket> {
        let (count, _) = self.fitting();
        self.was_full = self.is_full();
        let mut batch: Vec<Ticket> = Vec::with_capacity(count);
        let now = Instant::now();
        for _ in 0..count {
            let Some(ticket) = self.waiting.pop_front() else {
                break;
            };
            let newest = |key: &RecordKey| {
                let in_batch = batch.iter().rev().find_map(|before| before.after(key));
                in_batch.or_else(|| known.recall(key, now))
            };
            match fit(&ticket.steps, ticket.order, newest) {
                Err(stale) => drop(ticket.verdict.set(stale)),
                Ok(_) if batch.iter().any(|before| ticket.undoes(before)) => {
                    self.waiting.push_front(ticket);
                    break;
                }
                Ok(steps) => batch.push(ticket.with(steps)),
            }
        }
        self.flying.clone_from(&batch);
        if batch.len() > 1 {
            self.next_batch = Some(Instant::now() + GATHER);
        }
        batch
    }

    /// AWS does not publish how many changes a second it takes: half of what was throttled, and a
    /// quarter more after a batch that was not.
    pub(super) fn adapt(&mut self, too_large: Option<usize>) {
        self.limit = match too_large {
            Some(size) => (size / 2).max(SMALLEST),
            None => (self.limit + self.limit / 4).min(LARGEST.elements),
        };
    }
}
