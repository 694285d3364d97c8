//! The way to a certificate is changed while the server runs, or does not lead there.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as Taken};
use std::path::Path;
use std::time::Duration;

use anteroom::config::{Config, ListenTls};
use anteroom::http::tls::self_signed;
use anteroom::model::tls::{CertificateStatus, TlsForm};
use anteroom::model::{Admin, Clock};
use anteroom::server::{self, Running};
use anteroom::values::PublicUrl;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::address::{OLIVE, send, session};
use super::authority::{answers, free_port};
use super::browser::Visit;
use super::running::{get, set_up, tell};
use super::{PORTAL, SOON, place, until_shown, write};

const OLD: &str = "old.firm.example";
const HERE: &str = "http://portal.firm.example";

/// A server on free ports that is set up, and Olive, its Owner, logged in.
struct House {
    server: Running,
    cookie: String,
    https: u16,
}

impl House {
    /// With its portal at this address, where `https` is to be the port for encrypted connections.
    async fn of(data: &Path, url: &'static str, https: u16) -> Self {
        let server = start(data, https).await;
        let (port, data) = (server.addr.port(), data.to_owned());
        let (cookie, _) = tokio::task::spawn_blocking(move || {
            // Answered as soon as it serves.
            let host = url.split_once("://").unwrap().1;
            tell(port, &get(host, "/healthz", ""));
            set_up(&data, url);
            session(&tell(port, &send(host, "/login", "", OLIVE)))
        })
        .await
        .unwrap();
        Self { server, cookie, https }
    }

    fn admin(&self) -> Admin {
        let token = self.cookie.split_once('=').unwrap().1;
        self.server.guest.console(token).unwrap().admin().unwrap()
    }

    /// Chooses another way, as the page does.
    async fn choose(&self, form: TlsForm) {
        let admin = self.admin();
        let seen = admin.tls_settings().unwrap().edition();
        admin.set_tls(TlsForm { seen, ..form }).await.unwrap();
    }

    async fn move_to(&self, url: &str) {
        let admin = self.admin();
        let seen = admin.address_settings().unwrap().edition();
        admin.set_address(PublicUrl::parse(url).unwrap(), "on", seen).await.unwrap();
    }

    fn status(&self) -> CertificateStatus {
        self.server.system.certificate_status().unwrap()
    }

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
        timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("in vain: {:?}", self.status()))
    }

    async fn page(&self, path: &'static str) -> String {
        let (port, cookie) = (self.server.addr.port(), format!("Cookie: {}\r\n", self.cookie));
        let host = self.admin().console().firm().unwrap().public_url.host().to_owned();
        let asked = get(&host, path, &cookie);
        tokio::task::spawn_blocking(move || tell(port, &asked)).await.unwrap()
    }
}

async fn start(data: &Path, https: u16) -> Running {
    let mut config = Config::nearby(data.to_owned());
    std::fs::create_dir_all(data).unwrap();
    config.listen_tls = ListenTls { https: at(https), http: None, insists: false };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    server::start(config, Clock::system(), listener).unwrap()
}

