//! Opens and closes HTTPS as the settings say, while the server runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::sockets::{bind, why_not};
use crate::config::ListenTls;
use crate::error::{Error, Result};
use crate::http::redirect::{Onward, Redirect};
use crate::http::serve::{Listener, Socket, Speaks};
use crate::http::tls::{Certificates, Tls};
use crate::model::tls::TlsWay;
use crate::model::{Guest, System};

/// Until a port that could not be had is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// The port that addresses with https leave out.
const USUAL: u16 = 443;

/// HTTPS and what leads on to it.
pub(super) struct Ports {
    system: System,
    tls: Tls,
    redirect: Arc<Redirect>,
    at: ListenTls,
    /// Those that are there already, kept for as long as the server runs if they were handed over.
    ready: (Option<TcpListener>, Option<TcpListener>),
    handed: bool,
    to: mpsc::Sender<Listener>,
    /// What is open, and what closes it: dropped, or set to false.
    open: Option<(Phase, watch::Sender<bool>)>,
    port: Arc<AtomicU16>,
}

/// What is spoken at HTTPS and at plain HTTP beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nobody has chosen where a certificate comes from, but the service manager holds both sockets open. HTTPS is
    /// answered with the certificate of last resort, so that whoever sets the server up need not type a password in the
    /// clear; plain HTTP is answered as it is, and leads nobody to a page that browsers warn of.
    Waiting,
    /// As the settings say: plain HTTP leads on to HTTPS.
    Encrypted,
}

impl Ports {
    pub(super) fn new(
        guest: &Guest,
        system: &System,
        certificates: &Arc<Certificates>,
        at: ListenTls,
        to: mpsc::Sender<Listener>,
    ) -> Self {
        let port = Arc::new(AtomicU16::new(at.https.port()));
        let onward = onward(guest.clone(), system.clone(), port.clone());
        Self {
            system: system.clone(),
            tls: Tls::new(certificates),
            redirect: Arc::new(Redirect::new(certificates.clone(), onward)),
            at,
            ready: (None, None),
            handed: false,
            to,
            open: None,
            port,
        }
    }

    /// With sockets that are there already.
    pub(super) fn with(
        self,
        https: Option<TcpListener>,
        http: Option<TcpListener>,
        handed: bool,
    ) -> Self {
        Self { ready: (https, http), handed, ..self }
    }

    /// Does as the settings say until the server no longer takes listeners.
    pub(super) async fn keep(mut self) {
        let mut changes = self.system.tls_changes();
        while !self.to.is_closed() {
            let closed = self.look().await.err().map(|why| match why {
                Error::Refused(why) => why.into_owned(),
                why => format!("The server cannot open its ports: {why}."),
            });
            let failed = closed.is_some();
            self.system.note_certificate(|now| {
                if let Some(why) = closed.as_ref().filter(|why| now.closed.as_ref() != Some(why)) {
                    tracing::error!(why, "nothing listens for https");
                }
                now.closed = closed;
            });
            tokio::select! {
                () = self.to.closed() => return,
                _ = changes.changed() => {}
                () = sleep(AGAIN), if failed => {}
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        let on = self.system.tls_settings()?.way != TlsWay::Off;
        let wanted = match on {
            true => Some(Phase::Encrypted),
            false if self.handed && self.ready.0.is_some() => Some(Phase::Waiting),
            false => None,
        };
        if self.open.as_ref().map(|(phase, _)| *phase) == wanted {
            return Ok(());
        }
        if let Some((phase, open)) = self.open.take() {
            open.send_replace(false);
            self.note(phase, None, None);
            if phase == Phase::Encrypted {
                tracing::info!("no longer listening for https");
            }
        }
        match wanted {
            Some(phase) => self.open(phase).await,
            None => Ok(()),
        }
    }

    async fn open(&mut self, phase: Phase) -> Result<()> {
        let (open, told) = watch::channel(true);
        let https = match take(&mut self.ready.0, self.handed)? {
            Some(ready) => ready,
            None => listen(self.at.https, "listen-https", self.handed).await?,
        };
        let http = match take(&mut self.ready.1, self.handed)? {
            Some(ready) => Some(ready),
            // Without it https works all the same.
            None => match self.at.http.filter(|_| phase == Phase::Encrypted) {
                Some(at) => listen(at, "listen-http", self.handed)
                    .await
                    .map_err(|why| tracing::warn!(%why, "nobody is led on to https"))
                    .ok(),
                None => None,
            },
        };
        let (https_at, http_at) = (https.local_addr()?, http.as_ref().map(TcpListener::local_addr));
        let http_at = http_at.transpose()?;
        self.port.store(https_at.port(), Ordering::Relaxed);
        let plain = match phase {
            Phase::Waiting => Speaks::Http,
            Phase::Encrypted => Speaks::Redirect(self.redirect.clone()),
        };
        let listeners =
            [Some((https, Speaks::Https(self.tls.clone()))), http.map(|http| (http, plain))];
        for (socket, speaks) in listeners.into_iter().flatten() {
            let listener =
                Listener { socket: Socket::Tcp(socket), speaks, open: Some(told.clone()) };
            self.to.send(listener).await.map_err(Error::bug)?;
        }
        self.open = Some((phase, open));
        self.note(phase, Some(https_at), http_at);
        Ok(())
    }

    fn note(&self, phase: Phase, https: Option<SocketAddr>, http: Option<SocketAddr>) {
        let (onward, beside) = match phase {
            Phase::Encrypted => (http, None),
            Phase::Waiting => (None, http),
        };
        self.system.note_certificate(|now| {
            (now.listening, now.redirecting) = (https.is_some(), onward.is_some());
            (now.ports.https, now.ports.onward, now.ports.beside) = (https, onward, beside);
        });
    }
}

/// The socket; a second one of the same, where the first is not ours to close.
fn take(ready: &mut Option<TcpListener>, handed: bool) -> Result<Option<TcpListener>> {
    let Some(listener) = ready.take() else { return Ok(None) };
    if !handed {
        return Ok(Some(listener));
    }
    let first = listener.into_std()?;
    let second = first.try_clone()?;
    *ready = Some(TcpListener::from_std(first)?);
    Ok(Some(TcpListener::from_std(second)?))
}

async fn listen(at: SocketAddr, option: &str, handed: bool) -> Result<TcpListener> {
    bind(at).await.map_err(|why| Error::refused(why_not(at, option, handed, &why)))
}

/// Where HTTPS is for a host that is ours.
fn onward(guest: Guest, system: System, port: Arc<AtomicU16>) -> Onward {
    Arc::new(move |host, came_in_on| {
        let firm = guest.firm().ok();
        let public = firm.as_ref().map(|firm| &firm.public_url);
        let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
        if let Some(public) = public.filter(|url| url.is_https() && bare(url.host()) == host) {
            return Some(public.authority().to_owned());
        }
        let former = guest.former_address();
        let known = public.into_iter().chain(former.as_ref());
        let ours = known.map(|url| bare(url.host())).any(|known| known == host)
            || system.tls_names().is_ok_and(|names| names.iter().any(|name| name == host));
        // Before set-up there is nothing to get at, and the name the firm will have is not known.
        if !ours && !came_in_on && public.is_some() {
            return None;
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Some(match port.load(Ordering::Relaxed) {
            USUAL => host,
            port => format!("{host}:{port}"),
        })
    })
}
