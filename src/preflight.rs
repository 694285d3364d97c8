//! What an authority is going to look at before it gives a certificate, looked at beforehand and said in words: where the
//! names lead, whether somebody listens, whether the domain allows this authority, the clock, and the authority itself.
//!
//! Nothing is ordered here, so it can be asked as often as one likes. Whether the world reaches this machine cannot be
//! seen from the machine itself: where that is the question, the answer says so.

mod allowed;
mod directory;
mod names;
mod ports;

use std::fmt;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Serialize;

use crate::dns::Dns;
use crate::http::tls::Served;
use crate::mail::tls::client_config;
use crate::model::tls::{Challenge, OpenPorts, TlsSettings, TlsWay};
use directory::Found;

/// Names under which the DNS knows Let's Encrypt, which need not be asked for them.
const LETS_ENCRYPT: &str = "letsencrypt.org";

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Preflight {
    /// As they are, or as they are going to be.
    pub settings: TlsSettings,
    /// The hosts the certificate is for.
    pub names: Vec<String>,
    /// Where the server takes connections, and where it would.
    pub ports: OpenPorts,
    /// By the clock of this machine.
    pub now: Timestamp,
    /// Who is asked for DNS records.
    pub dns: Dns,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Which of the four ways was looked at, as the command line writes it.
    pub way: &'static str,
    /// The hosts.
    pub names: Vec<String>,
    /// The authority's directory; none where no authority is asked.
    pub directory: Option<String>,
    /// Nothing stands in the way, as far as can be seen from here.
    pub good: bool,
    /// One by one.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// "way", "names", "files", "address", "port-443", "port-80", "caa", "directory" or "clock".
    pub check: &'static str,
    /// The host it is about, if it is about one.
    pub name: Option<String>,
    /// How it looks.
    pub is: Verdict,
    /// In words, with what to do.
    pub says: String,
}

/// How something looks; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should.
    Good,
    /// That cannot be told from here, or it may do.
    Unsure,
    /// The authority is going to refuse.
    Bad,
}

impl Finding {
    fn new(check: &'static str, (is, says): (Verdict, String)) -> Self {
        Self { check, name: None, is, says }
    }

    fn of(check: &'static str, name: &str, (is, says): (Verdict, String)) -> Self {
        Self { check, name: Some(name.to_owned()), is, says }
    }
}

impl Preflight {
    /// Looks. It takes as long as the slowest of those who are asked, at most some twenty seconds.
    pub async fn look(&self) -> Report {
        let findings = match self.settings.way {
            TlsWay::Off => vec![settled(
                "No certificate is needed here: a proxy in front encrypts, or nobody does.",
            )],
            TlsWay::SelfSigned => vec![settled(
                "No authority is asked: this server vouches for itself, and each browser warns once.",
            )],
            TlsWay::Files => vec![self.files().await],
            TlsWay::Automatic => self.automatic().await,
        };
        let asked = self.settings.way == TlsWay::Automatic;
        Report {
            way: self.settings.way.name(),
            names: self.names.clone(),
            directory: asked.then(|| self.settings.directory().to_owned()),
            good: findings.iter().all(|one| one.is != Verdict::Bad),
            findings,
        }
    }

    async fn files(&self) -> Finding {
        let judged = match self.read_files().await {
            Err(why) => (Verdict::Bad, why),
            Ok(served) => self.fits(&served),
        };
        Finding::new("files", judged)
    }

    async fn read_files(&self) -> Result<Served, String> {
        let text = async |path: &Option<String>| {
            let path = path.as_deref().unwrap_or_default();
            let read = tokio::fs::read_to_string(path).await;
            read.map_err(|why| format!("{path} cannot be read: {why}."))
        };
        let chain = text(&self.settings.certificate_file).await?;
        let key = text(&self.settings.key_file).await?;
        Served::read(&chain, &key).map_err(|why| why.to_string())
    }

    fn fits(&self, served: &Served) -> (Verdict, String) {
        let facts = &served.facts;
        if !facts.holds(self.now) {
            return (Verdict::Bad, "The certificate in the file does not hold now.".to_owned());
        }
        match self.names.iter().find(|name| !facts.covers(name)) {
            Some(name) => {
                let names = facts.names.join(", ");
                (Verdict::Bad, format!("The certificate is for {names}, and not for {name}."))
            }
            None => (
                Verdict::Good,
                "The certificate and its key fit together, and are for these names.".to_owned(),
            ),
        }
    }