fn at(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn way(way: &str) -> TlsForm {
    TlsForm { way: way.into(), ..TlsForm::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_files_are_shown_again_after_another_way_was_chosen_for_a_while() {
    let (place, data) = place();
    let (certificate, key) = (place.path().join("cert.pem"), place.path().join("key.pem"));
    let (pem, own) = self_signed(&[PORTAL.to_owned(), "files.example".to_owned()], None).unwrap();
    write(&certificate, &pem);
    write(&key, &own);
    let files = || TlsForm {
        certificate_file: certificate.display().to_string(),
        key_file: key.display().to_string(),
        ..way("files")
    };
    let house = House::of(&data, HERE, free_port()).await;
    let from_files = |names: &[String]| names.iter().any(|name| name.contains("files.example"));

    for between in ["self-signed", "off"] {
        house.choose(files()).await;
        house.until(|now| now.facts.as_ref().is_some_and(|facts| from_files(&facts.names))).await;
        answers(house.https).await;
        until_shown(house.https, |shown| from_files(&shown.names)).await;
        house.choose(way(between)).await;
        house.until(|now| now.facts.as_ref().is_none_or(|facts| !from_files(&facts.names))).await;
    }
    house.choose(files()).await;
    answers(house.https).await;
    until_shown(house.https, |shown| from_files(&shown.names)).await;
    house.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_cannot_be_had_is_said_with_what_to_do() {
    let (_place, data) = place();
    let other = Taken::bind("127.0.0.1:0").unwrap();
    let house = House::of(&data, HERE, other.local_addr().unwrap().port()).await;
    house.choose(way("self-signed")).await;

    let status = house.until(|status| status.closed.is_some()).await;

    let warning = status.warning.unwrap();
    for words in ["Nobody can come by https", "taken by another program", "--listen-https"] {
        assert!(warning.contains(words), "{warning}");
    }
    let page = house.page("/console/settings/address").await;
    assert!(page.contains("Nobody can come by https"), "{page}");
    house.choose(way("off")).await;
    house.until(|status| status.closed.is_none() && status.warning.is_none()).await;
    house.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_waits_and_names_no_time_while_the_authority_could_not_look() {
    let (_place, data) = place();
    let other = Taken::bind("127.0.0.1:0").unwrap();
    let house = House::of(&data, HERE, other.local_addr().unwrap().port()).await;
    let directory = format!("https://{}/directory", at(free_port()));
    house.choose(TlsForm { directory, ..way("acme") }).await;
    let status = house.until(|status| status.closed.is_some()).await;
    assert_eq!((status.next_try, status.last_try), (None, None));
    house.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_address_keeps_its_certificate_after_a_new_start() {
    let (_place, data) = place();
    let house = House::of(&data, "https://old.firm.example", free_port()).await;
    house.choose(way("self-signed")).await;
    let named = |names: &[String], name: &str| names.iter().any(|one| one.contains(name));
    house.until(|now| now.facts.as_ref().is_some_and(|facts| named(&facts.names, OLD))).await;
    answers(house.https).await;
    let https = house.https;
    let before = Visit::open(https, OLD).await.shown();
    house.move_to(&format!("https://{PORTAL}")).await;
    until_shown(https, |shown| named(&shown.names, PORTAL)).await;
    assert_eq!(Visit::open(https, OLD).await.shown(), before);
    house.server.stop().await.unwrap();

    let again = start(&data, https).await;
    answers(https).await;
    until_shown(https, |shown| named(&shown.names, PORTAL)).await;
    let shown = async {
        while Visit::open(https, OLD).await.shown() != before {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, shown).await.unwrap();
    again.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_is_cut_off_counts_after_a_new_start() {
    let (_place, data) = place();
    // An authority that takes every connection and never says a word.
    let silent = Taken::bind("127.0.0.1:0").unwrap();
    let house = House::of(&data, HERE, free_port()).await;
    let directory = format!("https://{}/directory", silent.local_addr().unwrap());
    house.choose(TlsForm { directory, ..way("acme") }).await;
    let heard = tokio::task::spawn_blocking(move || silent.accept().map(|heard| (silent, heard)));
    let _open = timeout(SOON, heard).await.unwrap().unwrap().unwrap();
    assert!(house.server.system.certificate_attempts().unwrap().is_empty(), "it is being made");
    house.server.stop().await.unwrap();

    let again = start(&data, house.https).await;
    let tries = again.system.certificate_attempts().unwrap();
    assert_eq!(tries.len(), 1);
    assert!(tries[0].looked && tries[0].failure.as_deref().unwrap().contains("not finished"));
    answers(house.https).await;
    let later = async {
        loop {
            let status = again.system.certificate_status().unwrap();
            if let Some(next) = status.next_try {
                return (status, next);
            }
            tokio::task::yield_now().await;
        }
    };
    let (status, next) = timeout(SOON, later).await.unwrap();
    assert!(next >= tries[0].at + Duration::from_secs(60), "{status:?}");
    again.stop().await.unwrap();
}
