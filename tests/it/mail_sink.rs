//! A mail server for tests: takes what a real one would take, refuses what it would refuse, fails when told to.
//!
//! It listens on a port of its own, speaks SMTP over a plain, STARTTLS or TLS connection, and keeps the mails. What a
//! strict server would object to is in [`Sink::violations`].

mod message;
mod session;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anteroom::mail::smtp::{Security, Server};
use anteroom::mail::tls::client_config;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// One mail that was accepted with 250.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// The sender in the envelope.
    pub from: String,
    /// The recipient in the envelope.
    pub to: String,
    /// The mail as it was before dots were doubled.
    pub data: String,
    /// Whether it came over an encrypted connection.
    pub tls: bool,
    /// Who had logged in.
    pub auth: Option<String>,
}

/// What kind of server it is.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Which connections it takes.
    pub security: Security,
    /// Whether it offers PIPELINING, and objects to commands sent ahead if not.
    pub pipelining: bool,
    /// The ways to log in that it offers.
    pub mechanisms: &'static str,
    /// The user name and password it wants before it takes mail.
    pub login: Option<(&'static str, &'static str)>,
    /// Whether it offers STARTTLS when `security` asks for it.
    pub offers_starttls: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            security: Security::None,
            pipelining: true,
            mechanisms: "PLAIN LOGIN",
            login: None,
            offers_starttls: true,
        }
    }
}

/// What it does instead of answering properly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Says this.
    Answer(String),
    /// Says nothing, but keeps the connection.
    Hang,
    /// Closes the connection.
    Drop,
}

/// When to misbehave.
struct Plan {
    /// A command, or GREETING, BODY (at the first line of a mail's text), END (after its last).
    point: String,
    /// Only for this recipient.
    address: Option<String>,
    /// How many times yet; for ever if none.
    times: Option<usize>,
    fault: Fault,
}

/// Shared by the test and the connections.
struct Inner {
    setup: Setup,
    port: u16,
    authority: String,
    acceptor: TlsAcceptor,
    plans: Mutex<VecDeque<Plan>>,
    notes: Mutex<Notes>,
    mails: watch::Sender<Vec<Mail>>,
}

#[derive(Default)]
struct Notes {
    connections: usize,
    commands: Vec<String>,
    violations: Vec<String>,
}

/// The running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Sink {
    inner: Arc<Inner>,
}

impl Sink {
    /// A plain server without log-in.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// A server of this kind, on 127.0.0.1.
    pub async fn with(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (authority, acceptor) = certificate();
        let sink = Self {
            inner: Arc::new(Inner {
                setup,
                port: listener.local_addr().unwrap().port(),
                authority,
                acceptor,
                plans: Mutex::default(),
                notes: Mutex::default(),
                mails: watch::Sender::default(),
            }),
        };
        spawn(sink.clone().listen(listener));
        sink
    }

    async fn listen(self, listener: TcpListener) {
        while let Ok((tcp, _)) = listener.accept().await {
            tcp.set_nodelay(true).unwrap();
            self.notes().connections += 1;
            spawn(session::serve(self.clone(), tcp));
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// The certificate of its issuer, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.inner.authority
    }

    /// How to reach it and log in, as the settings would say.
    pub fn server(&self) -> Server {
        let login = self.inner.setup.login;
        Server {
            host: "localhost".to_owned(),
            port: self.port(),
            security: self.inner.setup.security,
            ehlo: "portal.firm.example".to_owned(),
            login: login.map(|(user, password)| (user.to_owned(), password.to_owned())),
            tls: client_config(Some(self.ca_pem())).unwrap(),
        }
    }

    /// From now on answers so at this point.
    pub fn answer(&self, point: &str, reply: &str) {
        self.plan(point, None, None, Fault::Answer(reply.to_owned()));
    }

    /// Answers so the next `times` times.
    pub fn answer_times(&self, times: usize, point: &str, reply: &str) {
        self.plan(point, None, Some(times), Fault::Answer(reply.to_owned()));
    }

    /// Answers so whenever the mail is for this recipient.
    pub fn answer_for(&self, address: &str, point: &str, reply: &str) {
        self.plan(point, Some(address), None, Fault::Answer(reply.to_owned()));
    }

    /// From now on fails so at this point.
    pub fn fail(&self, point: &str, fault: Fault) {
        self.plan(point, None, None, fault);
    }

    /// Fails so the next `times` times.
    pub fn fail_times(&self, times: usize, point: &str, fault: Fault) {
        self.plan(point, None, Some(times), fault);
    }

    /// Behaves again.
    pub fn heal(&self) {
        self.inner.plans.lock().unwrap().clear();
    }

    fn plan(&self, point: &str, address: Option<&str>, times: Option<usize>, fault: Fault) {
        let silent = matches!(fault, Fault::Hang | Fault::Drop);
        assert!(silent || point != "BODY", "nothing is said in the middle of a mail");
        let (point, address) = (point.to_owned(), address.map(str::to_owned));
        self.inner.plans.lock().unwrap().push_back(Plan { point, address, times, fault });
    }

    /// What is planned for this point, counted as done.
    fn planned(&self, point: &str, to: &str) -> Option<Fault> {
        let mut plans = self.inner.plans.lock().unwrap();
        let plan = plans.iter_mut().find(|plan| {
            plan.point == point
                && plan.times != Some(0)
                && plan.address.as_ref().is_none_or(|address| address.eq_ignore_ascii_case(to))
        })?;
        if let Some(times) = &mut plan.times {
            *times -= 1;
        }
        Some(plan.fault.clone())
    }

    /// The mails so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.inner.mails.borrow().clone()
    }

    /// Waits until the mails are as `enough` wants them, and gives them back.
    ///
    /// # Panics
    /// With what did arrive, if that does not happen in time.
    pub async fn wait_for(
        &self,
        mut enough: impl FnMut(&[Mail]) -> bool,
        deadline: Duration,
    ) -> Vec<Mail> {
        let mut mails = self.inner.mails.subscribe();
        let waited = tokio::time::timeout(deadline, mails.wait_for(|mails| enough(mails))).await;
        match waited {
            Ok(mails) => mails.expect("the sink outlives the wait").clone(),
            Err(_) => {
                let arrived: Vec<_> =
                    self.mails().iter().map(|m| (m.to.clone(), m.header("Subject"))).collect();
                panic!("the awaited mail did not come within {deadline:?}; there are {arrived:?}")
            }
        }
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.notes().connections
    }

    /// Every command so far, as it came, without what followed AUTH.
    pub fn commands(&self) -> Vec<String> {
        self.notes().commands.clone()
    }

    /// Where we broke the protocol.
    pub fn violations(&self) -> Vec<String> {
        self.notes().violations.clone()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.inner.notes.lock().unwrap()
    }

    fn violation(&self, what: impl Into<String>) {
        self.notes().violations.push(what.into());
    }
}

#[expect(clippy::disallowed_methods, reason = "the sink is a server of its own")]
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

/// An issuer, as PEM, and a server certificate from it for localhost.
fn certificate() -> (String, TlsAcceptor) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "The sink's authority");
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, key);
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own_key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(names).unwrap().signed_by(&own_key, &issuer).unwrap();
    let own_key = PrivateKeyDer::try_from(own_key.serialize_der()).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], own_key)
        .unwrap();
    (authority, TlsAcceptor::from(Arc::new(config)))
}
