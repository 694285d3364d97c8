//! `anteroom serve`: from the options to a running server, and what it says when it starts.

mod open;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::{Resource, geteuid, getrlimit, setrlimit, umask};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, ConfigError, Environment, Listen, Origins};
use crate::files;
use crate::model::firm::Firm;
use crate::model::setup::Reach;
use crate::model::tls::TlsWay;
use crate::model::{Clock, Locked, OpenError, Overrides};
use crate::server::opening::Opening;
use crate::server::{Ready, provide_tls};
use crate::values::PublicUrl;

use super::args::ServeArgs;
use super::exit::{CONFIG, DATA, FAILED, Failure, IN_USE, PERMISSION, UNAVAILABLE};
use super::print;
use super::verbs::NO_MAIL;

pub(super) fn serve(
    args: ServeArgs,
    given: &Origins,
    environment: &Environment,
) -> Result<(), Failure> {
    let config = config(args, given, environment)?;
    umask(Mode::from_raw_mode(0o077));
    raise_file_limit();
    provide_tls();
    folder_for_us(&config.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(config))
}

/// The options as the server takes them, checked as far as that goes without the data.
pub(super) fn config(
    args: ServeArgs,
    given: &Origins,
    environment: &Environment,
) -> Result<Config, Failure> {
    let listen = args.listen.unwrap_or(Listen::Nearby);
    let listen_tls = args.tls.listen();
    let tls = args.tls.read()?;
    let tls = tls.map(|value| Locked { value, source: given.source("tls") });
    let encrypts = tls.as_ref().is_some_and(|given| given.value.way != TlsWay::Off);
    // Whoever comes by https from elsewhere could not follow a link to this machine either.
    let local = listen.is_loopback() && (!encrypts || listen_tls.https.ip().is_loopback());
    let public_url = match &args.public_url {
        Some(typed) => {
            Some(Locked { value: public_url(typed, local)?, source: given.source("public-url") })
        }
        None => None,
    };
    let smtp = args.smtp.read()?;
    let smtp = smtp.map(|value| Locked { value, source: given.source("smtp-host") });
    let dkim = args.dkim.read()?;
    let dkim = dkim.map(|value| Locked { value, source: given.source("dkim-key-file") });
    Ok(Config {
        data: args.data.folder(environment)?,
        listen,
        trusted_proxies: args.trusted_proxies.into(),
        proxy_protocol: args.proxy_protocol,
        listen_tls,
        overrides: Overrides {
            public_url,
            smtp,
            tls,
            dkim,
            dns_server: args.dns.dns_server,
            loopback_only: local,
            worker: None,
        },
        link_key: args.link_key_file,
        master_key: args.master_key_file,
        metrics: args.metrics.metrics_listen,
    })
}

/// An address given here is confirmed by being given; only one that works for nobody is refused.
fn public_url(typed: &str, local: bool) -> Result<PublicUrl, ConfigError> {
    let reach = if local { Reach::ThisMachine } else { Reach::Network };
    let url =
        PublicUrl::parse(typed).map_err(|why| ConfigError(format!("--public-url: {why}.")))?;
    match reach.admits(&url, "given") {
        Ok(()) => Ok(url),
        Err((_, why)) => Err(ConfigError(format!("--public-url: {why}."))),
    }
}

/// Each connection is a file; the usual limit of 1,024 is met before our own.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(why) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%why, "file limit");
    }
}

/// Makes the data folder, for nobody but us. One that has something in it keeps its mode: it may be meant so.
pub(super) fn folder_for_us(data: &Path) -> Result<(), Failure> {
    files::make_folder(data).map_err(|why| unusable(data, &why))?;
    if is_of_another(data) {
        return Err(of_another(data));
    }
    let mode = fs::metadata(data).map_err(|why| unusable(data, &why))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let first = fs::read_dir(data).map_err(|why| unusable(data, &why))?.next();
    if first.is_none() {
        return fs::set_permissions(data, Permissions::from_mode(0o700))
            .map_err(|why| unusable(data, &why));
    }
    tracing::warn!(folder = %data.display(), "other users can look into the data folder");
    Ok(())
}

/// Whether the folder is another user's. Root could work on it, and would leave files that the server, which runs as
/// that user, can no longer read.
pub(super) fn is_of_another(data: &Path) -> bool {
    fs::metadata(data).is_ok_and(|folder| folder.uid() != geteuid().as_raw())
}

/// What is said then.
pub(super) fn of_another(data: &Path) -> Failure {
    let sentence = format!(
        "The data folder {} belongs to another user. Run this as that user: sudo -u USER anteroom …",
        data.display()
    );
    Failure::new(PERMISSION, sentence)
}

