//! Web addresses: where the portal is, and where the firm's own help is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Flaw, line, plain_value};

const MAX: usize = 500;

/// The origin people reach the portal at. It is a set value, never taken from a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicUrl {
    origin: String,
    host_at: usize,
    host_len: usize,
}

plain_value!(PublicUrl);

impl PublicUrl {
    /// `https://portal.example.com`: lower case, no usual port, no slash at the end.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (scheme, rest) = scheme(typed, "https://portal.example.com")?;
        let rest = rest.strip_suffix('/').unwrap_or(&rest);
        if rest.contains(['/', '?', '#']) {
            return Err("Leave out what follows the name, like https://portal.example.com".into());
        }
        let (host, port) = authority(rest, scheme)?;
        if host == "0.0.0.0" || host == "[::]" {
            return Err(format!("{host} is where a server listens. Use the name people type"));
        }
        let host_at = scheme.len() + 3;
        Ok(Self { origin: format!("{scheme}://{host}{port}"), host_at, host_len: host.len() })
    }

    /// The origin: scheme, host and an unusual port.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// What a browser sends as `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The name or the address alone; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.origin[self.host_at..self.host_at + self.host_len]
    }

    /// What a browser sends as `Host`: the host with an unusual port.
    pub fn authority(&self) -> &str {
        &self.origin[self.host_at..]
    }

    /// A whole link. The path begins with a slash.
    pub fn join(&self, path: &str) -> String {
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{}{slash}{path}", self.origin)
    }

    /// Whether browsers reach it encrypted.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Whether links work on this machine only.
    pub fn is_loopback(&self) -> bool {
        match self.address() {
            Some(address) => address.is_loopback(),
            None => self.host() == "localhost" || self.host().ends_with(".localhost"),
        }
    }

    /// Whether links work in one network only: private and link-local addresses, shared ones of
    /// RFC 6598, local endings, and names without a dot. A loopback address is not among them.
    pub fn is_private(&self) -> bool {
        match self.address() {
            Some(IpAddr::V4(v4)) => v4.is_private() || v4.is_link_local() || is_shared(v4),
            Some(IpAddr::V6(v6)) => v6.is_unique_local() || v6.is_unicast_link_local(),
            None if self.is_loopback() => false,
            None => match self.host().rsplit_once('.') {
                None => true,
                Some((_, ending)) => matches!(ending, "local" | "lan" | "internal"),
            },
        }
    }

    fn address(&self) -> Option<IpAddr> {
        let host = self.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        bare.parse().ok().map(|address: IpAddr| address.to_canonical())
    }
}

/// 100.64.0.0/10, which carriers and some private networks use.
fn is_shared(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && (64..128).contains(&b)
}

/// A web page of the firm's own, such as its help: http or https, fit for `href`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpsLink(String);

plain_value!(HttpsLink);

impl HttpsLink {
    /// The address; scheme and host in lower case, the rest as typed.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (scheme, rest) = scheme(typed, "https://example.com/help")?;
        if rest.contains(['"', '\'', '<', '>', '`', '\\', '{', '}', '|', '^']) {
            return Err("The address has a sign in it that addresses do not have. \
                Copy it from the browser's address bar"
                .into());
        }
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (named, path) = rest.split_at(at);
        let (host, port) = authority(named, scheme)?;
        Ok(Self(format!("{scheme}://{host}{port}{path}")))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The scheme, and what follows it.
fn scheme(typed: &str, like: &str) -> Result<(&'static str, String), String> {
    let address = line(typed, MAX).map_err(|flaw| match flaw {
        Flaw::Empty => format!("Type the address, like {like}"),
        Flaw::Hidden => "The address has a hidden character in it. Type it again by hand".into(),
        Flaw::Long(_) => format!("The address is too long. The limit is {MAX} characters"),
    })?;
    if address.contains(' ') {
        return Err("Take the blank out of the address".into());
    }
    let after = |scheme: &str| {
        let start = address.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme));
        start.map(|_| address[scheme.len()..].to_owned())
    };
    if let Some(rest) = after("https://") {
        return Ok(("https", rest));
    }
    match after("http://") {
        Some(rest) => Ok(("http", rest)),
        None => Err(format!("Begin the address with https://, like {like}")),
    }
}

/// The host in its one spelling, and `:port` unless it is the usual one.
fn authority(named: &str, scheme: &str) -> Result<(String, String), String> {
    if named.contains('@') {
        return Err("Leave the user name and the @ out of the address".into());
    }
    let (name, port) = match named.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (named, None),
    };
    let host = host(name)?;
    let Some(port) = port else { return Ok((host, String::new())) };
    let usual = if scheme == "https" { 443 } else { 80 };
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    match port.parse::<u16>().ok().filter(|&port| digits && port > 0) {
        Some(port) if port == usual => Ok((host, String::new())),
        Some(port) => Ok((host, format!(":{port}"))),
        None => Err("The part after the colon is the port, a number up to 65535".into()),
    }
}

