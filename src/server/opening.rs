//! While the data is opened. Data of an older version is brought up to date first, and a large store that was not closed
//! in order is looked through: both take a while, in which whoever watches the server is told so.

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{interval, timeout};

use super::Ready;
use super::sockets::Sockets;
use crate::config::Config;
use crate::guest;
use crate::http::serve::{self, Limits, Listener, Listeners, Socket, Speaks};
use crate::model::{Clock, OpenError};

/// Mostly it is over sooner. Whoever comes until then waits in the kernel's queue, and finds the site.
const SOON: Duration = Duration::from_secs(1);
/// Between two words to systemd, which may only wait for 90 seconds for a server to start.
const TURN: Duration = Duration::from_secs(10);
/// How long systemd is asked to wait for the next word.
const EXTENSION: Duration = Duration::from_secs(60);
/// For answers that are under way when the data is open. They are short.
const DRAIN: Duration = Duration::from_secs(1);

/// A data folder that is being opened, on a thread that may wait for the disk.
pub struct Opening {
    running: JoinHandle<Result<Ready, OpenError>>,
    limits: Limits,
}

impl Opening {
    /// Begins. From here on the folder is in use by this process, unless it cannot be had.
    #[must_use]
    pub fn begin(config: Config, clock: Clock) -> Self {
        let limits = Limits {
            trusted_proxies: config.trusted_proxies.clone(),
            proxy_protocol: config.proxy_protocol,
            drain: DRAIN,
            ..Limits::default()
        };
        Self { running: spawn_blocking(move || Ready::open(config, clock)), limits }
    }

    /// Waits for the end of it.
    pub async fn finish(mut self) -> Result<Ready, OpenError> {
        ended((&mut self.running).await)
    }

    /// Waits for the end of it. If that takes long, systemd is asked for patience, and where plain HTTP is taken the
    /// server says that it is live and not ready.
    pub async fn answered(mut self, sockets: &Sockets) -> Result<Ready, OpenError> {
        if let Ok(opened) = timeout(SOON, &mut self.running).await {
            return ended(opened);
        }
        let now = match again(sockets) {
            Ok(now) => now,
            Err(why) => {
                tracing::warn!(%why, "nobody is told that the data is being opened");
                Vec::new()
            }
        };
        let listeners = Listeners { now, later: mpsc::channel(1).1 };
        let (mut opened, running) = (None, &mut self.running);
        let until_open = async {
            let mut turns = interval(TURN);
            opened = Some(loop {
                tokio::select! {
                    opened = &mut *running => break opened,
                    _ = turns.tick() => ask_for_patience(),
                }
            });
        };
        serve::serve(listeners, guest::while_opening(), self.limits, until_open).await;
        ended(opened.expect("it was served until then"))
    }
}

fn ended(
    opened: Result<Result<Ready, OpenError>, tokio::task::JoinError>,
) -> Result<Ready, OpenError> {
    opened.unwrap_or_else(|why| Err(OpenError::Io(io::Error::other(why))))
}

/// The same sockets once more: what nobody has taken from their queues is left for the site.
fn again(sockets: &Sockets) -> io::Result<Vec<Listener>> {
    let site = sockets.site.iter().map(Socket::again);
    let http = sockets.http.iter().map(Socket::tcp_again);
    site.chain(http).map(|socket| Ok(Listener::new(socket?, Speaks::Http))).collect()
}

fn ask_for_patience() {
    let micros = u32::try_from(EXTENSION.as_micros()).expect("a minute is less than an hour");
    let words = NotifyState::Status("Opening the data, or bringing it up to date.");
    if let Err(why) = sd_notify::notify(&[NotifyState::ExtendTimeoutUsec(micros), words]) {
        tracing::warn!(%why, "systemd cannot be told");
    }
}
