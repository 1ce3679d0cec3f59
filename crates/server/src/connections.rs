//! Connections: a bounded number of them, in all and per address. Where there is no room left, the
//! one that has waited longest for a request to be complete goes.

use crate::embedded::locked;
use crate::network::caller;
use ipnet::IpNet;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;
use tokio::sync::Notify;

/// In place of the time since when a connection waits.
const BUSY: u64 = u64::MAX;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// All open connections of one listener.
pub(crate) struct Connections {
    most: usize,
    most_per_address: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    /// By the time since when each waited when it was last looked at, then in the order in which
    /// they came.
    all: BTreeMap<(u64, u64), Arc<Seat>>,
    per_address: HashMap<IpNet, usize>,
}

struct Seat {
    address: Option<IpNet>,
    /// The time under which it is found in [`Open::all`]; changed only there.
    listed: AtomicU64,
    /// Since when it waits for a request, in milliseconds; or [`BUSY`].
    since: AtomicU64,
    evicted: Notify,
}

/// One connection's place; it is free again when this is dropped.
pub(crate) struct Admission {
    number: u64,
    seat: Arc<Seat>,
    connections: Arc<Connections>,
}

impl Connections {
    /// At most so many, in all and per address.
    pub(crate) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_address,
            open: Mutex::default(),
        })
    }

    /// A place for a connection from `address`, which is not counted if it is `free`; `None` if
    /// all others are at work.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, free: bool) -> Option<Admission> {
        let address = (!free).then(|| caller(address));
        let mut open = locked(&self.open);
        if let Some(address) = address
            && open
                .per_address
                .get(&address)
                .is_some_and(|count| *count >= self.most_per_address)
        {
            open.evict(|seat| seat.address == Some(address))?;
        }
        if open.all.len() >= self.most {
            open.evict(|_| true)?;
        }
        let number = open.next;
        let now = now();
        let seat = Arc::new(Seat {
            address,
            listed: AtomicU64::new(now),
            since: AtomicU64::new(now),
            evicted: Notify::new(),
        });
        open.next += 1;
        open.all.insert((now, number), Arc::clone(&seat));
        if let Some(address) = address {
            *open.per_address.entry(address).or_default() += 1;
        }
        Some(Admission {
            number,
            seat,
            connections: Arc::clone(self),
        })
    }

    /// How many are open.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        locked(&self.open).all.len()
    }
}

impl Open {
    /// Closes the one that has waited longest of those that belong. One that was used since it was
    /// last looked at moves to where it stands now, so the first that did not is the one.
    fn evict(&mut self, belongs: impl Fn(&Seat) -> bool) -> Option<()> {
        for _ in 0..self.all.len() {
            let (key, seat) = self.all.iter().find(|(_, seat)| belongs(seat))?;
            let ((listed, number), seat) = (*key, Arc::clone(seat));
            let since = seat.since.load(Ordering::Relaxed);
            if since == listed {
                self.leave(number, &seat);
                return Some(());
            }
            // One at work goes behind all that wait.
            let since = if since == BUSY { now() + 1 } else { since };
            seat.listed.store(since, Ordering::Relaxed);
            self.all.remove(&(listed, number));
            self.all.insert((since, number), seat);
        }
        None
    }

    fn leave(&mut self, number: u64, seat: &Seat) {
        let listed = seat.listed.load(Ordering::Relaxed);
        if self.all.remove(&(listed, number)).is_none() {
            return;
        }
        seat.evicted.notify_one();
        if let Some(address) = seat.address
            && let Some(count) = self.per_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&address);
            }
        }
    }
}

impl Admission {
    /// A request has come.
    pub(crate) fn busy(&self) {
        self.seat.since.store(BUSY, Ordering::Relaxed);
    }

    /// Its reply was made; the connection waits for the next.
    pub(crate) fn waiting(&self) {
        self.seat.since.store(now(), Ordering::Relaxed);
    }

    /// Ends when the place was given to another connection.
    pub(crate) async fn evicted(&self) {
        self.seat.evicted.notified().await;
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        locked(&self.connections.open).leave(self.number, &self.seat);
    }
}

fn now() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Poll, Waker};
    use std::thread::sleep;
    use std::time::Duration;

    fn is_evicted(place: &Admission) -> bool {
        let evicted = std::pin::pin!(place.evicted());
        evicted.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    fn enter(connections: &Arc<Connections>, last: u8) -> Option<Admission> {
        connections.enter(IpAddr::from([192, 0, 2, last]), false)
    }

    #[test]
    fn the_oldest_that_waits_makes_room() {
        let connections = Connections::new(2, 2);
        let first = enter(&connections, 1).unwrap();
        let second = enter(&connections, 2).unwrap();
        first.busy();
        let _third = enter(&connections, 3).unwrap();
        assert_eq!(connections.count(), 2);
        drop(second);
        assert_eq!(connections.count(), 2);
        first.waiting();
    }

    #[test]
    fn whoever_was_used_stays_before_whoever_waits() {
        let connections = Connections::new(200, 200);
        let places: Vec<Admission> = (0..200)
            .map(|last| enter(&connections, last).unwrap())
            .collect();
        sleep(Duration::from_millis(2));
        let (idle, used) = places.split_last().unwrap();
        used.iter().for_each(Admission::waiting);
        let _next = enter(&connections, 201).unwrap();
        assert!(is_evicted(idle));
        assert!(!used.iter().any(is_evicted));
    }

    #[test]
    fn no_room_while_all_are_busy() {
        let connections = Connections::new(2, 1);
        let first = enter(&connections, 1).unwrap();
        first.busy();
        assert!(enter(&connections, 1).is_none());
        let second = enter(&connections, 2).unwrap();
        second.busy();
        assert!(enter(&connections, 3).is_none());
        drop(first);
        assert!(enter(&connections, 3).is_some());
    }

    #[test]
    fn a_free_address_is_bounded_by_the_total_alone() {
        let connections = Connections::new(3, 1);
        let address = IpAddr::from([127, 0, 0, 1]);
        let places: Vec<Admission> = (0..5)
            .filter_map(|_| connections.enter(address, true))
            .collect();
        assert_eq!(places.len(), 5);
        assert_eq!(connections.count(), 3);
    }
}