fn host(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("Add the name after the slashes, like https://portal.example.com".into());
    }
    let unsure = || format!("Check the name in the address: {name} cannot be one");
    if let Some(inside) = name.strip_prefix('[') {
        let address = inside.strip_suffix(']').and_then(|inside| inside.parse::<Ipv6Addr>().ok());
        return address.map(|address| format!("[{address}]")).ok_or_else(unsure);
    }
    let ascii = idna::domain_to_ascii_strict(name).map_err(|_| unsure())?;
    // Browsers read a name whose last label is a number as an IPv4 address, in several bases.
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if number && ascii.parse::<Ipv4Addr>().is_err() { Err(unsure()) } else { Ok(ascii) }
}

#[cfg(test)]
mod tests {
    use super::{HttpsLink, PublicUrl};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    fn url(typed: &str) -> PublicUrl {
        PublicUrl::parse(typed).unwrap()
    }

    #[test]
    fn an_origin_has_one_spelling() {
        for (typed, origin) in [
            (" HTTPS://Portal.Example.COM:443/ ", "https://portal.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://LOCALHOST:8080/", "http://localhost:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[::0001]:3000", "http://[::1]:3000"),
            ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
        ] {
            assert_eq!(url(typed).origin(), origin, "{typed}");
        }
    }

    #[test]
    fn its_parts_are_what_browsers_send() {
        let portal = url("https://portal.example.com:8443");
        assert_eq!(
            (portal.host(), portal.authority()),
            ("portal.example.com", "portal.example.com:8443")
        );
        assert_eq!(portal.join("/invite/x"), "https://portal.example.com:8443/invite/x");
        assert_eq!(portal.join("invite/x"), portal.join("/invite/x"));
        assert_eq!(url("http://[::1]:3000").host(), "[::1]");
        assert!(portal.is_https() && !url("http://e.com").is_https());
    }

    #[test]
    fn other_things_are_refused_with_a_sentence() {
        for odd in [
            "",
            "portal.example.com",
            "ftp://e.com",
            "javascript:alert(1)",
            "https://",
            "https:///",
            "https://e.com/x",
            "https://e.com?x",
            "https://e.com#x",
            "https://me@e.com",
            "https://me:pw@e.com",
            "https://e.com:",
            "https://e.com:0",
            "https://e.com:99999",
            "https://e.com:+1",
            "https://e .com",
            "https://e_f.com",
            "https://-e.com",
            "https://e.com//",
            "https://[::1",
            "https://[zz]",
            "https://0x7f.1",
            "https://127.1",
            "https://1.2.3.999",
            "http://0.0.0.0:80",
            "http://[::]",
            "https://e.com\r\nX: y",
            "https://e\u{202e}.com",
            "https://e.com\\x",
        ] {
            assert!(PublicUrl::parse(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn loopback_works_on_this_machine_only() {
        for here in [
            "http://localhost",
            "http://a.localhost:1",
            "http://127.8.9.1",
            "http://[::1]",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(url(here).is_loopback() && !url(here).is_private(), "{here}");
        }
        assert!(!url("https://localhost.example.com").is_loopback());
    }

    #[test]
    fn private_addresses_work_in_one_network_only() {
        for near in [
            "http://10.1.2.3",
            "http://172.31.0.1",
            "http://192.168.1.1",
            "http://169.254.1.1",
            "http://100.64.0.1",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://nas.local",
            "http://nas.lan",
            "http://nas.internal",
            "http://nas",
        ] {
            assert!(url(near).is_private() && !url(near).is_loopback(), "{near}");
        }
        for far in
            ["https://e.com", "https://172.32.0.1", "https://100.128.0.1", "https://[2001:db8::1]"]
        {
            assert!(!url(far).is_private() && !url(far).is_loopback(), "{far}");
        }
    }

    #[test]
    fn a_help_link_keeps_its_path() {
        let help = HttpsLink::parse("HTTPS://Example.com/Help?q=Ä#top").unwrap();
        assert_eq!(help.as_str(), "https://example.com/Help?q=Ä#top");
        for odd in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//e.com",
            "e.com",
            "https://e.com/\"onclick=",
            "https://e.com/<b>",
            "https://bank.example@evil.example",
            "https://?x",
            "mailto:a@e.com",
            "java\tscript:alert(1)",
            "https://e.com\\@f.com",
        ] {
            assert!(HttpsLink::parse(odd).is_err(), "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn origins_come_back_as_they_went(text in "(https?://)?[a-z0-9.:/@\\[\\]-]{0,20}|.*") {
            if let Ok(url) = PublicUrl::parse(&text) {
                prop_assert!(url.origin().is_ascii());
                prop_assert_eq!(PublicUrl::parse(url.as_str()), Ok(url));
            }
            if let Ok(link) = HttpsLink::parse(&text) {
                prop_assert_eq!(HttpsLink::parse(link.as_str()), Ok(link));
            }
        }
    }
}
