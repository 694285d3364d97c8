//! The running server: opens the model, listens, starts the jobs, and stops in an order that loses nothing.

pub mod control;
mod metrics;
pub mod opening;
mod ports;
pub mod sockets;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::http::app;
use crate::http::assets::Assets;
use crate::http::pages::Templates;
use crate::http::routes::Routes;
use crate::http::serve::{self, Limits, Listener, Listeners, Socket, Speaks};
use crate::http::tls::Certificates;
use crate::http::traffic::Traffic;
use crate::jobs::Jobs;
use crate::model::{self, Clock, Guest, Open, OpenError, System};
use crate::{console, guest, portal};
use control::Control;
use metrics::Metrics;
use ports::Ports;
use sockets::Sockets;

/// Every address of the site.
#[must_use]
pub fn routes() -> Routes {
    guest::routes().and(console::routes()).and(portal::routes())
}

/// A model that is open, and not served yet.
pub struct Ready {
    config: Config,
    guest: Guest,
    system: System,
    metrics: Option<TcpListener>,
}

impl Ready {
    /// Opens the data folder; from here on it is in use by this process.
    pub fn open(config: Config, clock: Clock) -> Result<Self, OpenError> {
        let (guest, system) = model::open(Open {
            data: &config.data,
            link_key: config.link_key.clone(),
            master_key: config.master_key.clone(),
            clock,
            overrides: config.overrides.clone(),
        })?;
        Ok(Self { config, guest, system, metrics: None })
    }

    /// Serves the metrics page as well, here.
    #[must_use]
    pub fn with_metrics(self, listener: TcpListener) -> Self {
        Self { metrics: Some(listener), ..self }
    }

    /// The outer door.
    #[must_use]
    pub fn guest(&self) -> &Guest {
        &self.guest
    }

    /// What the first-run page asks for; none once there is a firm.
    #[must_use]
    pub fn setup_code(&self) -> Option<String> {
        self.system.setup_code().ok().map(|code| code.shown())
    }

    /// Carries out one verb of the command line without serving.
    pub async fn carry_out(&self, verb: control::Verb) -> control::Answer {
        control::carry_out(&self.system, verb).await
    }

    /// Closes the store without having served.
    pub async fn close(self) -> Result<()> {
        self.system.close().await
    }

    /// Serves until `shutdown` resolves. Then jobs begin nothing new, requests under way are answered, and the store
    /// is closed last. `started` is called once everything answers.
    pub async fn serve(
        self,
        sockets: impl Into<Sockets>,
        started: impl FnOnce(),
        shutdown: impl Future<Output = ()>,
    ) -> Result<()> {
        let assets = Assets::load()?;
        let templates = Arc::new(Templates::new(&assets));
        let proxies = self.config.trusted_proxies.clone();
        let routes = routes().and(assets.routes());
        let traffic = Arc::new(Traffic::of(&routes));
        let site = app::site(
            self.guest.clone(),
            proxies.clone(),
            templates.clone(),
            routes,
            traffic.clone(),
        );
        let open = traffic.open().clone();
        let limits = Limits {
            trusted_proxies: proxies,
            proxy_protocol: self.config.proxy_protocol,
            open,
            ..Limits::default()
        };
        let metrics =
            Metrics::new(self.system.clone(), traffic, self.config.data.join("anteroom.redb"));
        let sockets: Sockets = sockets.into();
        let at = sockets.plain_place();
        let control = Control::listen(&self.config.data, self.system.clone(), at)?;
        let mut jobs = Jobs::start(&self.system, templates);
        let certificates = Certificates::new()?;
        jobs.keep_certificates(&self.system, certificates.clone(), &self.config.data);
        jobs.retire_addresses(&self.system);
        let Sockets { site: plain, https, http, handed, file } = sockets;
        let (to, later) = mpsc::channel(2);
        let ports =
            Ports::new(&self.guest, &self.system, &certificates, self.config.listen_tls, to);
        let ports = ports.with(https, http, handed);
        tell_ports(&self.system, &self.config, &plain);
        let now = plain.into_iter().map(|socket| Listener::new(socket, Speaks::Http)).collect();
        let listeners = Listeners { now, later };
        let told = async {
            started();
            shutdown.await;
            jobs.tell();
        };
        // The metrics are there until the last request is answered.
        let (over, last) = oneshot::channel::<()>();
        let served = async {
            serve::serve(listeners, site, limits, told).await;
            drop((over, file));
        };
        let measured = async {
            if let Some(listener) = self.metrics {
                metrics.serve(listener, async { drop(last.await) }).await;
            }
        };
        tokio::join!(served, measured, ports.keep());
        control.end().await;
        jobs.end().await;
        self.system.close().await
    }
}

/// Tells where the site is served, and where HTTPS is going to be once it is on.
fn tell_ports(system: &System, config: &Config, site: &[Socket]) {
    system.note_certificate(|now| {
        now.ports.site = site.iter().filter_map(Socket::place).collect();
        now.ports.would_https = Some(config.listen_tls.https);
        now.ports.would_http = config.listen_tls.http;
        now.ports.proxy_protocol = config.proxy_protocol;
    });
}

/// A server in this process, for tests and benches.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The outer door of its model.
    pub guest: Guest,
    /// The inner one.
    pub system: System,
    stop: watch::Sender<bool>,
    ended: JoinHandle<Result<()>>,
}

impl Running {
    /// Stops it as SIGTERM does.
    pub async fn stop(self) -> Result<()> {
        self.stop.send_replace(true);
        self.ended.await.map_err(Error::bug)?
    }
}

/// Opens the data folder and serves it in the background.
pub fn start(config: Config, clock: Clock, listener: TcpListener) -> Result<Running, OpenError> {
    provide_tls();
    let addr = listener.local_addr()?;
    let ready = Ready::open(config, clock)?;
    let (guest, system) = (ready.guest.clone(), ready.system.clone());
    let (stop, mut told) = watch::channel(false);
    let shutdown = async move {
        // Dropping `Running` stops the server as well.
        let _ = told.wait_for(|stop| *stop).await;
    };
    #[expect(clippy::disallowed_methods, reason = "the one task that is a server")]
    let ended = tokio::spawn(ready.serve(listener, || {}, shutdown));
    Ok(Running { addr, guest, system, stop, ended })
}

/// Makes ring the one provider of TLS in this process.
pub fn provide_tls() {
    // Fails only if it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
