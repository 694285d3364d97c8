//! A firm at work: a real server on a free port, a mail server beside it, and people who use it as people do.
//!
//! Only the office may set the clock. Mails leave ten seconds after they were written, by the office's clock.

mod setting_up;

pub use setting_up::standing;

use std::collections::{BTreeMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anteroom::config::{Config, ListenTls};
use anteroom::model::firm::{NewSmtp, SmtpSecurity};
use anteroom::model::{Clock, Locked};
use anteroom::server::{self, Running};
use anteroom::values::Email;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tracing::Level;

use crate::cast::{self, Cast};
use crate::mail_sink::{Mail, Sink};
use crate::names::Names;
use crate::page::Page;
use crate::person::Person;

/// For what the server does by itself; a debug build on a busy machine is slow.
const SOON: Duration = Duration::from_secs(30);
/// How long a mail waits for "Undo", and a moment.
const UNDO: Duration = Duration::from_secs(11);
/// When every test begins: a Monday morning in New York.
const OPENING: &str = "2026-03-02T14:00:00Z";

/// A firm with its server.
pub struct Office {
    /// Its mail server.
    pub sink: Sink,
    /// The name server that it asks.
    pub names: Names,
    clock: Clock,
    server: Running,
    place: TempDir,
    people: BTreeMap<&'static str, Person>,
    faults: Arc<Mutex<Vec<String>>>,
    read: Mutex<HashSet<usize>>,
    strangers: Mutex<u8>,
}

impl Office {
    /// A server that was started for the first time, and nobody has come yet.
    pub async fn bare() -> Self {
        let sink = Sink::start().await;
        let mail = Locked { value: smtp(&sink), source: "the test".to_owned() };
        Self::with(sink, Some(mail), |_| {}).await
    }

    /// The same, before anybody has set a mail server. The sink is there, for whoever does.
    pub async fn without_mail() -> Self {
        Self::with(Sink::start().await, None, |_| {}).await
    }

    /// The same as the first, told more from outside.
    pub async fn told(more: impl FnOnce(&mut Config)) -> Self {
        let sink = Sink::start().await;
        let mail = Locked { value: smtp(&sink), source: "the test".to_owned() };
        Self::with(sink, Some(mail), more).await
    }

    async fn with(
        sink: Sink,
        mail: Option<Locked<NewSmtp>>,
        more: impl FnOnce(&mut Config),
    ) -> Self {
        // What the server logs as an error is shown with the test that fails. Only the first office can ask for it.
        let log = tracing_subscriber::fmt().with_test_writer().with_max_level(Level::ERROR);
        let _ = log.try_init();
        let data = tempfile::tempdir().unwrap();
        let clock = Clock::pinned(OPENING.parse().unwrap());
        let mut config = Config::nearby(data.path().join("data"));
        std::fs::create_dir(&config.data).unwrap();
        config.overrides.smtp = mail;
        let names = Names::start().await;
        config.overrides.dns_server = Some(names.at);
        // This process is not the program.
        config.overrides.worker = Some(env!("CARGO_BIN_EXE_anteroom").into());
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        config.listen_tls = ListenTls { https: any, http: Some(any), insists: false };
        more(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = server::start(config, clock.clone(), listener).unwrap();
        let faults = Arc::<Mutex<Vec<String>>>::default();
        let browser =
            |one: &Cast| (one.key, Person::new(one.key, server.addr, one.host, faults.clone()));
        let people = cast::EVERYBODY.iter().map(browser).collect();
        let (read, strangers) = (Mutex::default(), Mutex::new(100));
        Self { sink, names, clock, server, place: data, people, faults, read, strangers }
    }

    /// The data folder, for whoever sits at the machine.
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// The same firm, served at the same address from another data folder. Everybody keeps their browser.
    pub async fn moved_to(self, data: PathBuf) -> Self {
        let addr = self.server.addr;
        self.server.stop().await.unwrap();
        let mut config = Config::nearby(data);
        config.overrides.smtp =
            Some(Locked { value: smtp(&self.sink), source: "the test".to_owned() });
        config.overrides.dns_server = Some(self.names.at);
        config.overrides.worker = Some(env!("CARGO_BIN_EXE_anteroom").into());
        let listener = TcpListener::bind(addr).await.unwrap();
        let server = server::start(config, self.clock.clone(), listener).unwrap();
        Self { server, ..self }
    }

    /// Olive, Owner.
    pub fn olive(&self) -> &Person {
        &self.people["olive"]
    }

    /// Rita, Admin.
    pub fn rita(&self) -> &Person {
        &self.people["rita"]
    }

    /// Sam, Staff.
    pub fn sam(&self) -> &Person {
        &self.people["sam"]
    }

    /// Maya, contact of Alder and of her trust.
    pub fn maya(&self) -> &Person {
        &self.people["maya"]
    }

    /// Noor, contact of Alder.
    pub fn noor(&self) -> &Person {
        &self.people["noor"]
    }

    /// Ben, contact of Beech: the stranger.
    pub fn ben(&self) -> &Person {
        &self.people["ben"]
    }

    /// Somebody with a fresh browser on a machine of their own.
    pub fn nobody(&self) -> Person {
        let mut last = self.strangers.lock().unwrap();
        *last += 1;
        Person::new("nobody", self.addr(), *last, self.faults.clone())
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// The beginning of every link.
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// Lets time pass. Jobs look at the clock by themselves.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Lets days pass.
    pub fn days_pass(&self, days: u64) {
        self.advance(Duration::from_secs(days * 24 * 60 * 60));
    }

    /// Lets the time for "Undo" pass, so that mails leave.
    pub fn undo_passes(&self) {
        self.advance(UNDO);
    }

    /// The next mail to somebody that was not read yet; waits for it, and lets the time for "Undo" pass.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn mail_to(&self, whom: &str) -> Mail {
        self.next(whom, |_| true).await
    }

    /// The next such mail to somebody; others stay unread.
    async fn next(&self, whom: &str, such: fn(&Mail) -> bool) -> Mail {
        let address = address_of(whom);
        if let Some(mail) = self.unread(&address, such) {
            return mail;
        }
        self.undo_passes();
        let read = self.read.lock().unwrap().clone();
        let to = address.clone();
        let here = move |mails: &[Mail]| {
            let mut new = mails.iter().enumerate().filter(|(at, _)| !read.contains(at));
            new.any(|(_, mail)| mail.to.eq_ignore_ascii_case(&to) && such(mail))
        };
        if timeout(SOON, self.sink.wait_for(here, SOON * 2)).await.is_err() {
            let mails = self.sink.mails();
            let came: Vec<_> = mails.iter().map(|m| (&m.to, m.header("Subject"))).collect();
            panic!("no mail to {whom} came within {SOON:?}; there are {came:?}");
        }
        self.unread(&address, such).expect("it has just come")
    }

    /// Such a mail to this address that was not read yet; from now on it was.
    fn unread(&self, address: &str, such: fn(&Mail) -> bool) -> Option<Mail> {
        let mut read = self.read.lock().unwrap();
        let mails = self.sink.mails();
        let mut new = mails.into_iter().enumerate().filter(|(at, _)| !read.contains(at));
        let (at, mail) =
            new.find(|(_, mail)| mail.to.eq_ignore_ascii_case(address) && such(mail))?;
        read.insert(at);
        Some(mail)
    }

    /// How many mails to somebody have come that nobody has read.
    pub fn unread_mails_to(&self, whom: &str) -> usize {
        let address = address_of(whom);
        let read = self.read.lock().unwrap();
        let mails = self.sink.mails();
        let new = mails.iter().enumerate().filter(|(at, _)| !read.contains(at));
        new.filter(|(_, mail)| mail.to.eq_ignore_ascii_case(&address)).count()
    }

    /// Waits until every mail that may leave by now has left, by sending one more behind them: a new password for
    /// Olive. Whatever has not come before it does not come. What Olive has got counts as read.
    pub async fn mails_settle(&self) {
        self.mails_have_left().await;
        self.reads_all(cast::OLIVE);
    }

    async fn mails_have_left(&self) {
        self.undo_passes();
        let page = self.nobody().get("/forgot").await;
        self.nobody().press(&page, "Send me a link", &[("email", cast::OLIVE.email)]).await;
        self.next("olive", |mail| mail.text_part().contains("/reset/")).await;
    }

    fn reads_all(&self, who: Cast) {
        while self.unread(who.email, |_| true).is_some() {}
    }

    /// Every mail that may leave by now has left, and none that is unread is for them.
    pub async fn has_no_mail_for(&self, whom: &str) {
        self.mails_have_left().await;
        assert_eq!(self.unread_mails_to(whom), 0, "{whom} has mail");
        self.reads_all(cast::OLIVE);
    }

    /// Every contact reads the mails that may leave by now: a test that is about something else.
    pub async fn mails_are_read(&self) {
        self.mails_settle().await;
        [cast::MAYA, cast::NOOR, cast::BEN].into_iter().for_each(|who| self.reads_all(who));
    }

    /// Stops the server, and has all mails read: one may be handed over until it has stopped.
    pub async fn close_with_mails_read(self) {
        self.mails_settle().await;
        self.end(&[cast::MAYA, cast::NOOR, cast::BEN]).await;
    }

    /// Waits until a page says something, as somebody who looks at it again and again.
    ///
    /// # Panics
    /// With the page, if it does not say so in time.
    pub async fn until(&self, who: &Person, path: &str, words: &str) -> Page {
        let look = async {
            loop {
                let page = who.visit(path).await;
                if page.text().contains(words) {
                    return page;
                }
                tokio::task::yield_now().await;
            }
        };
        match timeout(SOON, look).await {
            Ok(page) => page,
            Err(_) => {
                let text = who.visit(path).await.text();
                panic!("{path} did not say {words:?} within {SOON:?}: {text}")
            }
        }
    }

    /// Stops the server. A mail to a client's contact that no test has read, or a page that was not well-formed,
    /// fails the test.
    pub async fn close(self) {
        self.end(&[]).await;
    }

    async fn end(self, readers: &[Cast]) {
        self.server.stop().await.unwrap();
        let mails = self.sink.mails();
        let read = self.read.lock().unwrap();
        let unread = mails.iter().enumerate().filter(|(at, _)| !read.contains(at));
        let unread: Vec<_> = unread
            .filter(|(_, mail)| !mail.to.ends_with("@firm.example"))
            .filter(|(_, mail)| !readers.iter().any(|who| who.email == mail.to))
            .map(|(_, mail)| (mail.to.clone(), mail.header("Subject")))
            .collect();
        assert!(unread.is_empty(), "nobody has read {unread:?}");
        let mut faults = self.faults.lock().unwrap().clone();
        faults.dedup();
        assert!(faults.is_empty(), "pages that are not well-formed:\n{}", faults.join("\n"));
        assert_eq!(self.sink.violations(), <[String; 0]>::default());
    }
}

/// The address of one of the cast, or the address itself.
fn address_of(whom: &str) -> String {
    if whom.contains('@') { whom.to_owned() } else { cast::by_key(whom).email.to_owned() }
}

fn smtp(sink: &Sink) -> NewSmtp {
    NewSmtp {
        host: "localhost".to_owned(),
        port: sink.port(),
        security: SmtpSecurity::None,
        login: None,
        mail_from: Email::parse("portal@firm.example").unwrap(),
        ca: None,
    }
}
