//! What an SPF record allows (RFC 7208): the networks that mail of a domain may come from, with all that it includes.
//!
//! Macros and `ptr` are not followed; they count as look-ups only.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::dns::{Dns, NoAnswer};

/// With more, receivers give up (RFC 7208 §4.6.4).
const MOST_LOOKUPS: usize = 10;

/// What the records allow.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    networks: Vec<IpNet>,
    /// Domains whose records were included.
    pub(super) included: Vec<String>,
    /// Look-ups that a receiver has to make.
    pub(super) lookups: usize,
    /// Mail may come from anywhere.
    pub(super) anybody: bool,
    /// A domain that is included has no record, which makes the whole of it void.
    pub(super) broken: Option<String>,
}

impl Allowed {
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    pub(super) fn has_too_many(&self) -> bool {
        self.lookups > MOST_LOOKUPS
    }
}

/// The SPF records among the texts of a domain.
pub(super) fn records(texts: &[String]) -> Vec<String> {
    let is_one = |text: &&String| {
        let first = text.split_whitespace().next().unwrap_or_default();
        first.eq_ignore_ascii_case("v=spf1")
    };
    texts.iter().filter(is_one).cloned().collect()
}

/// The record with one more sender, before what it says of all others.
pub(super) fn with(record: &str, sender: &str) -> String {
    let mut terms: Vec<&str> = record.split_whitespace().collect();
    let is_end = |term: &&str| {
        let term = term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
        term == "all" || term.starts_with("redirect=")
    };
    let end = terms.iter().position(is_end).unwrap_or(terms.len());
    terms.insert(end, sender);
    terms.join(" ")
}

/// Follows a record and all that it includes.
pub(super) async fn follow(dns: &Dns, domain: &str, record: &str) -> Result<Allowed, NoAnswer> {
    let mut allowed = Allowed::default();
    let mut waiting = vec![(domain.to_owned(), record.to_owned())];
    while let Some((domain, record)) = waiting.pop() {
        for term in record.split_whitespace().skip(1) {
            if allowed.has_too_many() {
                return Ok(allowed);
            }
            if let Some(next) = allowed.take(dns, &domain, term).await? {
                if allowed.included.contains(&next) {
                    continue;
                }
                match records(&dns.texts(&next).await?).pop() {
                    Some(record) => waiting.push((next.clone(), record)),
                    None => allowed.broken = Some(next.clone()),
                }
                allowed.included.push(next);
            }
        }
    }
    Ok(allowed)
}

impl Allowed {
    /// Takes one term; gives the domain whose record goes on.
    async fn take(&mut self, dns: &Dns, of: &str, term: &str) -> Result<Option<String>, NoAnswer> {
        if term.starts_with(['-', '~', '?']) {
            return Ok(None);
        }
        let term = term.trim_start_matches('+').to_ascii_lowercase();
        let (name, rest) = match term.find([':', '=', '/']) {
            Some(at) => term.split_at(at),
            None => (term.as_str(), ""),
        };
        let (domain, prefixes) = match rest.strip_prefix([':', '=']) {
            Some(rest) => rest.split_once('/').map_or((rest, ""), |(domain, more)| (domain, more)),
            None => (of, rest.trim_start_matches('/')),
        };
        if matches!(name, "a" | "mx" | "include" | "redirect" | "exists" | "ptr") {
            self.lookups += 1;
        }
        if domain.contains('%') {
            return Ok(None);
        }
        match name {
            "all" => self.anybody = true,
            "ip4" | "ip6" => self.networks.extend(network(rest.trim_start_matches(':'))),
            "a" => self.add(dns.addresses(domain).await?, prefixes),
            "mx" => {
                for mx in dns.mx(domain).await? {
                    self.add(dns.addresses(&mx.host).await?, prefixes);
                }
            }
            "include" | "redirect" => return Ok(Some(domain.to_owned())),
            _ => {}
        }
        Ok(None)
    }

    /// `24`, `24//64` or `/64`: how much of IPv4 and of IPv6 addresses counts.
    fn add(&mut self, addresses: Vec<IpAddr>, prefixes: &str) {
        let (four, six) = match prefixes.split_once('/') {
            Some((four, six)) => (four.trim_end_matches('/'), six.trim_start_matches('/')),
            None => (prefixes, ""),
        };
        for address in addresses {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let typed = if address.is_ipv4() { four } else { six };
            let prefix = typed.parse().unwrap_or(most).min(most);
            self.networks.extend(IpNet::new(address, prefix));
        }
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_goes_before_the_end() {
        assert_eq!(with("v=spf1 mx -all", "a:smtp.example"), "v=spf1 mx a:smtp.example -all");
        assert_eq!(with("v=spf1 mx", "a:smtp.example"), "v=spf1 mx a:smtp.example");
        let led = with("v=spf1 redirect=_spf.example", "ip4:192.0.2.1");
        assert_eq!(led, "v=spf1 ip4:192.0.2.1 redirect=_spf.example");
    }

    #[test]
    fn an_spf_record_is_known_by_its_first_word() {
        let texts = ["v=spf1 -all", "V=SPF1", "v=spf10 all", "spf2.0/pra"].map(str::to_owned);
        assert_eq!(records(&texts), ["v=spf1 -all", "V=SPF1"]);
    }

    #[tokio::test]
    async fn networks_are_read_as_they_are_written() {
        let nobody = Dns::new(Some("127.0.0.1:9".parse().unwrap()));
        let record =
            "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::1 -ip4:198.51.100.1 a:203.0.113.9/28 ~all";
        let allowed = follow(&nobody, "firm.example", record).await.unwrap();
        let allows = |address: &str| allowed.allows(address.parse().unwrap());
        for address in ["192.0.2.7", "2001:db8::1", "203.0.113.1"] {
            assert!(allows(address), "{address}");
        }
        for address in ["198.51.100.1", "2001:db8::2", "203.0.113.17"] {
            assert!(!allows(address), "{address}");
        }
        assert_eq!((allowed.lookups, allowed.anybody), (1, false));
    }
}
