//! How many connections may be open: in all, and from one network address.
//!
//! A house full of peers that ask for nothing keeps nobody out: whoever comes then takes the place of the one that has
//! been quiet the longest. Only where every peer is being answered is there no seat.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;

use crate::values::limit_key;

/// The open connections, counted.
#[derive(Clone)]
pub(super) struct Seats(Arc<House>);

struct House {
    taken: Mutex<Taken>,
    in_all: usize,
    per_network: usize,
    /// A proxy speaks for many people, so only the total counts for it.
    exempt: Arc<[IpNet]>,
    /// The number of those sitting, for the metrics.
    open: Arc<AtomicUsize>,
    /// Counts what orders the quiet peers: arrivals, and answers that ended.
    turn: AtomicU64,
}

#[derive(Default)]
struct Taken {
    sitting: HashMap<u64, Sitting>,
    by_network: HashMap<IpAddr, usize>,
    arrivals: u64,
}

struct Sitting {
    network: IpAddr,
    peer: Arc<Peer>,
}

/// What is known of one connection.
struct Peer {
    /// Requests that are being answered.
    answering: AtomicUsize,
    /// The turn at which it arrived, or its last answer ended.
    quiet_since: AtomicU64,
    leave: Notify,
}

impl Peer {
    fn is_quiet(&self) -> bool {
        self.answering.load(Ordering::Acquire) == 0
    }
}

/// One open connection; dropping it makes room for another.
pub(super) struct Seat {
    house: Arc<House>,
    number: u64,
    peer: Arc<Peer>,
}

/// Held while a request of this connection is being answered.
pub(super) struct AtWork {
    house: Arc<House>,
    peer: Arc<Peer>,
}

impl Seats {
    /// `open` is told how many are taken.
    pub(super) fn new(
        in_all: usize,
        per_network: usize,
        exempt: Arc<[IpNet]>,
        open: Arc<AtomicUsize>,
    ) -> Self {
        let (taken, turn) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(House { taken, in_all, per_network, exempt, open, turn }))
    }

    /// A seat for this peer, or `None` if the house or the peer's share of it is full.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Seat> {
        let peer = peer.to_canonical();
        let exempt = self.0.exempt.iter().any(|net| net.contains(&peer));
        self.sit(limit_key(peer), if exempt { usize::MAX } else { self.0.per_network })
    }

    /// A seat for a peer without a network address: only the total counts.
    pub(super) fn take_for_proxy(&self) -> Option<Seat> {
        self.sit(Ipv4Addr::UNSPECIFIED.into(), usize::MAX)
    }

    fn sit(&self, network: IpAddr, share: usize) -> Option<Seat> {
        let house = &self.0;
        let mut taken = house.taken();
        if taken.by_network.get(&network).is_some_and(|here| *here >= share) {
            return None;
        }
        if taken.sitting.len() >= house.in_all && !taken.make_room() {
            return None;
        }
        let (answering, quiet_since) = (AtomicUsize::new(0), AtomicU64::new(house.next_turn()));
        let peer = Arc::new(Peer { answering, quiet_since, leave: Notify::new() });
        let number = taken.arrivals;
        taken.arrivals += 1;
        taken.sitting.insert(number, Sitting { network, peer: peer.clone() });
        *taken.by_network.entry(network).or_insert(0) += 1;
        house.open.store(taken.sitting.len(), Ordering::Relaxed);
        Some(Seat { house: house.clone(), number, peer })
    }
}

impl House {
    /// The counts stay true even if a thread panicked: each change is complete before anything can.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_turn(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}

impl Taken {
    /// Nothing changes if that peer had to leave before.
    fn stand_up(&mut self, number: u64) {
        let Some(Sitting { network, .. }) = self.sitting.remove(&number) else { return };
        if let Some(here) = self.by_network.get_mut(&network) {
            *here -= 1;
            if *here == 0 {
                self.by_network.remove(&network);
            }
        }
    }

    /// Sends away whoever has been quiet the longest. False if nobody is quiet.
    fn make_room(&mut self) -> bool {
        let quiet = self.sitting.iter().filter(|(_, sitting)| sitting.peer.is_quiet());
        let since = |sitting: &Sitting| sitting.peer.quiet_since.load(Ordering::Relaxed);
        let Some((&number, longest)) = quiet.min_by_key(|(_, sitting)| since(sitting)) else {
            return false;
        };
        longest.peer.leave.notify_one();
        self.stand_up(number);
        true
    }
}

impl Seat {
    /// A request has come, and is being answered until what this gives is dropped.
    pub(super) fn at_work(&self) -> AtWork {
        self.peer.answering.fetch_add(1, Ordering::AcqRel);
        AtWork { house: self.house.clone(), peer: self.peer.clone() }
    }

    /// Resolves when somebody else needs the place of this quiet peer.
    pub(super) async fn must_leave(&self) {
        self.peer.leave.notified().await;
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.peer.quiet_since.store(self.house.next_turn(), Ordering::Relaxed);
        self.peer.answering.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.house.taken();
        taken.stand_up(self.number);
        self.house.open.store(taken.sitting.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(in_all: usize, per_network: usize) -> Seats {
        let exempt = Arc::from(["10.0.0.0/8".parse::<IpNet>().unwrap()]);
        Seats::new(in_all, per_network, exempt, Arc::default())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_has_its_share_and_gets_it_back() {
        let seats = seats(10, 2);
        let first = seats.take(ip("192.0.2.1"));
        let second = seats.take(ip("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(seats.take(ip("192.0.2.1")).is_none());
        assert!(seats.take(ip("192.0.2.2")).is_some());
        drop(first);
        assert!(seats.take(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn one_ipv6_subscriber_is_one_network() {
        let seats = seats(10, 1);
        let _held = seats.take(ip("2001:db8:0:1::1")).unwrap();
        assert!(seats.take(ip("2001:db8:0:1:ffff::9")).is_none());
        assert!(seats.take(ip("2001:db8:0:2::1")).is_some());
    }

    #[test]
    fn a_trusted_proxy_is_bounded_only_by_the_house() {
        let seats = seats(3, 1);
        let held: Vec<_> = (0..3).map(|_| seats.take(ip("10.1.2.3")).unwrap()).collect();
        let work: Vec<_> = held.iter().map(Seat::at_work).collect();
        assert!(seats.take(ip("10.1.2.3")).is_none());
        drop((held, work));
        assert!(seats.0.taken().by_network.is_empty());
    }

    #[tokio::test]
    async fn in_a_full_house_the_longest_quiet_peer_makes_room() {
        let seats = seats(3, 1);
        let [first, second, third] =
            ["1", "2", "3"].map(|n| seats.take(ip(&format!("192.0.2.{n}"))).unwrap());
        let busy = first.at_work();
        drop(second.at_work());
        let fourth = seats.take(ip("192.0.2.4")).unwrap();
        third.must_leave().await;
        // Its place is given away once, however late it goes.
        drop(third);
        assert_eq!(seats.0.open.load(Ordering::Relaxed), 3);
        let fifth = seats.take(ip("192.0.2.5")).unwrap();
        second.must_leave().await;
        drop(busy);
        let _work = [first.at_work(), fourth.at_work(), fifth.at_work()];
        assert!(seats.take(ip("192.0.2.6")).is_none(), "all are being answered");
    }
}
