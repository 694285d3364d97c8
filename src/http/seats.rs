//! How many connections may be open: in all, and from one network address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::values::limit_key;

/// The open connections, counted.
#[derive(Clone)]
pub(super) struct Seats {
    taken: Arc<Mutex<Taken>>,
    in_all: usize,
    per_network: usize,
    /// A proxy speaks for many people, so only the total counts for it.
    exempt: Arc<[IpNet]>,
}

#[derive(Default)]
struct Taken {
    in_all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// One open connection; dropping it makes room for another.
pub(super) struct Seat {
    taken: Arc<Mutex<Taken>>,
    network: IpAddr,
}

impl Seats {
    pub(super) fn new(in_all: usize, per_network: usize, exempt: Arc<[IpNet]>) -> Self {
        Self { taken: Arc::default(), in_all, per_network, exempt }
    }

    /// A seat for this peer, or `None` if the house or the peer's share of it is full.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Seat> {
        let peer = peer.to_canonical();
        let exempt = self.exempt.iter().any(|net| net.contains(&peer));
        let network = limit_key(peer);
        let mut taken = lock(&self.taken);
        let here = taken.by_network.get(&network).copied().unwrap_or(0);
        if taken.in_all >= self.in_all || (here >= self.per_network && !exempt) {
            return None;
        }
        taken.in_all += 1;
        taken.by_network.insert(network, here + 1);
        Some(Seat { taken: self.taken.clone(), network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_all -= 1;
        if let Some(here) = taken.by_network.get_mut(&self.network) {
            *here -= 1;
            if *here == 0 {
                taken.by_network.remove(&self.network);
            }
        }
    }
}

/// The counts stay true even if a thread panicked: each change is complete before anything can.
fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(in_all: usize, per_network: usize) -> Seats {
        Seats::new(in_all, per_network, Arc::from(["10.0.0.0/8".parse::<IpNet>().unwrap()]))
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
        assert!(seats.take(ip("10.1.2.3")).is_none());
        drop(held);
        assert!(lock(&seats.taken).by_network.is_empty());
    }
}