fn unusable(data: &Path, why: &io::Error) -> Failure {
    let sentence = format!(
        "The data folder {} cannot be made or written to ({why}): choose another with --data-dir.",
        data.display()
    );
    Failure::new(PERMISSION, sentence)
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::InUse => IN_USE,
            OpenError::NewerSchema { .. } | OpenError::Corrupt(_) => DATA,
            OpenError::NotReady(_) => UNAVAILABLE,
            OpenError::NotWritable(_) => PERMISSION,
            OpenError::Key(_) => DATA,
            OpenError::OlderSchema { .. } | OpenError::Io(_) => FAILED,
        };
        Self::new(code, error.to_string())
    }
}

async fn run(mut config: Config) -> Result<(), Failure> {
    let handed = open::handed()?;
    // Others come in by them, whatever `--listen` says.
    config.overrides.loopback_only &= handed.is_local();
    // Asked for first, so that a signal that comes while the store opens stops the server in order.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (data, metrics) = (config.data.clone(), config.metrics);
    let (local, shown) = (config.overrides.loopback_only, config.clone());
    let locked_smtp = config.overrides.smtp.as_ref().map(|smtp| smtp.source.clone());
    let opening = Opening::begin(config, Clock::system());
    let opened = match open::open(&shown, handed).await {
        Ok(opened) => opened,
        Err(failure) => return close(opening.finish().await?, failure).await,
    };
    let ready = opening.answered(&opened.sockets).await?;
    let firm = ready.guest().firm().ok();
    if let (Some(source), Some(true)) = (locked_smtp, firm.as_ref().map(|firm| firm.demo)) {
        return close(ready, Failure::new(CONFIG, format!("Leave out {source}: {NO_MAIL}"))).await;
    }
    let ready = match metrics {
        Some(at) => match TcpListener::bind(at).await {
            Ok(listener) => ready.with_metrics(listener),
            Err(why) => {
                let sentence = format!("Nothing can listen on {at}, the --metrics-listen: {why}.");
                return close(ready, Failure::new(UNAVAILABLE, sentence)).await;
            }
        },
        None => ready,
    };
    let start = Start {
        data: &data,
        place: &opened.place,
        instead_of: opened.instead_of,
        local,
        firm: firm.as_deref(),
        code: ready.setup_code(),
    };
    let text = start.text();
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };
    let served = ready.serve(opened.sockets, || print(&text), shutdown).await;
    served.map_err(|why| Failure::new(FAILED, why.to_string()))
}

/// Gives the folder back, so that the next start finds nothing to repair.
async fn close(ready: Ready, failure: Failure) -> Result<(), Failure> {
    if let Err(why) = ready.close().await {
        tracing::error!(%why, "closing");
    }
    Err(failure)
}

/// What is said when the server starts.
struct Start<'a> {
    data: &'a Path,
    /// Where a browser on this machine finds the server.
    place: &'a str,
    /// The port that was taken, and the one that is used.
    instead_of: Option<(u16, u16)>,
    /// Nobody else can reach it.
    local: bool,
    firm: Option<&'a Firm>,
    code: Option<String>,
}

impl Start<'_> {
    fn text(&self) -> String {
        let mut lines = vec![
            format!("Anteroom {}", env!("CARGO_PKG_VERSION")),
            format!("Data:   {}", self.data.display()),
            format!("Open:   {}", self.place),
        ];
        if let Some((taken, used)) = self.instead_of {
            lines.push(format!("        Port {taken} is taken, so this is port {used}."));
        }
        if let Some(code) = &self.code {
            lines.push("Set-up: open that address and fill in one page.".into());
            lines.push(format!("        From another machine it asks for the set-up code {code}"));
        }
        lines.push(match self.firm {
            Some(Firm { demo: true, .. }) => "Mail:   a demo keeps all mails to itself.".into(),
            Some(Firm { smtp: Some(smtp), .. }) => {
                format!("Mail:   leaves through {} port {}.", smtp.host, smtp.port)
            }
            _ => "Mail:   kept in the outbox until a mail server is set.".into(),
        });
        if self.misleads() {
            lines.push(
                "Links:  lead to this machine only. Set the public address, in the settings or \
                 with --public-url."
                    .into(),
            );
        }
        lines.join("\n")
    }

    /// Others can come, but links in mails lead them to their own machine.
    fn misleads(&self) -> bool {
        let to_loopback = self.firm.is_some_and(|firm| firm.public_url.is_loopback());
        to_loopback && !self.local
    }
}

#[cfg(test)]
mod tests;
