//! What the stand-in knows, behind one lock.

use super::calls::Calls;
use super::change::Action;
use super::contents::{Contents, Record};
use super::journal::{Accepted, Writer};
use super::lies::Lie;
use super::options::Options;
use super::throttle::Bucket;
use super::trouble::{Edit, Trouble};
use super::view::View;
use rustls::ServerConfig;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) closed: AtomicBool,
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) zones: HashMap<String, Contents>,
    pub(crate) view: View,
    pub(crate) busy: HashSet<String>,
    pub(crate) bucket: Option<Bucket>,
    pub(crate) change_bucket: Option<Bucket>,
    pub(crate) calls: Calls,
    pub(crate) journal: Vec<Accepted>,
    /// For the next calls of any kind.
    pub(crate) trouble: VecDeque<Trouble>,
    /// For the next lists.
    pub(crate) list_trouble: VecDeque<Trouble>,
    /// For the next changes.
    pub(crate) change_trouble: VecDeque<Trouble>,
    pub(crate) steady: Option<Trouble>,
    pub(crate) lies: VecDeque<Lie>,
    pub(crate) steady_lie: Option<Lie>,
    pub(crate) change_number: u32,
    /// How many of the bad records a refusal names.
    pub(crate) named: usize,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}

impl State {
    /// An empty state of these zones.
    pub(crate) fn of(options: &Options) -> Self {
        let zones = options.zones.iter();
        let zones = zones.map(|(name, id)| (id.clone(), Contents::new(name, "ns-1.example.org")));
        Self {
            zones: zones.collect(),
            view: View::default(),
            busy: HashSet::new(),
            bucket: options.throttle.map(Bucket::new),
            change_bucket: options.change_throttle.map(Bucket::new),
            calls: Calls::default(),
            journal: Vec::new(),
            trouble: VecDeque::new(),
            list_trouble: VecDeque::new(),
            change_trouble: VecDeque::new(),
            steady: None,
            lies: VecDeque::new(),
            steady_lie: None,
            change_number: 0,
            named: options.named,
        }
    }

    /// What goes wrong with the next call.
    pub(crate) fn next_trouble(&mut self, is_list: bool) -> Option<Trouble> {
        let own = if is_list {
            &mut self.list_trouble
        } else {
            &mut self.change_trouble
        };
        let next = own.pop_front().or_else(|| self.trouble.pop_front());
        next.or_else(|| self.steady.clone())
    }

    /// Another writer's edit of a zone: unchecked, and in the journal.
    pub(crate) fn edit(&mut self, zone_id: &str, edit: &Edit) {
        let Some(zone) = self.zones.get_mut(zone_id) else {
            return;
        };
        let changes: Vec<(Action, Record)> = match edit {
            Edit::Put(record) => {
                let old = zone.same_key(record).cloned();
                zone.put(record.clone());
                let old = old.map(|old| (Action::Delete, old));
                old.into_iter()
                    .chain([(Action::Create, record.clone())])
                    .collect()
            }
            Edit::Remove(name, kind) => {
                let old = zone.at(name).find(|record| record.kind == *kind).cloned();
                let old = old.and_then(|old| zone.remove(&old));
                old.into_iter().map(|old| (Action::Delete, old)).collect()
            }
        };
        if !changes.is_empty() {
            self.journal.push(Accepted {
                zone: zone_id.to_owned(),
                comment: String::new(),
                by: Writer::Another,
                changes,
            });
        }
    }
}
