//! Where a name leads, and whether that is this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::Verdict;
use crate::dns::Dns;

/// An address of the name, as this machine sees it.
struct Seen {
    address: IpAddr,
    /// It is one of this machine's own.
    own: bool,
    /// The address from which this machine would speak to it; none if it has none of that family.
    from: Option<IpAddr>,
}

/// Looks up the name. `world` says whether the authority comes from the internet.
pub(super) async fn look(dns: &Dns, name: &str, world: bool) -> (Verdict, String) {
    match dns.addresses(name).await {
        Err(why) => (Verdict::Unsure, format!("Where {name} leads is not known: {why}.")),
        Ok(addresses) if addresses.is_empty() => (
            Verdict::Bad,
            format!("{name} leads nowhere yet: set an A record with the address of this machine."),
        ),
        Ok(addresses) => {
            let seen: Vec<Seen> = addresses.into_iter().map(see).collect();
            judge(name, &seen, world)
        }
    }
}

fn see(address: IpAddr) -> Seen {
    Seen { address, own: is_own(address), from: toward(address) }
}

/// Only an address of this machine can be listened at.
fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind(SocketAddr::new(address, 0)).is_ok()
}

/// The address from which this machine would speak to that one. Nothing is sent: the kernel only looks for the way.
fn toward(address: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    socket.connect(SocketAddr::new(address, 443)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Reached from the same machine or network only.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            // 100.64.0.0/10 is what providers use behind their own routers (RFC 6598).
            let shared = first == 100 && (64..128).contains(&second);
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The worst of what its addresses say: an authority may come to any of them.
fn judge(name: &str, seen: &[Seen], world: bool) -> (Verdict, String) {
    let judged: Vec<(Verdict, String)> = seen.iter().map(|one| judge_one(one, world)).collect();
    let worst = judged.iter().map(|(is, _)| *is).max().unwrap_or(Verdict::Bad);
    let said = judged.into_iter().filter(|(is, _)| *is == worst).map(|(_, says)| says);
    (worst, format!("{name} leads to {}.", said.collect::<Vec<_>>().join("; and to ")))
}

fn judge_one(seen: &Seen, world: bool) -> (Verdict, String) {
    let address = seen.address;
    let (record, family) = if address.is_ipv4() { ("A", "IPv4") } else { ("AAAA", "IPv6") };
    if world && is_near(address) {
        return (Verdict::Bad, format!("{address}, which nobody outside this network can reach"));
    }
    if seen.own {
        return (Verdict::Good, format!("{address}, which is this machine"));
    }
    match seen.from {
        None => (
            Verdict::Bad,
            format!(
                "{address}, but this machine has no {family} address: remove the {record} record, or give it one"
            ),
        ),
        Some(from) if is_near(from) => (
            Verdict::Unsure,
            format!(
                "{address}. This machine knows itself only as {from}, behind a router: whether {address} leads here \
                 cannot be told from here"
            ),
        ),
        Some(from) => (
            Verdict::Bad,
            format!("{address}, but this machine is {from}: correct the {record} record"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(address: &str, own: bool, from: &str) -> Seen {
        Seen { address: address.parse().unwrap(), own, from: from.parse().ok() }
    }

    fn judged(seen: &[Seen], world: bool) -> (Verdict, String) {
        judge("portal.firm.example", seen, world)
    }

    #[test]
    fn a_name_must_lead_here_with_all_its_addresses() {
        let here = || seen("203.0.113.7", true, "203.0.113.7");
        assert_eq!(judged(&[here()], true).0, Verdict::Good);
        let (is, says) = judged(&[here(), seen("2001:db8::1", false, "")], true);
        assert_eq!(is, Verdict::Bad);
        assert!(says.contains("no IPv6 address: remove the AAAA record"), "{says}");
        assert!(!says.contains("203.0.113.7"), "only what is wrong: {says}");
        let (is, says) = judged(&[seen("198.51.100.1", false, "203.0.113.7")], true);
        assert_eq!(is, Verdict::Bad);
        assert!(says.contains("but this machine is 203.0.113.7"), "{says}");
    }

    #[test]
    fn behind_a_router_nobody_can_tell() {
        for from in ["10.0.0.5", "100.64.1.1", "192.168.1.2"] {
            let (is, says) = judged(&[seen("203.0.113.7", false, from)], true);
            assert_eq!(is, Verdict::Unsure, "{says}");
            assert!(says.contains("cannot be told from here"), "{says}");
        }
    }

    #[test]
    fn an_address_of_this_network_is_no_use_to_the_world() {
        for near in ["192.168.1.2", "127.0.0.1", "::1", "fd00::1"] {
            assert_eq!(judged(&[seen(near, true, near)], true).0, Verdict::Bad, "{near}");
            assert_eq!(judged(&[seen(near, true, near)], false).0, Verdict::Good, "{near}");
        }
    }

    #[test]
    fn this_machine_knows_its_own_addresses() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("192.0.2.1".parse().unwrap()));
        assert_eq!(toward("127.0.0.1".parse().unwrap()), "127.0.0.1".parse().ok());
    }
}
