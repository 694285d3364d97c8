//! Certificates that come by themselves, from a real authority on this machine.

use std::time::Duration;

use anteroom::config::{Config, ListenTls};
use anteroom::model::tls::{CertificateStatus, Challenge, TlsSettings, TlsWay};
use anteroom::model::{Clock, Locked};
use anteroom::server::{self, Running};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::authority::{Authority, answers, free_port, is_private};
use super::browser::{Shown, Visit};
use super::running::set_up;

const PORTAL: &str = "portal.firm.example";
/// For an order: an authority looks at most every second or so.
const SOON: Duration = Duration::from_secs(90);
const PEBBLE: &str = "Pebble Intermediate";

/// A server that gets its certificates from an authority.
struct Portal {
    server: Running,
    clock: Clock,
    https: u16,
    http: u16,
    data: TempDir,
}

/// The ports at which a portal is going to answer.
fn ports() -> (u16, u16) {
    (free_port(), free_port())
}

impl Portal {
    async fn start(authority: &Authority, at: (u16, u16), challenge: Challenge) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Clock::pinned(Clock::system().now());
        Self::start_in(data, clock, authority, at, challenge).await
    }

    async fn start_in(
        data: TempDir,
        clock: Clock,
        authority: &Authority,
        (https, http): (u16, u16),
        challenge: Challenge,
    ) -> Self {
        let mut config = Config::nearby(data.path().join("data"));
        std::fs::create_dir_all(&config.data).unwrap();
        let at = |port| (std::net::Ipv4Addr::LOCALHOST, port).into();
        config.listen_tls = ListenTls { https: at(https), http: Some(at(http)), insists: true };
        let settings = TlsSettings {
            way: TlsWay::Automatic,
            names: vec![PORTAL.into(), "www.firm.example".into()],
            directory: Some(authority.directory.clone()),
            ca: Some(authority.ca.clone()),
            challenge,
            ..TlsSettings::default()
        };
        config.overrides.tls = Some(Locked { value: settings, source: "--tls".into() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = server::start(config, clock.clone(), listener).unwrap();
        answers(https).await;
        Self { server, clock, https, http, data }
    }

    /// The certificate that a browser is shown.
    async fn shown(&self) -> Shown {
        Visit::open(self.https, PORTAL).await.shown()
    }

    fn status(&self) -> CertificateStatus {
        self.server.system.certificate_status().unwrap()
    }

    /// Waits until this is so.
    async fn until(&self, so: impl Fn(&CertificateStatus) -> bool) -> CertificateStatus {
        let waiting = async {
            loop {
                let status = self.status();
                if so(&status) {
                    return status;
                }
                tokio::task::yield_now().await;
            }
        };
        match timeout(SOON, waiting).await {
            Ok(status) => status,
            Err(late) => panic!("{late}: {:?}", self.status()),
        }
    }

    /// Waits for a certificate of the authority. Whenever a try has failed, time passes until the next one.
    async fn until_issued(&self) -> CertificateStatus {
        self.until(|status| {
            if let Some(next) = status.next_try
                && next > self.clock.now()
                && status.facts.is_none()
            {
                self.clock.set(next);
            }
            status.facts.is_some()
        })
        .await
    }

    async fn stop(self) -> (TempDir, Clock) {
        self.server.stop().await.unwrap();
        (self.data, self.clock)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_certificate_comes_by_the_handshake_and_is_kept() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    authority.start(0).await;
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    let early = Visit::open(at.0, PORTAL).await.get(PORTAL, "/healthz").await;
    assert!(early.starts_with("HTTP/1.1 200"), "a handshake never fails: {early}");

    let status = portal.until_issued().await;
    let facts = status.facts.unwrap();
    assert_eq!(facts.names, [PORTAL, "www.firm.example"]);
    assert!(facts.issuer.contains(PEBBLE) && !facts.self_signed, "{}", facts.issuer);
    let shown = portal.shown().await;
    assert!(shown.issuer.contains(PEBBLE), "{shown:?}");
    let latest = portal.server.system.certificate_attempts().unwrap();
    assert_eq!(latest.len(), 1);
    assert_eq!((latest[0].challenge, &latest[0].failure), (Challenge::TlsAlpn01, &None));
    assert!(status.next_try.unwrap() > portal.clock.now(), "it is not ordered twice");
    assert!(is_private(&portal.data.path().join("data/tls")));

    // Started again, with the authority gone: the same certificate, and nobody is asked.
    let orders = authority.orders();
    authority.stop();
    let (data, clock) = portal.stop().await;
    let again = Portal::start_in(data, clock, &authority, at, Challenge::Either).await;
    let status = again.until(|status| status.facts.is_some()).await;
    assert_eq!(status.last_error, None);
    assert_eq!(again.shown().await, shown);
    assert_eq!(authority.orders(), orders);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_certificate_comes_by_a_text_at_port_80() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    authority.start(0).await;
    let portal = Portal::start(&authority, at, Challenge::Http01).await;
    portal.until_issued().await;
    assert!(portal.shown().await.issuer.contains(PEBBLE));
    let log = authority.log();
    assert!(log.contains("/.well-known/acme-challenge/") || log.contains("http-01"), "{log}");
    assert_ne!(portal.http, 0);
    portal.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_challenge_fails_the_other_is_tried() {
    let at = ports();
    // It looks for the handshake where nobody is.
    let mut authority = Authority::planned(free_port(), at.1);
    authority.start(0).await;
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    let failed = portal.until(|status| status.last_error.is_some()).await;
    let said = failed.last_error.unwrap();
    assert!(said.starts_with("The authority says of "), "{said}");
    assert!(failed.warning.unwrap().contains("no certificate yet"));
    portal.until_issued().await;
    let latest = portal.server.system.certificate_attempts().unwrap();
    let ways: Vec<_> = latest.iter().rev().map(|one| one.challenge).collect();
    assert_eq!(ways, [Challenge::TlsAlpn01, Challenge::Http01]);
    portal.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonces_that_are_refused_cost_nothing() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    authority.start(20).await;
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    portal.until_issued().await;
    assert!(authority.log().contains("badNonce") || authority.log().contains("nonce"));
    let latest = portal.server.system.certificate_attempts().unwrap();
    assert_eq!(latest.len(), 1, "{latest:?}");
    portal.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_cannot_find_us_is_asked_four_times_an_hour_until_it_can() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    authority.start(0).await;
    authority.names_lead_to("127.0.0.2");
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    let tried = |count: usize| {
        let system = portal.server.system.clone();
        move |_: &CertificateStatus| system.certificate_attempts().unwrap().len() == count
    };
    for count in 1..=4 {
        portal.until(tried(count)).await;
        let status = portal.status();
        let said = status.last_error.unwrap();
        assert!(said.contains("127.0.0.2"), "{said}");
        if count < 4 {
            portal.clock.set(status.next_try.unwrap());
        }
    }
    let first = portal.server.system.certificate_attempts().unwrap().pop().unwrap();
    let next = portal.status().next_try.unwrap();
    assert!(next.duration_since(first.at).as_secs() >= 60 * 60, "{first:?} {next}");

    authority.names_lead_to("127.0.0.1");
    portal.until_issued().await;
    assert_eq!(portal.status().last_error, None);
    portal.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_while_connections_are_open() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    authority.start(0).await;
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    let facts = portal.until_issued().await.facts.unwrap();
    let first = portal.shown().await;
    let mut open = Visit::open(at.0, PORTAL).await;
    assert!(open.get(PORTAL, "/healthz").await.starts_with("HTTP/1.1 200"));

    // The authority is away when it is time: what there is stays, and a warning comes only near the end.
    authority.stop();
    portal.clock.set(facts.renewal());
    let failed = portal.until(|status| status.last_error.is_some()).await;
    assert_eq!(failed.warning, None);
    assert_eq!(portal.shown().await, first);

    authority.start(0).await;
    let renewed = async {
        loop {
            let next = portal.status().next_try.unwrap_or_else(|| portal.clock.now());
            portal.clock.set(next.max(portal.clock.now()));
            let shown = portal.shown().await;
            if shown.serial != first.serial {
                return shown;
            }
        }
    };
    let second = timeout(SOON, renewed).await.expect("the certificate is renewed");
    assert!(second.issuer.contains(PEBBLE), "{second:?}");
    assert!(open.get(PORTAL, "/healthz").await.starts_with("HTTP/1.1 200"), "not cut");
    portal.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_down_at_first_is_asked_again() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    let status = portal.until(|status| status.last_error.is_some()).await;
    let said = status.last_error.unwrap();
    assert!(said.contains("could not be reached"), "{said}");
    let latest = portal.server.system.certificate_attempts().unwrap();
    assert!(latest.iter().all(|one| !one.looked));
    authority.start(0).await;
    portal.until_issued().await;
    portal.stop().await;
}

/// A page of the portal by HTTPS, in lower case.
async fn page(portal: &Portal) -> String {
    Visit::open(portal.https, PORTAL).await.get(PORTAL, "/login").await.to_ascii_lowercase()
}

const INSISTS: &str = "strict-transport-security: max-age=31536000";

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_told_to_insist_on_https_a_day_after_the_certificate_came() {
    let at = ports();
    let mut authority = Authority::planned(at.0, at.1);
    authority.start(0).await;
    let portal = Portal::start(&authority, at, Challenge::Either).await;
    let data = portal.data.path().join("data");
    tokio::task::spawn_blocking(move || set_up(&data, &format!("https://{PORTAL}"))).await.unwrap();
    portal.until_issued().await;
    assert!(!page(&portal).await.contains(INSISTS));
    let insists = async {
        while !page(&portal).await.contains(INSISTS) {
            portal.clock.advance(Duration::from_secs(60 * 60));
        }
    };
    let before = portal.clock.now();
    timeout(SOON, insists).await.unwrap();
    assert!(portal.clock.now().duration_since(before).as_hours() >= 24);

    // It is not forgotten when the server is started again.
    let (data, clock) = portal.stop().await;
    let again = Portal::start_in(data, clock, &authority, at, Challenge::Either).await;
    again.until(|status| status.facts.is_some()).await;
    assert!(page(&again).await.contains(INSISTS));
    again.stop().await;
}
