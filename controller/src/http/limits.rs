//! How many connections are served at once, so that no number of them takes the program's files or memory.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::site;

/// Open files that are asked of the operating system; its usual 1,024 are too few for a thousand agents.
const FILES_WANTED: u64 = 16_384;
/// Connections at most: three times as many as the halls of a province, at some 30 KiB each.
const CONNECTIONS_MAX: u64 = 4_096;
/// Connections at most when the operating system says nothing about open files.
const FILES_UNKNOWN: u64 = 1_024;

/// Lets the process open as many files as it may. Sockets are files, and so are the databases.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES_WANTED, |most| most.min(FILES_WANTED));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the number of open files cannot be raised");
        }
    }
}

/// Seats for connections.
#[derive(Clone)]
pub(super) struct Seats {
    all: Arc<Semaphore>,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    per_address: usize,
}

/// A connection's seat, free again when it is dropped.
pub(super) struct Seat {
    _one: OwnedSemaphorePermit,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    site: IpAddr,
}

impl Seats {
    /// Half of the files that may be open, so that databases and agents always find one.
    pub(super) fn new() -> Seats {
        let files = getrlimit(Resource::Nofile).current.unwrap_or(FILES_UNKNOWN);
        Seats::of(usize::try_from((files / 2).clamp(16, CONNECTIONS_MAX)).unwrap_or(usize::MAX))
    }

    fn of(count: usize) -> Seats {
        // Half for one address: a single sender of empty connections leaves the other half to everybody else.
        Seats { all: Arc::new(Semaphore::new(count)), taken: Arc::default(), per_address: count / 2 }
    }

    /// Waits until there is a free one.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.all).acquire_owned().await.expect("nobody closes it")
    }

    /// Gives it to an address; `None` when that, or its network of IPv6, has its share. Proxies have no share: everybody comes from them.
    pub(super) fn take(&self, one: OwnedSemaphorePermit, address: IpAddr, is_proxy: bool) -> Option<Seat> {
        let site = site(address);
        let mut taken = self.taken.lock().expect("no holder of this lock can panic");
        let count = taken.entry(site).or_default();
        if *count >= self.per_address && !is_proxy {
            return None;
        }
        *count += 1;
        Some(Seat { _one: one, taken: Arc::clone(&self.taken), site })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().expect("no holder of this lock can panic");
        if let Some(count) = taken.get_mut(&self.site) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_gets_half_of_the_seats_and_a_proxy_all() {
        let (seats, one, two) = (Seats::of(4), IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = seats.take(seats.free().await, one, false).expect("a seat");
        let _second = seats.take(seats.free().await, one, false).expect("a seat");
        assert!(seats.take(seats.free().await, one, false).is_none(), "it has its share");
        drop(first);
        let _again = seats.take(seats.free().await, one, false).expect("free again");
        for _ in 0..2 {
            std::mem::forget(seats.take(seats.free().await, two, true).expect("a seat"));
        }
        let full = tokio::time::timeout(std::time::Duration::from_millis(20), seats.free());
        assert!(full.await.is_err(), "all are taken");
    }

    #[tokio::test]
    async fn a_network_of_ipv6_counts_as_one_address() {
        let (seats, at) = (Seats::of(4), |text: &str| text.parse::<IpAddr>().expect("an address"));
        let _first = seats.take(seats.free().await, at("2001:db8:0:1::1"), false).expect("a seat");
        let _second = seats.take(seats.free().await, at("2001:db8:0:1:ffff::2"), false).expect("a seat");
        assert!(seats.take(seats.free().await, at("2001:db8:0:1::3"), false).is_none(), "the network has its share");
        assert!(seats.take(seats.free().await, at("2001:db8:0:2::1"), false).is_some(), "another network");
    }

    #[tokio::test]
    async fn an_address_that_left_is_forgotten() {
        let seats = Seats::of(4);
        drop(seats.take(seats.free().await, [192, 0, 2, 1].into(), false));
        assert!(seats.taken.lock().expect("whole").is_empty());
    }
}