    async fn automatic(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.names.is_empty() {
            let why = "There is no name to get a certificate for: set the public address first.";
            findings.push(Finding::new("names", (Verdict::Bad, why.to_owned())));
        }
        for name in self.names.iter().filter(|name| !is_public(name)) {
            let why = format!("An authority gives no certificate for {name}.");
            findings.push(Finding::of("names", name, (Verdict::Bad, why)));
        }
        let public: Vec<&String> = self.names.iter().filter(|name| is_public(name)).collect();
        let world = self.asks_the_world();
        let addresses = join_all(public.iter().map(|name| self.address(name, world)));
        let (addresses, found) = tokio::join!(addresses, self.directory());
        findings.extend(addresses);
        findings.extend(self.ports());
        let known = self.known_as(found.as_ref().ok());
        findings.extend(join_all(public.iter().map(|name| self.allowed(name, &known))).await);
        findings
            .push(Finding::new("directory", directory::judge(self.settings.directory(), &found)));
        if let Ok(Found { date: Some(date), .. }) = &found {
            findings.push(Finding::new("clock", directory::judge_clock(self.now, *date)));
        }
        findings
    }

    async fn address(&self, name: &str, world: bool) -> Finding {
        Finding::of("address", name, names::look(&self.dns, name, world).await)
    }

    async fn allowed(&self, name: &str, known_as: &[String]) -> Finding {
        let judged = allowed::look(&self.dns, name, known_as, self.settings.challenge).await;
        Finding::of("caa", name, judged)
    }

    async fn directory(&self) -> Result<Found, String> {
        let tls = client_config(self.settings.ca.as_deref()).map_err(str::to_owned)?;
        directory::ask(self.settings.directory(), tls).await
    }

    /// Whether the authority comes from the internet. One of a firm's own network sees that network's addresses.
    fn asks_the_world(&self) -> bool {
        directory::host(self.settings.directory()).is_some_and(|host| host.ends_with(LETS_ENCRYPT))
    }

    /// By which names the DNS knows the authority: as it says itself.
    fn known_as(&self, found: Option<&Found>) -> Vec<String> {
        let said = found.map(|found| found.known_as.clone()).unwrap_or_default();
        if said.is_empty() && self.asks_the_world() {
            return vec![LETS_ENCRYPT.to_owned()];
        }
        said
    }

    /// The two ports to which an authority comes.
    fn ports(&self) -> [Finding; 2] {
        let open = &self.ports;
        let https = ports::look(443, open.https, open.would_https);
        let (is, says) = ports::look(80, open.onward.or(open.beside), open.would_http);
        // Without it the other challenge does.
        let needed = self.settings.challenge == Challenge::Http01;
        let is = if needed { is } else { is.min(Verdict::Unsure) };
        [Finding::new("port-443", https), Finding::new("port-80", (is, says))]
    }
}

/// Nothing to look at.
fn settled(words: &str) -> Finding {
    Finding::new("way", (Verdict::Good, words.to_owned()))
}

/// A name that people all over the world can use, and no address.
fn is_public(name: &str) -> bool {
    name.contains('.') && name.parse::<std::net::IpAddr>().is_err()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.findings {
            let word = match one.is {
                Verdict::Good => "good",
                Verdict::Unsure => "unsure",
                Verdict::Bad => "bad",
            };
            writeln!(f, "{word:<8}{}", one.says)?;
        }
        f.write_str(match (self.good, self.way) {
            (true, "acme") => "Nothing stands in the way, as far as can be seen from here.",
            (true, _) => "All is well.",
            (false, _) => "Something stands in the way of a certificate.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preflight(settings: TlsSettings) -> Preflight {
        let names = settings.names.clone();
        let dns = Dns::new(Some("127.0.0.1:9".parse().unwrap()));
        let now = crate::model::Clock::system().now();
        Preflight { settings, names, ports: OpenPorts::default(), now, dns }
    }

    #[tokio::test]
    async fn a_proxy_or_the_server_itself_needs_no_authority() {
        for way in [TlsWay::Off, TlsWay::SelfSigned] {
            let report = preflight(TlsSettings { way, ..TlsSettings::default() }).look().await;
            assert!(report.good && report.directory.is_none(), "{report}");
            assert!(report.to_string().ends_with("All is well."), "{report}");
        }
    }

    #[tokio::test]
    async fn files_are_read_and_compared_with_the_names() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) =
            crate::http::tls::self_signed(&["portal.firm.example".to_owned()], None).unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            let mut file = std::fs::File::create(&path).unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            Some(path.to_str().unwrap().to_owned())
        };
        let settings = |names: &[&str], chain: Option<String>| TlsSettings {
            way: TlsWay::Files,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            certificate_file: chain,
            key_file: put("key.pem", &key),
            ..TlsSettings::default()
        };
        let chain = put("cert.pem", &chain);
        let fits = preflight(settings(&["portal.firm.example"], chain.clone())).look().await;
        assert!(fits.good, "{fits}");
        let other = preflight(settings(&["other.firm.example"], chain)).look().await;
        assert!(other.to_string().contains("and not for other.firm.example"), "{other}");
        let none = preflight(settings(&[], Some("/nowhere".into()))).look().await;
        assert!(!none.good && none.to_string().contains("/nowhere cannot be read"), "{none}");
    }
}
